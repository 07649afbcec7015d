"""The signature container: only what is signed, or vouched for, may stand in it.

RFC 5652 leaves much of SignedData unsigned: versions, the list of digests, certificates, unsigned attributes.
Each of them has exactly one value here, or is bound to something signed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation import generic_cms

from signer.pades import door
from signer.pades.door import Malformed

WEAK_DIGESTS = frozenset({"md5", "sha1", "sha224"})
"""Digests that do not count, but tell whether the bytes were changed by chance or by the first comer."""

DIGESTS = frozenset({"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"})
"""Digests a signature or time-stamp may use (ETSI TS 119 312)."""

_STAMP = "signature_time_stamp_token"
_CONTENT_STAMP = "content_time_stamp"
_STILL_NAMING = frozenset({"sha1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One SignedData with one signer, its parts found and its frame checked.

    `strange` says that something stands in it which nothing signed vouches for.
    """

    signed_data: cms.SignedData = field(repr=False)
    signer_info: cms.SignerInfo = field(repr=False)
    signer: x509.Certificate
    others: tuple[x509.Certificate, ...]
    digest: str
    strange: bool

    @property
    def weakness(self) -> str | None:
        """What this was signed with that does not count: a digest, or a scheme; None if all of it does.

        The digest of the content and that of the signature over the attributes are named apart, and a
        signature value by MD5 is worth no more than MD5.
        """
        for used in (self.digest, *_digests_of(self.signer_info["signature_algorithm"])):
            if used not in DIGESTS:
                return used
            if used != self.digest:
                return f"{self.digest}, {used}"
        return None

    @property
    def certificates(self) -> tuple[x509.Certificate, ...]:
        """All certificates in the container, the signer's first."""
        return (self.signer, *self.others)

    @property
    def names_signer(self) -> bool:
        """Whether a signed attribute names the signer's certificate (RFC 2634 §5.4, RFC 5035 §3).

        By SHA-1, too, which the older of the attributes knows alone: whoever puts another certificate in its
        place needs one of the same key, chosen by an authority beforehand. By MD5 that was done (2008).
        """
        named = generic_cms.get_signing_cert_attr(self.signer_info["signed_attrs"])
        if named is None or isinstance(named, tsp.SigningCertificate):
            return named is not None
        return named["certs"][0]["hash_algorithm"]["algorithm"].native in DIGESTS | _STILL_NAMING

    @property
    def claimed(self) -> datetime | None:
        """When the signer claims to have signed, in a signed attribute (RFC 5652 §11.3); None if no moment.

        A claim proves nothing, so that one which is odd is left out: asn1crypto reads a year 0, too.
        """
        found = generic_cms.extract_self_reported_ts(self.signer_info)
        return found if isinstance(found, datetime) and found.tzinfo is not None else None

    def signed_values(self) -> Iterator[tuple[str, bytes]]:
        """Yield the kind (dotted) of each signed attribute, and each value, DER."""
        for attribute in _attributes(self.signer_info["signed_attrs"]):
            for each in attribute["values"]:
                value = each.chosen if isinstance(each, core.Choice) else each
                yield attribute["type"].dotted, door.encoded(value)

    def content_stamps(self) -> Iterator[cms.ContentInfo]:
        """Yield the time-stamp tokens over the content, which are signed (EN 319 122-1 §5.2.8)."""
        for attribute in _attributes(self.signer_info["signed_attrs"]):
            if attribute["type"].native == _CONTENT_STAMP:
                yield from attribute["values"]

    def stamps(self) -> Iterator[cms.ContentInfo]:
        """Yield the time-stamp tokens over the signature value (RFC 3161 appendix A)."""
        for attribute in _attributes(self.signer_info["unsigned_attrs"]):
            if attribute["type"].native == _STAMP:
                yield from attribute["values"]

    def authentic(self, digest: bytes, content_type: str) -> tuple[bool, bool]:
        """Return whether the digest is the signed one, and whether the signature over it is right."""
        intact, valid = generic_cms.validate_sig_integrity(
            self.signer_info, self.signer, expected_content_type=content_type, actual_digest=digest
        )
        return bool(intact), bool(valid)


def read(encoded: bytes, *, content_type: str, bare: bool = False) -> Container:
    """Read a container whose bytes are known to be DER; `Malformed` if its frame is not right.

    `bare`: it may do without signed attributes, as in PKCS#7. Else whoever has a signature could pass off its
    attributes as a file that was signed (RFC 5652 §11).
    """
    content = cms.ContentInfo.load(encoded, strict=True)
    if content["content_type"].native != "signed_data":
        raise Malformed("The signature is not a CMS signature.")
    signed_data = content["content"]
    encapsulated = signed_data["encap_content_info"]
    if encapsulated["content_type"].native != content_type:
        raise Malformed("The signature is over another kind of content than it should be.")
    if content_type == "data" and not isinstance(encapsulated["content"], core.Void):
        raise Malformed("The signature carries content of its own beside the document.")
    info = extract_signer_info(signed_data)  # of exactly one signer, as EN 319 142-1 wants it
    if not bare and isinstance(info["signed_attrs"], core.Void):
        raise Malformed("The signature carries no signed attributes.")
    _check_frame(signed_data, info, content_type)
    _check_known(content, signed_data, encapsulated, info, *_attributes(info["unsigned_attrs"]))
    found = generic_cms.extract_certs_for_validation(signed_data)
    _check_certificates(found.signer_cert, *found.other_certs)
    _check_older_name(info, found.signer_cert)
    return Container(
        signed_data=signed_data,
        signer_info=info,
        signer=found.signer_cert,
        others=tuple(found.other_certs),
        digest=info["digest_algorithm"]["algorithm"].native,
        strange=_strange(signed_data, info) or not _names_exactly(info, found.signer_cert),
    )


def _check_frame(signed_data: cms.SignedData, info: cms.SignerInfo, content_type: str) -> None:
    # RFC 5652 §5.1 and §5.3: each version number follows from what is in the structure.
    by_name = info["sid"].name == "issuer_and_serial_number"
    plain = by_name and content_type == "data"
    versions = (info["version"].native, signed_data["version"].native)
    if versions != ("v1" if by_name else "v3", "v1" if plain else "v3"):
        raise Malformed("The version of the signature container does not follow from what it holds.")
    digests = [each.dump() for each in signed_data["digest_algorithms"]]
    if digests != [info["digest_algorithm"].dump()]:
        raise Malformed("The signature container lists other digests than its signer used.")
    for name in ("digest_algorithm", "signature_algorithm"):
        _check_known(info[name])
        _check_parameters(info[name])
    _check_known(info["sid"].chosen if by_name else info)


def _digests_of(method: algos.SignedDigestAlgorithm) -> Iterator[str]:
    """Yield what a method of signing digests with; its own name where it is none that counts."""
    if method["algorithm"].native == "rsassa_pss":
        parameters = method["parameters"]
        yield parameters["hash_algorithm"]["algorithm"].native
        mask = parameters["mask_gen_algorithm"]
        yield mask["parameters"]["algorithm"].native if mask["algorithm"].native == "mgf1" else "mask"
        return
    if method.signature_algo not in ("rsassa_pkcs1v15", "ecdsa", "ed25519"):
        yield method.signature_algo
    elif method["algorithm"].native not in ("rsassa_pkcs1v15", "ed25519"):
        yield method.hash_algo


def _check_known(*parts: core.Sequence) -> None:
    """Raise `Malformed` where something stands behind the fields of a part: asn1crypto passes over it."""
    for each in parts:
        if len(each) > len(list(each)):
            raise Malformed("Something stands in the signature container that has no place there.")


def _check_certificates(*certificates: x509.Certificate) -> None:
    """Raise `Malformed` for a certificate with something in it that its issuer did not sign."""
    for each in certificates:
        algorithm = each["signature_algorithm"]
        _check_known(each, algorithm)
        # RFC 5280 §4.1.1.2: the algorithm stands twice, and once it is signed. Signatures are whole bytes.
        signed = each["tbs_certificate"]["signature"].dump()
        if algorithm.dump() != signed or each["signature_value"].contents[:1] != b"\0":
            raise Malformed("A certificate in the signature was changed.")


def _check_older_name(info: cms.SignerInfo, signer: x509.Certificate) -> None:
    """Raise `Malformed` where the older attribute names another certificate, whatever the newer names."""
    own = hashlib.sha1(door.encoded(signer), usedforsecurity=False).digest()
    for attribute in _attributes(info["signed_attrs"]):
        if attribute["type"].native == "signing_certificate":
            for value in attribute["values"]:
                if value["certs"][0]["cert_hash"].native != own:
                    raise Malformed("The signature names another certificate as its signer's.")


def _check_parameters(algorithm: core.Sequence) -> None:
    # RFC 5754 §2: SHA-2 parameters are absent or NULL; only RSASSA-PSS has parameters that say anything.
    parameters = algorithm["parameters"]
    if isinstance(parameters, core.Void):
        return
    if algorithm["algorithm"].native == "rsassa_pss":
        if parameters["trailer_field"].native != "trailer_field_bc":  # RFC 4055 §3.1: there is no other
            raise Malformed("An algorithm in the signature has parameters it cannot have.")
        return
    if parameters.dump() != b"\x05\x00":
        raise Malformed("An algorithm in the signature has parameters it cannot have.")


def _attributes(attributes: core.Asn1Value) -> Iterator[core.Sequence]:
    if not isinstance(attributes, core.Void):
        yield from attributes


def _names_exactly(info: cms.SignerInfo, signer: x509.Certificate) -> bool:
    # pyHanko finds the signer by a name compared without case (RFC 4518), so that letters could be changed.
    sid = info["sid"]
    by_name = sid.name == "issuer_and_serial_number"
    return not by_name or bool(sid.chosen["issuer"].dump() == signer.issuer.dump())


def _strange(signed_data: cms.SignedData, info: cms.SignerInfo) -> bool:
    unsigned = info["unsigned_attrs"]
    stamps = list(_attributes(unsigned))
    return (
        not isinstance(signed_data["crls"], core.Void)
        or any(each.name != "certificate" for each in signed_data["certificates"])
        # RFC 5652 §5.3: where there are such attributes, there is one at least, and each has a value.
        or (not stamps and not isinstance(unsigned, core.Void))
        or any(each["type"].native != _STAMP or not len(each["values"]) for each in stamps)
        or len(stamps) > 1
    )

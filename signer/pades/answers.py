"""The question to a time-stamp authority, and its answer: nothing of it is taken before it is checked.

RFC 3161 §2.2 says what whoever asks must verify; what stands in a document must also pass our own verifier.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from asn1crypto import cms as asn1_cms
from asn1crypto import core, tsp, x509
from pyhanko.sign.validation import generic_cms

from pki.errors import TrustError
from signer.pades import der, stamps
from signer.pades.door import Malformed, hostile

_NONCE_BITS = 62  # with its first bit always set, a nonce has eight bytes in DER
_GRANTED = frozenset({"granted", "granted_with_mods"})
_OUR_FAULT = frozenset(
    {"bad_alg", "bad_request", "bad_data_format", "unaccepted_policy", "unaccepted_extensions"}
)


class PassedOver(TrustError):
    """An authority gave no time-stamp that can be taken; the next one is asked.

    `blamed`: it counts as a failure of the authority. `pause_seconds`: how long it wants to be left alone.
    """

    code = "trust.time-stamp"

    def __init__(
        self, template: str, *, blamed: bool = True, pause_seconds: float | None = None, **facts: object
    ) -> None:
        super().__init__(template, hint=None, **facts)
        self.blamed = blamed
        self.pause_seconds = pause_seconds


class _Response(core.Sequence):  # type: ignore[misc]  # an untyped library's class
    """TimeStampResp (RFC 3161 §2.4.2); asn1crypto's own cannot be a rejection, which has no token."""

    _fields = [  # noqa: RUF012 - asn1crypto reads the plain attribute
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", asn1_cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What one authority is asked to stamp: a digest, made with `algorithm`, under `policy` if one is wanted.

    `url` is how the authority is named in errors. The nonce is random: an old answer cannot be given again.
    """

    url: str
    digest: bytes = field(repr=False)
    algorithm: str
    policy: str | None = None
    nonce: int = field(default_factory=lambda: secrets.randbits(_NONCE_BITS) | 1 << _NONCE_BITS)

    def encoded(self) -> bytes:
        """Return the request, DER (RFC 3161 §2.4.1). It asks for the authority's certificates too."""
        said = {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": self.algorithm},
                "hashed_message": self.digest,
            },
            "nonce": self.nonce,
            "cert_req": True,
            **({} if self.policy is None else {"req_policy": self.policy}),
        }
        request: bytes = tsp.TimeStampReq(said).dump()
        return request


def stamp_in(body: bytes, question: Question) -> stamps.Stamp:
    """Return the time-stamp that an authority's answer holds. Raises `PassedOver`.

    Checked are: the status, the encoding, the imprint, the nonce, the policy, the certificate's purpose and
    dates, and the signature. Not checked is whether the certificate leads to an anchor.
    """
    try:
        with hostile():
            return _checked(_granted(body, question), question)
    except Malformed as error:
        raise PassedOver(
            "{url} answered with something that is no time-stamp: {detail}",
            url=question.url,
            detail=error.facts.get("detail", error),
        ) from error


def _granted(body: bytes, question: Question) -> stamps.Stamp:
    response = _Response.load(body, strict=True)
    status = response["status"]
    if status["status"].native not in _GRANTED:
        said = status["status_string"].native or []
        faults = status["fail_info"].native or set()
        words = [status["status"].native, *sorted(faults), *(str(each)[:100] for each in said)]
        raise PassedOver(
            "{url} refused: {detail}",
            url=question.url,
            detail=" ".join(", ".join(words).split())[:300],
            blamed=not faults & _OUR_FAULT,
        )
    token = response["time_stamp_token"]
    if not isinstance(token, asn1_cms.ContentInfo):
        raise Malformed("The answer says that a time-stamp was granted, and holds none.")
    encoded = token.dump()
    if der.check(encoded) != len(encoded):
        raise Malformed("Something stands behind the time-stamp.")
    return stamps.read(encoded)


def _checked(stamp: stamps.Stamp, question: Question) -> stamps.Stamp:
    if stamp.digest != question.algorithm or not hmac.compare_digest(stamp.imprint, question.digest):
        raise PassedOver("{url} stamped something else than it was asked to", url=question.url)
    if stamp.nonce != question.nonce:
        raise PassedOver("{url} answered another question than ours (nonce)", url=question.url)
    if question.policy not in (None, stamp.policy):
        raise PassedOver(
            "{url} stamps under the policy {policy}, not under the one asked for",
            url=question.url,
            policy=stamp.policy,
            blamed=False,
        )
    if stamp.container.strange or not stamp.authentic_over(lambda _: question.digest):
        raise PassedOver("The time-stamp of {url} is not signed as it should be", url=question.url)
    _check_certificate(stamp, question)
    return stamp


def _check_certificate(stamp: stamps.Stamp, question: Question) -> None:
    certificate = stamp.container.signer
    # RFC 3161 §2.4.2, RFC 5816 §2.2: the signed attributes say which certificate it is.
    if generic_cms.get_signing_cert_attr(stamp.container.signer_info["signed_attrs"]) is None:
        raise PassedOver("The time-stamp of {url} does not say which certificate signed it", url=question.url)
    if not _for_stamps_alone(certificate):
        raise PassedOver("The certificate of {url} is not for time-stamps alone", url=question.url)
    if not certificate.not_valid_before <= stamp.time <= certificate.not_valid_after:
        raise PassedOver(
            "The certificate of {url} is not valid at the time it gives, {time}",
            url=question.url,
            time=stamp.time,
        )


def _for_stamps_alone(certificate: x509.Certificate) -> bool:
    # RFC 3161 §2.3: one extended purpose, and critical.
    purposes = certificate.extended_key_usage_value
    return (
        purposes is not None
        and purposes.native == ["time_stamping"]
        and "extended_key_usage" in certificate.critical_extensions
    )

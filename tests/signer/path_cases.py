"""Paths and purposes, case by case, in the manner of NIST's PKITS; § alone is of RFC 5280."""

from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address, ip_network

from asn1crypto import core
from cryptography import x509 as pyca
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signer.pades.court import Purpose
from tests.signer import path_samples as made
from tests.signer.path_samples import AT, DAY, TSA, UNKNOWN, Extension, Who, issue, named

ROOT = issue("Root", ca=True)
MIDDLE = issue("Middle", ROOT, ca=True)
LEAF = issue("Leaf", MIDDLE)
OTHER = issue("Other root", ca=True)
OTHER_CA = issue("Other CA", OTHER, ca=True)
RESPONDER = issue("Responder", MIDDLE, made.purposes(made.OCSP), made.NO_CHECK)
CHECKED = issue("Responder", MIDDLE, made.purposes(made.OCSP))

NO_PATH = "NO_CERTIFICATE_CHAIN_FOUND"
BAD_PATH = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
PURPOSE = "CHAIN_CONSTRAINTS_FAILURE"
LATER = "TRY_LATER"
WEAK = "CRYPTO_CONSTRAINTS_FAILURE"
EXPIRED = "OUT_OF_BOUNDS_NO_POE"
WEAK = "CRYPTO_CONSTRAINTS_FAILURE"
GOOD = None


@dataclass(frozen=True)
class Case:
    """A certificate, what is known, and the sub-indication that must be found (None: passed)."""

    why: str
    expected: str | None
    leaf: Who = LEAF
    others: tuple[Who, ...] = (MIDDLE,)
    roots: tuple[Who, ...] = (ROOT,)
    purpose: Purpose = "sign"
    proven: datetime | None = None
    ocsps: tuple[bytes, ...] | None = None
    lists: tuple[bytes, ...] | None = None


def below(*more: Extension, **options: object) -> Case:
    """A leaf under an authority that has these extensions."""
    middle = issue("Middle", ROOT, *more, **{"ca": True, **options})
    return Case("", None, issue("Leaf", middle), (middle,))


def of(case: Case, why: str, expected: str | None) -> Case:
    return replace(case, why=why, expected=expected)


def with_leaf(why: str, expected: str | None, *more: Extension, **options: object) -> Case:
    return Case(why, expected, issue(options.pop("subject", "Leaf"), MIDDLE, *more, **options))


def stamper_below(expected: str | None, *purposes: pyca.ObjectIdentifier) -> Case:
    """A time-stamp authority under one that is for these purposes."""
    middle = issue("Middle", ROOT, made.purposes(*purposes), ca=True)
    stamper = issue("Leaf", middle, made.purposes(TSA))
    return Case("RFC 3161 §2.3", expected, stamper, (middle,), purpose="stamp")


def chain(why: str, expected: str | None, *lengths: int | None, own_name: bool = False) -> Case:
    """Authorities below each other, the first with the first path length."""
    above, others = ROOT, []
    for place, length in enumerate(lengths):
        name = "Same" if own_name and place < 2 else f"CA {place}"
        above = issue(name, above, ca=True, length=length)
        others.append(above)
    return Case(why, expected, issue("Leaf", above), tuple(others))


def mended(why: str, expected: str | None, middle_more: tuple[Extension, ...], *leaf_more: Extension) -> Case:
    middle = issue("Middle", ROOT, *middle_more, ca=True)
    return Case(why, expected, issue("Leaf", middle, *leaf_more), (middle,))


def three(
    why: str,
    expected: str | None,
    first: tuple[Extension, ...],
    second: tuple[Extension, ...],
    *leaf_more: Extension,
) -> Case:
    upper = issue("Upper", ROOT, *first, ca=True)
    lower = issue("Lower", upper, *second, ca=True)
    return Case(why, expected, issue("Leaf", lower, *leaf_more), (upper, lower))


def constraints(
    permitted: list[pyca.GeneralName] | None = None, excluded: list[pyca.GeneralName] | None = None
) -> tuple[Extension, ...]:
    return ((pyca.NameConstraints(permitted, excluded), True),)


def directory(*names: str) -> pyca.DirectoryName:
    return pyca.DirectoryName(named(*names))


def alternative(name: pyca.GeneralName) -> Extension:
    return pyca.SubjectAlternativeName([name]), False


def mail(address: str) -> Extension:
    return alternative(pyca.RFC822Name(address))


def logon(name: str) -> pyca.OtherName:
    """A name that Windows logs somebody in by: an otherName, which is a structure (§4.2.1.6)."""
    return pyca.OtherName(pyca.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), core.UTF8String(name).dump())


def addressed(why: str, expected: str | None, address: str) -> Case:
    """A leaf that has an address in its name, and no other, under an authority for those of one place."""
    middle = issue("Middle", ROOT, *constraints([pyca.RFC822Name("a.test")]), ca=True)
    parts = [*named("Leaf"), pyca.NameAttribute(NameOID.EMAIL_ADDRESS, address)]
    return Case(why, expected, issue(pyca.Name(parts), middle), (middle,))


def required(explicit: int | None = None, mapping: int | None = None) -> Extension:
    return pyca.PolicyConstraints(explicit, mapping), True


INHIBITED_AT_ONCE, INHIBITED_LATER = ((pyca.InhibitAnyPolicy(each), True) for each in (0, 1))
P1, P2, ANY = "1.2.3.1", "1.2.3.2", "2.5.29.32.0"


def mapping(*pairs: tuple[str, str]) -> Extension:
    """RFC 5280 §4.2.1.5, which `cryptography` does not write."""
    content = b"".join(_sequence(_oid(above) + _oid(below)) for above, below in pairs)
    return pyca.UnrecognizedExtension(pyca.ObjectIdentifier("2.5.29.33"), _sequence(content)), True


def _sequence(content: bytes) -> bytes:
    return bytes([0x30, len(content)]) + content


def _oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytes([first * 40 + second, *rest])
    return bytes([6, len(content)]) + content


def _spelled(name: str, kind: object = None) -> pyca.Name:
    parts = [
        pyca.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
        pyca.NameAttribute(NameOID.COMMON_NAME, name, kind),
    ]
    return pyca.Name(parts)


_PRINTABLE = pyca.name._ASN1Type.PrintableString
_REVERSED = pyca.Name(list(reversed(list(MIDDLE.issued.subject))))
_SERVERS = issue("Root", None, made.purposes(ExtendedKeyUsageOID.SERVER_AUTH), ca=True)
_FROM_SERVERS = issue("Leaf", _SERVERS)
_CROSSED = issue("Middle", OTHER, ca=True, key=MIDDLE.key, end=AT - DAY)
_SELF = issue("Alone")
_OLD = issue("Leaf", MIDDLE, end=AT - DAY)
_LOOP = issue("Loop A", ca=True)
_LOOP_B = issue("Loop B", _LOOP, ca=True)
_LOOP_A = issue("Loop A", _LOOP_B, ca=True, key=_LOOP.key)

PATHS = {
    "a plain path": Case("RFC 5280 §6.1", GOOD),
    "a leaf right below the root": Case("§6.1", GOOD, issue("Leaf", ROOT), ()),
    "the leaf's signature is wrong": Case("§6.1.3 (a)(1)", BAD_PATH, made.broken(LEAF)),
    "the authority's signature is wrong": Case("§6.1.3 (a)(1)", BAD_PATH, LEAF, (made.broken(MIDDLE),)),
    "the issuer's name is another": with_leaf("§6.1.3 (a)(4)", NO_PATH, above=named("Nobody")),
    "the issuer's name is in another order": with_leaf("§7.1", NO_PATH, above=_REVERSED),
    "the issuer's name in other letters": with_leaf("§7.1", GOOD, above=_spelled("mIDDLE")),
    "the issuer's name with more blanks": with_leaf("§7.1", GOOD, above=_spelled("  Middle  ")),
    "the issuer's name as another string": with_leaf("§7.1", GOOD, above=_spelled("Middle", _PRINTABLE)),
    "the authority is missing": Case("§6.1", NO_PATH, LEAF, ()),
    "the root is not trusted": Case("§6.1.1 (d)", NO_PATH, LEAF, (MIDDLE,), (OTHER,)),
    "no root is trusted": Case("§6.1.1 (d)", NO_PATH, LEAF, (MIDDLE, ROOT), ()),
    "the container brings its own root": Case("§6.1.1 (d)", NO_PATH, LEAF, (MIDDLE, ROOT), (OTHER,)),
    "a root of the same name with another key": Case(
        "§6.1.3 (a)(1)", BAD_PATH, LEAF, (MIDDLE,), (issue("Root", ca=True),)
    ),
    "signed by itself": Case("§6.1", NO_PATH, _SELF, ()),
    "authorities in a circle": Case("§6.1", NO_PATH, issue("Leaf", _LOOP_A), (_LOOP_A, _LOOP_B)),
    "one of two ways has ended": Case("§6", GOOD, LEAF, (_CROSSED, MIDDLE), (OTHER, ROOT)),
    "the leaf has expired": Case("§6.1.3 (a)(2)", EXPIRED, _OLD),
    "the leaf expired after the proven time": Case("EN 319 102-1 §5.2.6", GOOD, _OLD, proven=AT - 9 * DAY),
    "the leaf is not valid yet": with_leaf("EN 319 102-1 §5.1.3", EXPIRED, begin=AT + DAY),
    "the leaf was not valid yet at the proven time": replace(
        with_leaf("§6.1.3 (a)(2)", "NOT_YET_VALID", begin=AT - DAY), proven=AT - 2 * DAY
    ),
    "the authority has expired": of(below(end=AT - DAY), "§6.1.3 (a)(2)", EXPIRED),
    "the authority is not valid yet": of(below(begin=AT + DAY), "EN 319 102-1 §5.1.3", EXPIRED),
    "valid beyond 2050": with_leaf("§4.1.2.5.2", GOOD, end=AT + 20000 * DAY),
    "an authority without basicConstraints": of(below(ca=None, uses=made.ISSUING), "§6.1.4 (k)", BAD_PATH),
    "an authority that is none": of(below(ca=False, uses=made.ISSUING), "§6.1.4 (k)", BAD_PATH),
    "an authority whose basicConstraints are not critical": of(below(critical=False), "§6.1.4 (k)", GOOD),
    "an authority that may sign lists alone": of(below(uses=("crl_sign",)), "§6.1.4 (n)", BAD_PATH),
    "an authority without keyUsage": of(below(uses=()), "§6.1.4 (n)", GOOD),
    "a leaf that issues": Case("§6.1.4 (k)", BAD_PATH, issue("Below", LEAF), (LEAF, MIDDLE)),
    "path length 0, kept": chain("§6.1.4 (m)", GOOD, 0),
    "path length 0, broken": chain("§6.1.4 (m)", BAD_PATH, 0, None),
    "path length 1, kept": chain("§6.1.4 (m)", GOOD, 1, None),
    "path length 1, broken": chain("§6.1.4 (m)", BAD_PATH, 1, None, None),
    "a lower path length cannot be raised": chain("§6.1.4 (m)", BAD_PATH, 0, 5),
    "self-issued authorities are not counted": chain("§6.1.4 (l)", GOOD, 0, 0, own_name=True),
    "an unknown critical extension in the leaf": with_leaf("§6.1.5 (f)", BAD_PATH, (UNKNOWN, True)),
    "an unknown extension in the leaf": with_leaf("§6.1.5 (f)", GOOD, (UNKNOWN, False)),
    "an unknown critical extension in the authority": of(below((UNKNOWN, True)), "§6.1.4 (o)", BAD_PATH),
    "a leaf by SHA-1": Case("TS 119 312 §7", WEAK, made.by_sha1(LEAF, MIDDLE)),
    "an authority by SHA-1": Case("TS 119 312 §7", WEAK, LEAF, (made.by_sha1(MIDDLE, ROOT),)),
    "a leaf by SHA-224": Case("TS 119 312 §7", WEAK, made.by_sha224(LEAF, MIDDLE)),
    "an authority by SHA-224": Case("TS 119 312 §7", WEAK, LEAF, (made.by_sha224(MIDDLE, ROOT),)),
    "a root by SHA-224": Case(
        "§6.1: anchors are not verified", GOOD, LEAF, (MIDDLE,), (made.by_sha224(ROOT, ROOT),)
    ),
    "a root by SHA-1": Case(
        "§6.1: anchors are not verified", GOOD, LEAF, (MIDDLE,), (made.by_sha1(ROOT, ROOT),)
    ),
    "for key encipherment alone": with_leaf("EN 319 102-1 §5.2.6", PURPOSE, uses=("key_encipherment",)),
    "for non-repudiation": with_leaf("§4.2.1.3", GOOD, uses=("content_commitment",)),
    "for digital signatures": with_leaf("§4.2.1.3", GOOD, uses=("digital_signature",)),
    "a leaf without keyUsage": with_leaf("§4.2.1.3", GOOD, uses=()),
    "an authority signs a document": Case("EN 319 102-1 §5.2.6", PURPOSE, MIDDLE, ()),
    "a leaf with a short key": with_leaf("TS 119 312 §8.3", WEAK, key=rsa.generate_private_key(65537, 1024)),
    "a leaf on a short curve": with_leaf(
        "TS 119 312 §8.4", WEAK, key=ec.generate_private_key(ec.SECP224R1())
    ),
    "an authority on a short curve": of(
        below(key=ec.generate_private_key(ec.SECP192R1())), "TS 119 312 §8.4", WEAK
    ),
    "a web server that is a client, too": with_leaf(
        "§4.2.1.12", PURPOSE, made.purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
    ),
    "a web server signs a document": with_leaf(
        "§4.2.1.12", PURPOSE, made.purposes(ExtendedKeyUsageOID.SERVER_AUTH)
    ),
    "a person who logs in signs a document": with_leaf(
        "§4.2.1.12, and told", GOOD, made.purposes(ExtendedKeyUsageOID.CLIENT_AUTH, critical=False)
    ),
    "a purpose that must not be passed over is logging in": with_leaf(
        "§4.2.1.12", PURPOSE, made.purposes(ExtendedKeyUsageOID.CLIENT_AUTH)
    ),
    "a purpose that must not be passed over is not known": with_leaf(
        "§4.2", PURPOSE, made.purposes(pyca.ObjectIdentifier("1.2.3.4"))
    ),
    "a purpose that is not known": with_leaf(
        "§4.2", GOOD, made.purposes(pyca.ObjectIdentifier("1.2.3.4"), critical=False)
    ),
    "a purpose that must not be passed over is signing": with_leaf(
        "RFC 9336", GOOD, made.purposes(pyca.ObjectIdentifier("1.3.6.1.5.5.7.3.36"))
    ),
    "an authority for servers": of(
        below(made.purposes(ExtendedKeyUsageOID.SERVER_AUTH, critical=False)), "EN 319 102-1 §5.2.6", PURPOSE
    ),
    "an authority for servers and their clients": of(
        below(made.purposes(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)),
        "EN 319 102-1 §5.2.6",
        PURPOSE,
    ),
    "an authority for time-stamps signs a document": of(
        below(made.purposes(TSA)), "EN 319 102-1 §5.2.6", PURPOSE
    ),
    "an authority for persons": of(
        below(made.purposes(ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION)),
        "EN 319 102-1 §5.2.6",
        GOOD,
    ),
    "an authority for all purposes": of(
        below(made.purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, ExtendedKeyUsageOID.SERVER_AUTH)),
        "EN 319 102-1 §5.2.6",
        GOOD,
    ),
    "an authority for a purpose that is not known": of(
        below(made.purposes(pyca.ObjectIdentifier("1.2.3.4"))), "EN 319 102-1 §5.2.6", GOOD
    ),
    "a time-stamp authority below one for servers": stamper_below(
        PURPOSE, ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    ),
    "a time-stamp authority below one for time-stamps": stamper_below(GOOD, TSA),
    "a time-stamp authority below one for persons": stamper_below(
        GOOD, ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION
    ),
    "a root for servers": Case(
        "§6.1.1 (d): nothing is asked of an anchor", GOOD, _FROM_SERVERS, (), (_SERVERS,)
    ),
    "a time-stamp authority signs a document": with_leaf("§4.2.1.12", PURPOSE, made.purposes(TSA)),
    "a responder signs a document": with_leaf("§4.2.1.12", PURPOSE, made.purposes(made.OCSP)),
    "a time-stamp authority stamps": replace(
        with_leaf("RFC 3161 §2.3", GOOD, made.purposes(TSA)), purpose="stamp"
    ),
    "the purpose of stamping is not critical": replace(
        with_leaf("RFC 3161 §2.3", PURPOSE, made.purposes(TSA, critical=False)), purpose="stamp"
    ),
    "stamping is one purpose of two": replace(
        with_leaf("RFC 3161 §2.3", PURPOSE, made.purposes(TSA, made.OCSP)), purpose="stamp"
    ),
    "a person stamps": Case("RFC 3161 §2.3", PURPOSE, purpose="stamp"),
    "any purpose is not stamping": replace(
        with_leaf("RFC 3161 §2.3", PURPOSE, made.purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE)),
        purpose="stamp",
    ),
    "a permitted name": mended("§6.1.4 (g)", GOOD, constraints([directory("Leaf")])),
    "a name that is not permitted": mended("§6.1.3 (b)", BAD_PATH, constraints([directory("Else")])),
    "an excluded name": mended("§6.1.3 (c)", BAD_PATH, constraints(None, [directory("Leaf")])),
    "another excluded name": mended("§6.1.3 (c)", GOOD, constraints(None, [directory("Else")])),
    "permitted and excluded": mended("§6.1.3 (c)", BAD_PATH, constraints([directory()], [directory("Leaf")])),
    "a permitted address": mended(
        "§4.2.1.10", GOOD, constraints([pyca.RFC822Name("a.test")]), mail("binh@a.test")
    ),
    "an address that is not permitted": mended(
        "§4.2.1.10", BAD_PATH, constraints([pyca.RFC822Name("a.test")]), mail("binh@b.test")
    ),
    "an excluded address": mended(
        "§4.2.1.10", BAD_PATH, constraints(None, [pyca.RFC822Name("a.test")]), mail("binh@a.test")
    ),
    "a constraint on names that cannot be compared": mended(
        "§4.2.1.10",
        BAD_PATH,
        constraints(None, [pyca.IPAddress(ip_network("10.0.0.0/8"))]),
        (pyca.SubjectAlternativeName([pyca.IPAddress(ip_address("11.0.0.1"))]), False),
    ),
    "a constraint on names that are structures, and none below": mended(
        "§4.2.1.10", GOOD, constraints([logon("@a.test")], [logon("@b.test")])
    ),
    "a permitted name that is a structure": mended(
        "§4.2.1.10", BAD_PATH, constraints([logon("@a.test")]), alternative(logon("binh@a.test"))
    ),
    "another name that is a structure is excluded": mended(
        "§4.2.1.10", BAD_PATH, constraints(None, [logon("@a.test")]), alternative(logon("binh@b.test"))
    ),
    "a name that is a structure, and other constraints": mended(
        "§4.2.1.10", GOOD, constraints([pyca.RFC822Name("a.test")]), alternative(logon("binh@b.test"))
    ),
    "beside a constraint on structures others hold": mended(
        "§6.1.3 (b)", BAD_PATH, constraints([logon("@a.test"), directory("Else")])
    ),
    "constraints on structures reach further down": three(
        "§6.1.4 (g)", BAD_PATH, constraints([logon("@a.test")]), (), alternative(logon("binh@a.test"))
    ),
    "an authority between has a name that is a structure": three(
        "§6.1.3 (b)", BAD_PATH, constraints([logon("@a.test")]), (alternative(logon("a@a.test")),)
    ),
    "a permitted address in the subject": addressed("§4.2.1.10", GOOD, "binh@a.test"),
    "an address in the subject that is not permitted": addressed("§4.2.1.10", BAD_PATH, "binh@b.test"),
    "constraints reach further down": three(
        "§6.1.4 (g)", BAD_PATH, constraints([directory("Lower"), directory("Else")]), ()
    ),
    "policies that nobody requires": mended("§6.1.5 (g)", GOOD, (made.policies(P1),), made.policies(P2)),
    "one policy all the way": mended("§6.1.5 (g)", GOOD, (made.policies(P1, P2),), made.policies(P1)),
    "any policy all the way": mended("§6.1.5 (g)", GOOD, (made.policies(ANY),), made.policies(ANY)),
    "no policy, but one is required": mended("§6.1.5 (g)", BAD_PATH, (made.policies(P1), required(0))),
    "the required policy": mended("§6.1.5 (g)", GOOD, (made.policies(P1), required(0)), made.policies(P1)),
    "another policy than required": mended(
        "§6.1.3 (d)", BAD_PATH, (made.policies(P1), required(0)), made.policies(P2)
    ),
    "any policy of the authority": mended(
        "§6.1.3 (d)(2)", GOOD, (made.policies(ANY), required(0)), made.policies(P1)
    ),
    "any policy inhibited": three(
        "§6.1.4 (j)",
        BAD_PATH,
        (made.policies(P1), required(0), INHIBITED_AT_ONCE),
        (made.policies(ANY),),
        made.policies(P1),
    ),
    "any policy not inhibited yet": three(
        "§6.1.4 (j)",
        GOOD,
        (made.policies(P1), required(0), INHIBITED_LATER),
        (made.policies(ANY),),
        made.policies(P1),
    ),
    "a policy that is mapped": mended(
        "§6.1.4 (b)", GOOD, (made.policies(P1), required(0), mapping((P1, P2))), made.policies(P2)
    ),
    "the policy that was mapped away": mended(
        "§6.1.4 (b)", BAD_PATH, (made.policies(P1), required(0), mapping((P1, P2))), made.policies(P1)
    ),
    "mapping inhibited": three(
        "§6.1.4 (i)(2)",
        BAD_PATH,
        (made.policies(P1), required(0, 0)),
        (made.policies(P1), mapping((P1, P2))),
        made.policies(P2),
    ),
    "any policy is mapped": mended(
        "§6.1.4 (a)", BAD_PATH, (made.policies(P1), mapping((ANY, P2))), made.policies(P2)
    ),
}

"""What issuers say of certificates, case by case: lists (RFC 5280: § alone) and answers (RFC 6960)."""

import datetime as dt

from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.signer import path_samples as made
from tests.signer.path_cases import CHECKED, GOOD, LATER, LEAF, MIDDLE, OTHER, OTHER_CA, RESPONDER, ROOT, Case
from tests.signer.path_samples import AT, DAY, TSA, UNKNOWN, Row, Who, issue

AUTHORITY_GOOD = made.revocations(ROOT)
HERE = issue("Leaf", MIDDLE, made.point())


def listed(
    why: str, expected: str | None, *lists: bytes, leaf: Who = LEAF, others: tuple[Who, ...] = (MIDDLE,)
) -> Case:
    """The authority is good; these lists are stored beside."""
    return Case(why, expected, leaf, others, lists=(AUTHORITY_GOOD, *lists))


def answered(why: str, expected: str | None, *answers: bytes, lists: tuple[bytes, ...] = ()) -> Case:
    return Case(why, expected, lists=(AUTHORITY_GOOD, *lists), ocsps=answers)


def of_authority(why: str, expected: str | None, *lists: bytes) -> Case:
    return Case(why, expected, lists=(made.revocations(MIDDLE), *lists))


_NO_LISTS = issue("Middle", ROOT, ca=True, uses=("key_cert_sign",))
_SOME = frozenset({pyca.ReasonFlags.key_compromise})
_HOLD, _BACK = pyca.ReasonFlags.certificate_hold, pyca.ReasonFlags.remove_from_crl
_NOT_MINE = issue("Middle", OTHER, ca=True)

_OUTLIVED = issue("Leaf", MIDDLE, end=AT + DAY)  # of after its end no list says anything
_TWIN = issue("Responder", OTHER_CA, made.purposes(made.OCSP), made.NO_CHECK, key=RESPONDER.key)
_ENDED = issue("Responder", MIDDLE, made.purposes(made.OCSP), end=AT + DAY)

_NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)  # when the answers here are made
_PART = pyca.IssuingDistributionPoint(
    None, pyca.RelativeDistinguishedName([pyca.NameAttribute(NameOID.COMMON_NAME, "part 1")]),
    False, False, None, False, False,
)  # fmt: skip


STATUS = {
    "good lists of both authorities": listed("§6.3", GOOD, made.revocations(MIDDLE)),
    "nothing is known of the leaf": listed("EN 319 102-1 §5.2.5", LATER),
    "nothing is known of the authority": of_authority("EN 319 102-1 §5.2.5", LATER),
    "the leaf is revoked": listed("§6.3.3 (j)", "REVOKED", made.revocations(MIDDLE, Row(LEAF))),
    "the authority is revoked": of_authority("§6.3.3 (j)", "REVOKED", made.revocations(ROOT, Row(MIDDLE))),
    "another one is revoked": listed("§6.3.3 (j)", GOOD, made.revocations(MIDDLE, Row(RESPONDER))),
    "revoked after the moment": listed(
        "EN 319 102-1 §5.2.5", GOOD, made.revocations(MIDDLE, Row(LEAF, AT + DAY), at=AT + 2 * DAY)
    ),
    "on hold": listed("EN 319 102-1 §5.2.6.4", LATER, made.revocations(MIDDLE, Row(LEAF, reason=_HOLD))),
    "on hold, and taken back in a newer list": listed(
        "§5.3.1",
        GOOD,
        made.revocations(MIDDLE, Row(LEAF, reason=_HOLD), at=AT - DAY),
        made.revocations(MIDDLE),
    ),
    "a revocation is not forgotten by a newer list": listed(
        "§5.3.1", "REVOKED", made.revocations(MIDDLE, Row(LEAF), at=AT - DAY), made.revocations(MIDDLE)
    ),
    "a list of the root for the leaf": listed("§6.3.3 (b)(1)", LATER, made.revocations(ROOT)),
    "a list of a namesake": listed("§6.3.3 (f)", LATER, made.revocations(_NOT_MINE)),
    "a list whose signature is wrong": listed("§6.3.3 (g)", LATER, made.spoiled(made.revocations(MIDDLE))),
    "a revocation whose signature is wrong": listed(
        "§6.3.3 (g)", LATER, made.spoiled(made.revocations(MIDDLE, Row(LEAF)))
    ),
    "a list by SHA-1": listed("TS 119 312 §7", LATER, made.revocations(MIDDLE, weak=True)),
    "a list that has run out": listed(
        "§6.3.3 (a)", LATER, made.revocations(MIDDLE, at=AT - 9 * DAY, until=AT - 2 * DAY)
    ),
    "an old list that says revoked": listed(
        "§5.3.1",
        "REVOKED",
        made.revocations(MIDDLE, Row(LEAF, AT - 10 * DAY), at=AT - 9 * DAY, until=AT - 2 * DAY),
    ),
    "an authority's list that has run out": of_authority(
        "§6.3.3 (a)", LATER, made.revocations(ROOT, at=AT - 9 * DAY, until=AT - 2 * DAY)
    ),
    "an authority's list within its time": of_authority(
        "§6.3.3 (a)", GOOD, made.revocations(ROOT, at=AT - 3 * DAY)
    ),
    "a list without nextUpdate": listed("§5.1.2.5", GOOD, made.revocations(MIDDLE, until=None)),
    "a list of yesterday": listed("EN 319 102-1 §5.2.5", LATER, made.revocations(MIDDLE, at=AT - DAY)),
    "a list newer than the moment": listed(
        "EN 319 102-1 §5.2.5", GOOD, made.revocations(MIDDLE, at=AT + DAY)
    ),
    "a list by who may sign none": Case(
        "§6.3.3 (f)",
        LATER,
        issue("Leaf", _NO_LISTS),
        (_NO_LISTS,),
        lists=(AUTHORITY_GOOD, made.revocations(_NO_LISTS)),
    ),
    "a delta list that is not marked as one must be": listed(
        "§5.2.4", LATER, made.revocations(MIDDLE, more=[(pyca.DeltaCRLIndicator(1), False)])
    ),
    "a list of one part of the certificates": listed(
        "§6.3.3 (b)(2)", LATER, made.revocations(MIDDLE, more=[(_PART, True)]), leaf=HERE
    ),
    "an answer that tells more than was known when it was made": answered(
        "RFC 6960 §4.2.2.1", LATER, made.answer(LEAF, MIDDLE, at=_NOW + 2 * DAY, until=_NOW + 3 * DAY)
    ),
    "a delta list": listed(
        "§5.2.4", LATER, made.revocations(MIDDLE, more=[(pyca.DeltaCRLIndicator(1), True)])
    ),
    "an indirect list": listed("§5.2.5", LATER, made.revocations(MIDDLE, more=[made.scope(indirect=True)])),
    "a list for some reasons": listed(
        "§5.2.5", LATER, made.revocations(MIDDLE, more=[made.scope(reasons=_SOME)])
    ),
    "a list of attribute certificates": listed(
        "§5.2.5", LATER, made.revocations(MIDDLE, more=[made.scope(attributes=True)])
    ),
    "a list of users for a user": listed(
        "§5.2.5", GOOD, made.revocations(MIDDLE, more=[made.scope(user=True)])
    ),
    "a list of users for an authority": of_authority(
        "§5.2.5", LATER, made.revocations(ROOT, more=[made.scope(user=True)])
    ),
    "a list of authorities for a user": listed(
        "§5.2.5", LATER, made.revocations(MIDDLE, more=[made.scope(ca=True)])
    ),
    "a list of authorities for an authority": of_authority(
        "§5.2.5", GOOD, made.revocations(ROOT, more=[made.scope(ca=True)])
    ),
    "the list of the certificate's own place": listed(
        "§6.3.3 (b)(2)(i)", GOOD, made.revocations(MIDDLE, more=[made.scope(full=made.LIST)]), leaf=HERE
    ),
    "the list of another place": listed(
        "§6.3.3 (b)(2)(i)",
        LATER,
        made.revocations(MIDDLE, more=[made.scope(full="http://b.test/l")]),
        leaf=HERE,
    ),
    "a list of a place for who names none": listed(
        "§6.3.3 (b)(2)(i)", LATER, made.revocations(MIDDLE, more=[made.scope(full=made.LIST)])
    ),
    "an unknown critical extension of a list": listed(
        "§5.2", LATER, made.revocations(MIDDLE, more=[(UNKNOWN, True)])
    ),
    "an unknown extension of a list": listed("§5.2", GOOD, made.revocations(MIDDLE, more=[(UNKNOWN, False)])),
    "an unknown critical extension of the entry": listed(
        "§5.3", LATER, made.revocations(MIDDLE, Row(LEAF, strange=True))
    ),
    "a good answer of the authority": answered("RFC 6960 §4.2.2.2", GOOD, made.answer(LEAF, MIDDLE)),
    "a revoked answer": answered("RFC 6960 §2.2", "REVOKED", made.answer(LEAF, MIDDLE, revoked=AT - DAY)),
    "an unknown answer": answered("RFC 6960 §2.2", LATER, made.answer(LEAF, MIDDLE, unknown=True)),
    "a good answer and a list that says revoked": answered(
        "§5.3.1", "REVOKED", made.answer(LEAF, MIDDLE), lists=(made.revocations(MIDDLE, Row(LEAF)),)
    ),
    "an answer of an appointed responder": answered(
        "RFC 6960 §4.2.2.2", GOOD, made.answer(LEAF, MIDDLE, RESPONDER)
    ),
    "a responder of whose key another carried certificate is, too": answered(
        "RFC 6960 §4.2.1: nobody signs what certificates are there",
        GOOD,
        made.answer(LEAF, MIDDLE, RESPONDER, carried=[_TWIN, RESPONDER]),
    ),
    "a responder in a crowd of certificates": answered(
        "RFC 6960 §4.2.1", LATER, made.answer(LEAF, MIDDLE, RESPONDER, carried=[RESPONDER] * 64)
    ),
    "a responder whose status is not known": answered(
        "RFC 6960 §4.2.2.2.1", LATER, made.answer(LEAF, MIDDLE, CHECKED)
    ),
    "a responder that a list calls good": answered(
        "RFC 6960 §4.2.2.2.1",
        GOOD,
        made.answer(LEAF, MIDDLE, CHECKED),
        lists=(made.revocations(MIDDLE, at=AT - DAY),),
    ),
    "a responder that is revoked": answered(
        "RFC 6960 §4.2.2.2.1",
        LATER,
        made.answer(LEAF, MIDDLE, CHECKED),
        lists=(made.revocations(MIDDLE, Row(CHECKED, AT - 2 * DAY), at=AT - DAY),),
    ),
    "a responder that a list of before called good": answered(
        "RFC 6960 §4.2.2.2.1: whoever stole its key keeps old lists",
        LATER,
        made.answer(LEAF, MIDDLE, CHECKED),
        lists=(made.revocations(MIDDLE, at=AT - 9 * DAY, until=AT - 2 * DAY),),
    ),
    "a responder that a list of before its certificate called good": answered(
        "docs/adr/0012, 5",
        LATER,
        made.answer(LEAF, MIDDLE, issue("R", MIDDLE, made.purposes(made.OCSP), begin=AT - DAY)),
        lists=(made.revocations(MIDDLE, at=AT - 2 * DAY),),
    ),
    "a responder that a list of after its end calls good": Case(
        "§5: its revocation may be forgotten by then",
        LATER,
        _OUTLIVED,
        lists=(AUTHORITY_GOOD, made.revocations(MIDDLE, at=AT + 2 * DAY)),
        ocsps=(made.made_at(made.answer(_OUTLIVED, MIDDLE, _ENDED), _ENDED, AT),),
    ),
    "a responder that a list of before its end calls good": Case(
        "RFC 6960 §4.2.2.2.1",
        GOOD,
        _OUTLIVED,
        lists=(AUTHORITY_GOOD, made.revocations(MIDDLE, at=AT - DAY)),
        ocsps=(made.made_at(made.answer(_OUTLIVED, MIDDLE, _ENDED), _ENDED, AT),),
    ),
    "a responder of whose status nobody need ask, as it must be known": answered(
        "RFC 6960 §4.2.2.2.1",
        GOOD,
        made.answer(LEAF, MIDDLE, issue("R", MIDDLE, made.purposes(made.OCSP), (pyca.OCSPNoCheck(), True))),
    ),
    "a responder with a critical extension that is not known": answered(
        "§4.2",
        LATER,
        made.answer(
            LEAF, MIDDLE, issue("R", MIDDLE, made.purposes(made.OCSP), made.NO_CHECK, (UNKNOWN, True))
        ),
    ),
    "a responder with another purpose": answered(
        "RFC 6960 §4.2.2.2",
        LATER,
        made.answer(LEAF, MIDDLE, issue("R", MIDDLE, made.purposes(TSA), made.NO_CHECK)),
    ),
    "a responder for any purpose": answered(
        "RFC 6960 §4.2.2.2",
        LATER,
        made.answer(
            LEAF,
            MIDDLE,
            issue("R", MIDDLE, made.purposes(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), made.NO_CHECK),
        ),
    ),
    "a responder without a purpose": answered(
        "RFC 6960 §4.2.2.2", LATER, made.answer(LEAF, MIDDLE, issue("R", MIDDLE, made.NO_CHECK))
    ),
    "a responder that has expired": answered(
        "RFC 6960 §4.2.2.2",
        LATER,
        made.answer(
            LEAF,
            MIDDLE,
            issue("R", MIDDLE, made.purposes(made.OCSP), made.NO_CHECK, end=AT - DAY),
        ),
    ),
    "a responder of another authority": answered(
        "RFC 6960 §4.2.2.2",
        LATER,
        made.answer(LEAF, MIDDLE, issue("R", OTHER_CA, made.purposes(made.OCSP), made.NO_CHECK)),
    ),
    "a responder of the root": answered(
        "RFC 6960 §4.2.2.2",
        LATER,
        made.answer(LEAF, MIDDLE, issue("R", ROOT, made.purposes(made.OCSP), made.NO_CHECK)),
    ),
    "a responder that may sign nothing": answered(
        "§4.2.1.3",
        LATER,
        made.answer(
            LEAF,
            MIDDLE,
            issue("R", MIDDLE, made.purposes(made.OCSP), made.NO_CHECK, uses=("key_encipherment",)),
        ),
    ),
    "a responder whose certificate is forged": answered(
        "RFC 6960 §4.2.2.2", LATER, made.answer(LEAF, MIDDLE, RESPONDER, carried=[made.broken(RESPONDER)])
    ),
    "a responder whose certificate is missing": answered(
        "RFC 6960 §4.2.1", LATER, made.answer(LEAF, MIDDLE, RESPONDER, carried=[])
    ),
    "the leaf answers for itself": answered("RFC 6960 §4.2.2.2", LATER, made.answer(LEAF, MIDDLE, LEAF)),
    "an answer about another number": answered(
        "RFC 6960 §3.2 (1)", LATER, made.answer(LEAF, MIDDLE, about=77)
    ),
    "an answer about another issuer": answered(
        "RFC 6960 §3.2 (1)", LATER, made.answer(LEAF, OTHER_CA, MIDDLE, carried=[])
    ),
    "an answer whose signature is wrong": answered(
        "RFC 6960 §3.2 (2)", LATER, made.spoiled(made.answer(LEAF, MIDDLE))
    ),
    "an answer by SHA-1": answered("TS 119 312 §7", LATER, made.answer(LEAF, MIDDLE, weak=True)),
    "an answer that names by SHA-1": answered(
        "RFC 6960 §4.1.1", GOOD, made.answer(LEAF, MIDDLE, digest=hashes.SHA1())
    ),
    "an answer of yesterday": answered("EN 319 102-1 §5.2.5", LATER, made.answer(LEAF, MIDDLE, at=AT - DAY)),
    "an answer newer than the moment": answered(
        "EN 319 102-1 §5.2.5", GOOD, made.answer(LEAF, MIDDLE, at=AT + DAY, until=AT + 2 * DAY)
    ),
    "an answer without nextUpdate": answered(
        "RFC 6960 §4.2.2.1", GOOD, made.answer(LEAF, MIDDLE, until=None)
    ),
    "an answer for the authority too": Case(
        "RFC 6960 §2.2", GOOD, lists=(), ocsps=(made.answer(LEAF, MIDDLE), made.answer(MIDDLE, ROOT))
    ),
    "the authority is revoked by an answer": Case(
        "RFC 6960 §2.2",
        "REVOKED",
        lists=(),
        ocsps=(made.answer(LEAF, MIDDLE), made.answer(MIDDLE, ROOT, revoked=AT - DAY)),
    ),
}

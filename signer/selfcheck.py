"""What we made is examined before it leaves: our own verifier must find nothing wrong with its bytes."""

from dataclasses import replace

from pki.trust import Anchors
from pki.words import N_, Sentence
from signer.errors import NotBelieved
from signer.level import Evidence
from signer.policy import Policy
from signer.report import Indication
from signer.verifying import examine, refusal

_TRUST_APART = frozenset({"NO_CERTIFICATE_CHAIN_FOUND", "CERTIFICATE_CHAIN_GENERAL_FAILURE"})


async def check_own(pdf: bytes, field: str, evidence: Evidence) -> None:
    """Examine a file just signed. Raises `NotBelieved` unless format, hash, signature and changes are right.

    Without anchors nobody can say whom to trust, so a missing chain is then no fault. Whether those who
    signed earlier are trusted is for whoever seals to judge; here their signatures must only be unbroken.
    """
    anchors = evidence.anchors or Anchors(roots=(), intermediates=())
    policy = Policy(anchors=anchors, revocation="ignore", require="any", offline=True)
    report = await examine(pdf, policy)
    made = next((each for each in report.signatures if each.field == field), None)
    if made is None:
        raise NotBelieved("The signature just made cannot be found in the file.", report=report)
    for each in report.signatures:
        verdict = each.verdict
        excused = evidence.anchors is None and verdict.sub_indication in _TRUST_APART
        if each.field != field:
            excused = verdict.indication is Indication.INDETERMINATE
        if verdict.indication is not Indication.TOTAL_PASSED and not excused:
            raise refusal(replace(report, verdict=verdict), Sentence(N_("The file just signed")))

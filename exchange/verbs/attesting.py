"""The key that seals reports (`--report-key`): opened before anything is examined, used after."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from exchange.verbs import given
from exchange.verbs.call import Call
from pki.errors import TokenError, TrustError, Undetermined
from pki.keys import open_key
from pki.token import Token
from signer.attesting import attest, check_kind, check_verifier
from signer.errors import NoTimeStamp
from signer.level import Evidence
from signer.policy import Policy
from signer.reports.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Seal:
    """Whoever seals the reports of this call, his key, and where its time-stamps come from."""

    verifier: Verifier
    token: Token
    evidence: Evidence

    async def over(self, report: bytes) -> bytes:
        """Return the seal of a report. Raises `TokenError`, and `Undetermined` for want of a time-stamp.

        Never a plain "no": that would be taken for the answer about the document.
        """
        try:
            return await attest(report, self.token, self.evidence)
        except NoTimeStamp as error:
            raise Undetermined("The report is not sealed. {reason}", hint=error.hint, reason=error) from error


@asynccontextmanager
async def opened_seal(call: Call, policy: Policy) -> AsyncIterator[Seal]:
    """Open the key of `--report-key`, once it is found fit to seal reports by the policy.

    Raises `TokenError` for a key that is not, `Undetermined` where its status cannot be found out, and as
    `pki.keys.open_key`.
    """

    async def fit(certificate: bytes, chain: tuple[bytes, ...]) -> None:
        try:
            await check_verifier(certificate, chain, policy)
        except TrustError as error:
            facts = {**error.facts, "reason": error}
            raise TokenError("The key cannot seal reports. {reason}", hint=error.hint, **facts) from error

    options = call.options
    evidence = Evidence(
        tsa_url=tuple(options.report_tsa or ()),
        anchors=policy.anchors if policy.anchors.roots else None,
        rules=policy.rules,
    )
    async with open_key(
        options.report_key,
        environment=given.environment(call),
        ask_pin=given.ask_pin(call),
        before_pin=fit,
    ) as token:
        check_kind(token)
        await fit(token.certificate, token.chain)
        yield Seal(Verifier(token.certificate), token, evidence)

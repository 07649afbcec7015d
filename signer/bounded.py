"""Whom a reader of a stranger's document may have asked: never more than its policy allows.

The reader says whom the anchors name (ADR 5); it may have been taken over by what it reads. So here it is
held to the anchors that it was given.
"""

from dataclasses import dataclass, replace

from pki.query import Asking, Query, Source
from pki.reach import MAX_URL_LETTERS, NotFetched, Reach
from signer.policy import Policy


@dataclass(frozen=True, slots=True)
class Bounded:
    """A `Source` that asks another one, within a policy."""

    policy: Policy
    source: Source

    async def __call__(self, query: Query, how: Asking) -> bytes:
        """Ask for a status, as the policy allows. Raises `NotFetched`."""
        # No issuers: a document's certificates are a stranger's until they lead to an anchor.
        if self.policy.offline or query.kind == "issuers" or len(query.url) > MAX_URL_LETTERS:
            raise NotFetched("{url} was not asked.", url=query.url[:MAX_URL_LETTERS])
        return await self.source(
            query, replace(how, reach=self._reach(how.reach), seconds=self._seconds(how))
        )

    def _reach(self, asked: Reach) -> Reach:
        from cryptography.x509 import load_der_x509_certificate

        from pki.revocation import (
            named_hosts,
        )  # loads what reads answers, for which who asks nobody has no use

        roots = map(load_der_x509_certificate, self.policy.anchors.roots) if asked.hosts else ()
        hosts = frozenset().union(*map(named_hosts, roots))
        return Reach(private=asked.private and self.policy.allow_private_addresses, hosts=asked.hosts & hosts)

    def _seconds(self, how: Asking) -> float:
        return max(0.0, min(how.seconds, self.policy.limits.fetch_seconds))

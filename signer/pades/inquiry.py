"""What may be asked about the certificates of one document, and of whom."""

from datetime import datetime

from pki.clock import SystemClock
from pki.our_desk import at_the_desk
from pki.query import Asking, Source
from pki.reach import Reach


class Inquiry:
    """What may be asked for one document, and how; `begun` is when work on it began.

    `private`: whether any address may be called; whoever signs chose the key, the authorities and the
    anchors. A verifier did not, and says no. `issuers`: whether certificates may be fetched that lead from a
    certificate to its issuer, which must happen before anybody knows whether it is to be trusted. `source`
    is whom the status of certificates is asked of.
    """

    def __init__(
        self,
        timeout_seconds: float,
        *,
        private: bool = True,
        issuers: bool = True,
        source: Source = at_the_desk,
    ) -> None:
        self.seconds = timeout_seconds
        self.private = private
        self.issuers = issuers
        self.source = source
        self.begun = SystemClock().now()

    def asking(self, since: datetime, reach: Reach) -> Asking:
        """Return how to ask for answers that count only if asked for at `since` or later."""
        return Asking(since=min(since, self.begun), reach=reach, seconds=self.seconds)

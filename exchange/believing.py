"""What an office holds documents to: the policy that its settings name, or else the anchors in `trust/`."""

from dataclasses import replace
from pathlib import Path

from exchange.settings import Settings
from pki.trust import Anchors
from signer.policies import SHIPPED
from signer.policies.supplying import load
from signer.policy import Policy


def held_to(home: Path, settings: Settings) -> Policy:
    """Return the policy of the office in `home`, read anew from its files.

    Raises `UsageError` and `TrustError` for what an operator must put right.
    """
    trust, private = home / "trust", settings.allow_private_addresses
    if settings.policy:
        name = settings.policy if settings.policy in SHIPPED else home / settings.policy
        return replace(load(name, trust).policy, allow_private_addresses=private)
    anchors = Anchors.load(trust)
    return Policy(anchors=anchors, revocation=settings.revocation, allow_private_addresses=private)

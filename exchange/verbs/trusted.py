"""Whom a command believes: what the options and the office name as policy, anchors and practice hierarchy.

Every verb that judges starts here. So what reads policy files, settings and practice hierarchies is loaded
only where one of them is named.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.verbs.call import Call
from pki.errors import UsageError
from pki.our_desk import cache_folder, keep_in
from pki.trust import Anchors
from signer.policy import Policy, Require, Revocation

if TYPE_CHECKING:
    from pki.practice.sandbox import Sandbox


def anchors(call: Call) -> Anchors:
    """Return the anchors, maybe none: of a policy file, `--trust`, the practice hierarchy or the office.

    The first of them that there is counts alone.
    """
    if (from_file := policy_file(call)) is not None:
        return from_file.anchors
    if call.options.trust:
        return Anchors.load(*call.options.trust)
    if (practice := sandbox(call)) is not None:
        return Anchors.load(practice.trust)
    folder = call.home / "trust"
    return Anchors.load(folder) if folder.is_dir() and any(folder.iterdir()) else Anchors(())


def policy(call: Call, *, sealing: bool = False) -> Policy:
    """Return the policy that the options ask for: `--policy`, or else `--trust` and `--revocation`."""
    options = call.options
    require: Require = getattr(options, "require", "any")
    at, offline = getattr(options, "at", None), getattr(options, "offline", False)
    private = getattr(options, "allow_private_addresses", False)
    if (from_file := policy_file(call)) is not None:
        private = private or from_file.allow_private_addresses
        return replace(from_file, require=require, at=at, offline=offline, allow_private_addresses=private)
    revocation: Revocation | None = options.revocation
    if revocation is None:
        # Practice keys may seal while nobody answers for them; a real key never.
        revocation = "accept-missing" if sealing and sandbox(call) is not None else "require"
    return Policy(
        anchors=anchors(call), revocation=revocation, require=require, at=at, offline=offline,
        allow_private_addresses=private,
    )  # fmt: skip


def policy_file(call: Call) -> Policy | None:
    """Return the policy of `--policy`, or else the one that the office's settings name; None without any.

    A policy file says all of it: `UsageError` where `--trust` or `--revocation` would say it too.
    """
    options = call.options
    name = getattr(options, "policy", None)
    if name is not None:
        if getattr(options, "trust", None) or getattr(options, "revocation", None):
            raise UsageError(
                "--policy says all that --trust and --revocation could say.",
                hint="Write into the policy file what you want besides, or leave --policy out.",
            )
        from signer.policies.supplying import load

        return load(name, policy_folder(call)).policy
    settings = call.home / "settings.toml"
    if sandbox(call) is not None or options.trust or options.revocation or not settings.is_file():
        return None
    from exchange.believing import held_to
    from exchange.settings import read_settings

    office = read_settings(settings)
    return held_to(call.home, office) if office.policy else None


def policy_folder(call: Call) -> Path:
    """Return where a shipped policy looks for anchors: the practice hierarchy, or the office's `trust/`."""
    practice = sandbox(call)
    return call.home / "trust" if practice is None else practice.directory


def sandbox(call: Call) -> "Sandbox | None":
    """Return the practice hierarchy that `--sandbox` or the key's own module-path names, if any."""
    folder: Path | None = call.options.sandbox
    key: str = getattr(call.options, "key", None) or ""
    if folder is None and not key:
        return None
    from pki.practice.sandbox import load_sandbox

    if folder is not None:
        return load_sandbox(folder)
    from pki.pkcs11.manner import Manner
    from pki.uri import KeyUri

    module = KeyUri.parse(Manner.parted(key)[0]).module_path
    folders = () if module is None else tuple(module.absolute().parents)[:2]
    return next((load_sandbox(folder) for folder in folders if (folder / "sandbox.json").is_file()), None)


def shared_answers(call: Call, office: Path | None = None) -> None:
    """Share what issuers answer with other commands: in the person's cache, or in the office's own.

    `$CONGVAN_CACHE` names another folder for both; empty, it switches sharing off.
    """
    if office is not None and "CONGVAN_CACHE" not in call.environment:
        keep_in(office / "cache")
    else:
        keep_in(cache_folder(call.environment))

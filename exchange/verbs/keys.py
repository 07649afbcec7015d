"""Tokens and keys: what is here, and what a key can do."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange.verbs import given, trusted
from exchange.verbs.call import Call, Outcome, failure
from exchange.verbs.words import word
from pki.errors import TokenError, TokenNotFound
from pki.keys import KeyCheck, ModuleInfo, TokenInfo, check_key, list_tokens, validity_of
from pki.token import Scheme
from pki.uri import KeyUri
from pki.words import N_, Sentence

USUAL_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
)
"""Where Debian puts PKCS#11 modules; looked at when no --module names one."""

_SCHEMES: dict[Scheme, str] = {
    "rsassa_pkcs1v15": "RSA PKCS#1 v1.5",
    "rsassa_pss": "RSA-PSS",
    "ecdsa": "ECDSA",
    "ed25519": "Ed25519",
}
"""The schemes' names, the same in every language."""


async def tokens(call: Call) -> AsyncIterator[Outcome]:
    """List the tokens that modules see; a module that fails is told of, and the others go on."""
    practice = trusted.sandbox(call)
    environment = None if practice is None else practice.environment
    modules: Sequence[Path] = call.options.module or [
        path for text in USUAL_MODULES if (path := Path(text)).exists()
    ]
    if practice is not None and not call.options.module:
        modules = [module] if (module := KeyUri.parse(practice.signatory).module_path) else []
    if not modules:
        raise TokenNotFound("No PKCS#11 module was found.", hint="Name one with --module.")
    for module in modules:
        try:
            yield _listed(module, await list_tokens(module, environment), call)
        except TokenError as error:
            yield failure(error, module, call)


def _listed(path: Path, module: ModuleInfo, call: Call) -> Outcome:
    tokens = [{**_token_facts(each), "certificates": _certificates(each, call.now)} for each in module.tokens]
    facts = {
        "module": str(path),
        "name": module.name,
        "locking": module.locking,
        "parallel": module.parallel,
        "count": len(tokens),
        "tokens": tokens,
    }
    lines = [Sentence(N_("{module}: {name}, {count} tokens; operations at once: {parallel}"), facts)]
    for token in tokens:
        said = {**token, "tries": word(str(token["tries"])), "schemes": _shown(token["schemes"])}
        lines.append(Sentence(N_("  {label} ({manufacturer} {model}, serial {serial}): {tries}"), said))
        if token["schemes"]:
            lines.append(Sentence(N_("    signs by {schemes}"), said))
        lines += [
            Sentence(N_("    certificate of {subject}: {expiry}"), {**each, "expiry": _expiry(each)})
            for each in token["certificates"]
        ]
    return Outcome(facts, lines)


async def check(call: Call) -> AsyncIterator[Outcome]:
    """Sign a trial text with a key and say what it is."""
    # Without --sandbox the key's own name leads to the environment.
    environment = None if call.options.sandbox is None else given.environment(call)
    checked = await check_key(call.options.key, environment=environment, ask_pin=given.ask_pin(call))
    facts: dict[str, Any] = {
        "key": checked.name,
        "kind": checked.kind,
        "bits": checked.bits,
        "mechanism": checked.mechanism,
        "scheme": checked.scheme,
        "offered": list(checked.offered),
        "asks_each_time": checked.asks_each_time,
        "token": None if checked.token is None else _token_facts(checked.token),
        "subject": checked.identity.name,
        "subject_kind": checked.identity.kind,
        "organisation": checked.identity.organisation,
        "not_before": checked.not_before.isoformat(),
        "not_after": checked.not_after.isoformat(),
        "days_left": checked.days_left(call.now),
        "issuers_on_token": checked.issuers_on_token,
    }
    yield Outcome(facts, list(_checked(checked, facts)))


def _checked(checked: KeyCheck, facts: dict[str, Any]) -> Iterator[Sentence]:
    said = {
        **facts,
        "scheme": _SCHEMES[checked.scheme],
        "offered": _shown(checked.offered),
        "subject_kind": word(checked.identity.kind),
        "expiry": _expiry(facts),
    }
    yield Sentence(N_("{key} signs: {kind} {bits} bits, {scheme} ({mechanism})."), said)
    if len(checked.offered) > 1:
        yield Sentence(N_("The token offers for this key: {offered}."), said)
    if checked.token is not None:
        token = {**_token_facts(checked.token), "tries": word(checked.token.tries)}
        yield Sentence(N_("Token {label} ({manufacturer} {model}, serial {serial}): {tries}."), token)
    if checked.asks_each_time:
        yield Sentence(N_("The key wants the PIN at every signature; it is given by itself."), said)
    yield Sentence(N_("The certificate is of {subject} ({subject_kind}), {organisation}."), said)
    yield Sentence(N_("It {expiry}."), said)
    if not checked.issuers_on_token:
        yield Sentence(N_("The issuer's certificate is not with the key; verifiers must bring it."), said)


def _token_facts(token: TokenInfo) -> dict[str, Any]:
    """Return a token as `--json` shows it; certificates apart, they are long and for machines."""
    return {
        "label": token.label,
        "serial": token.serial,
        "manufacturer": token.manufacturer,
        "model": token.model,
        "slot_id": token.slot_id,
        "asks_pin": token.asks_pin,
        "tries": token.tries,
        "sessions": token.sessions,
        "schemes": list(token.schemes),
    }


def _certificates(token: TokenInfo, now: datetime) -> list[dict[str, Any]]:
    """Return whose certificates a token shows without a PIN, and how long they last."""
    found = [validity for der in token.certificates if (validity := validity_of(der)) is not None]
    return [
        {
            "subject": each.subject,
            "not_after": each.not_after.isoformat(),
            "days_left": each.days_left(now),
        }
        for each in sorted(found, key=lambda each: each.not_after, reverse=True)
    ]


def _expiry(facts: Mapping[str, Any]) -> Sentence:
    said = {"days_left": facts["days_left"], "day": datetime.fromisoformat(facts["not_after"]).date()}
    if said["days_left"] < 0:
        return Sentence(N_("has expired, on {day}"), said)
    return Sentence(N_("expires in {days_left} days, on {day}"), said)


def _shown(schemes: Iterable[Scheme]) -> str:
    return ", ".join(_SCHEMES[each] for each in schemes)

"""What a worker's reason means to people."""

from collections.abc import Mapping

from pki.errors import PinRefused, TokenError, TokenLost, TokenNotFound
from pki.words import N_

_LIST_HINT = N_("`congvan token list` shows the tokens that are here.")

_REFUSALS: dict[str, tuple[type[TokenError], str, str | None]] = {
    "module-missing": (
        TokenNotFound,
        N_("There is no PKCS#11 module {path}."),
        N_("Install the token's driver; for practice tokens: apt install softhsm2."),
    ),
    "module-broken": (
        TokenError,
        N_("The PKCS#11 module {path} cannot be loaded ({fault})."),
        N_("Check that it is the driver for this machine; NSS needs congvan-init=… in the key URI."),
    ),
    "token-missing": (TokenNotFound, N_("No token of that name is present."), _LIST_HINT),
    "token-ambiguous": (
        TokenNotFound,
        N_("{count} tokens match the key URI."),
        N_("Add serial=… to the key URI; `congvan token list` shows the serial numbers."),
    ),
    "key-missing": (TokenNotFound, N_("The token has no such signing key."), _LIST_HINT),
    "key-ambiguous": (
        TokenNotFound,
        N_("{count} keys on the token match the key URI."),
        N_("Add object=… or id=… to the key URI."),
    ),
    "key-unsupported": (
        TokenError,
        N_("The token does not sign with a key of this kind ({kind}) in a way we know."),
        None,
    ),
    "key-spent": (
        TokenError,
        N_("The token does not let this key sign ({fault})."),
        N_("Its count of signatures may be used up, or its settings were changed: ask who issued the token."),
    ),
    "scheme-unsupported": (
        TokenError,
        N_("The token does not sign by {scheme} with this key; it offers: {offered}."),
        N_("Leave congvan-scheme away from the key URI, or name a scheme that the token offers."),
    ),
    "digest-unsupported": (
        TokenError,
        N_("The token does not sign what is hashed with {digest}."),
        None,
    ),
    "length-wrong": (
        TokenError,
        N_("The token gave a signature of {length} bytes where {expected} are right."),
        N_("Its driver is at fault; nothing was signed."),
    ),
    "pin-last-try": (
        PinRefused,
        N_("One try is left before the token {token} locks; no PIN was sent to it."),
        N_("If the PIN is surely right, add congvan-last-try=yes to the key URI."),
    ),
    "pin-needed": (PinRefused, N_("The token wants a PIN."), None),
    "pin-locked": (
        PinRefused,
        N_("The token's PIN is locked."),
        N_("Ask the issuer of the token to unlock it (NĐ 68/2024, form 06)."),
    ),
    "pin-expired": (PinRefused, N_("The token's PIN has expired and must be changed first."), None),
    "pin-not-set": (PinRefused, N_("The token has no PIN yet."), None),
    "lost": (
        TokenLost,
        N_("The token went away ({fault})."),
        N_("Plug the token in again and repeat."),
    ),
    "failed": (TokenError, N_("The token could not do it ({fault})."), None),
}

_TRIES: dict[str, str] = {
    "many": N_("The token refused the PIN."),
    "few": N_("The token refused the PIN; few tries are left before it locks."),
    "last": N_("The token refused the PIN; one try is left before it locks."),
    "none": N_("The token refused the PIN and is now locked."),
}


def refusal_error(reason: str, facts: Mapping[str, object]) -> TokenError:
    """Return the error that says a worker's refusal to people."""
    if reason == "pin-refused":
        tries = str(facts.get("tries", "many"))
        return PinRefused(_TRIES[tries], hint=N_("The PIN is not tried again by itself."), tries=tries)
    kind, template, hint = _REFUSALS[reason]
    return kind(template, hint=hint, **facts)

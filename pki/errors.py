"""The one error tree.

    CongvanError
    ├── UsageError                 the call itself is wrong
    ├── Undetermined               we could not find out
    ├── TokenError                 a key could not be used
    │   ├── TokenNotFound          no module, token or key of that name
    │   ├── PinRefused             the token refused the PIN (never retried)
    │   └── TokenLost              the token or its worker went away
    ├── TrustError                 a certificate, time-stamp or status answer is not good
    │   └── AnchorError            what is given to be trusted cannot be used: the caller's matter
    ├── signer.errors.DocumentError     one document cannot be drafted, signed, sealed or believed
    └── exchange.errors.ExchangeError   the office, a peer or the log

An error carries a *template* in English with named facts, so that the edge can say it in the reader's
language; it never carries a PIN, a key or a document's content. Anything that is not a `CongvanError` is
our bug: let it crash.
"""

from typing import ClassVar


class CongvanError(Exception):
    """Something went wrong that the reader can be told about.

    `code` is stable and dotted: logs, JSON output and HTTP problem documents share it. `template` is an
    English sentence with `{named}` facts; `hint` says what to do, as a template over the same facts.
    """

    code: ClassVar[str] = "congvan"

    def __init__(self, template: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(template)
        self.template = template
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return self.template.format(**self.facts)


class UsageError(CongvanError):
    """The call itself is wrong: an argument, a file name, a setting."""

    code = "usage"


class Undetermined(CongvanError):
    """We could not find out: an answer is missing, not negative."""

    code = "undetermined"


class TokenError(CongvanError):
    """A key could not be used."""

    code = "token"


class TokenNotFound(TokenError):
    """No module, token or key of that name, or more than one."""

    code = "token.not-found"


class PinRefused(TokenError):
    """The token refused the PIN. Trying again by itself would lock somebody's token."""

    code = "token.pin-refused"


class TokenLost(TokenError):
    """The token, its module or its worker process went away or did not answer in time."""

    code = "token.lost"


class TrustError(CongvanError):
    """A certificate, a time-stamp or a status answer is not good."""

    code = "trust"


class AnchorError(TrustError):
    """What the caller gave to be trusted (anchors, certificates, trusted lists) cannot be used."""

    code = "trust.anchors"

"""What can go wrong between agencies."""

from pki.errors import CongvanError


class ExchangeError(CongvanError):
    """The office, a peer, a message or the log."""

    code = "exchange"


class OfficeError(ExchangeError):
    """The office's own state: not initialised, locked, damaged, or asked for what it does not hold."""

    code = "exchange.office"


class PeerError(ExchangeError):
    """A peer is unknown, cannot be reached, or is not who it should be."""

    code = "exchange.peer"


class MessageRefused(ExchangeError):
    """A message is refused for good: trying again changes nothing."""

    code = "exchange.refused"


class OverQuota(ExchangeError):
    """A peer has brought as much as one peer may, for now: it may come again later."""

    code = "exchange.quota"


class MoveNotAllowed(ExchangeError):
    """The table of statuses does not allow this move from here."""

    code = "exchange.move"


class LogError(ExchangeError):
    """The audit log, a checkpoint or a proof does not hold."""

    code = "exchange.log"

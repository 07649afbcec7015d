"""What a module and its tokens say of themselves."""

from dataclasses import dataclass, field

from pki.pkcs11.wire import Message
from pki.token import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token that is present.

    `tries` left for its PIN: "many", "few", "last" or "none"; PKCS#11 gives no number. `sessions` is how many
    it takes at once, `None` if it sets no bound. `schemes` are the ways it signs, `certificates` (DER) what
    it shows without a PIN; both are empty where they were not asked for.
    """

    label: str
    serial: str
    manufacturer: str
    model: str
    slot_id: int
    asks_pin: bool
    tries: str
    sessions: int | None = None
    schemes: tuple[Scheme, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInfo:
    """A module, as it describes itself; `parallel` operations at once, 1 if it cannot lock."""

    name: str
    locking: bool
    parallel: int
    tokens: tuple[TokenInfo, ...]


def token_info(item: Message) -> TokenInfo:
    """Read a token's description off the wire."""
    return TokenInfo(
        label=item["token"],
        serial=item["serial"],
        manufacturer=item["manufacturer"],
        model=item["model"],
        slot_id=item["slot-id"],
        asks_pin=item["asks-pin"],
        tries=item["tries"],
        sessions=item["sessions"],
        schemes=tuple(item.get("schemes", ())),
        certificates=tuple(each["der"] for each in item.get("certificates", ())),
    )

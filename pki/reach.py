"""Which addresses of other people's choosing may be called, and with what question."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pki.errors import Undetermined

MAX_URL_LETTERS = 2048

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address of any kind stands in its end


class NotFetched(Undetermined):
    """An address that a certificate names was not asked, or gave no answer."""

    code = "undetermined.not-fetched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which addresses may be called.

    Public ones always. Those of private networks, of the link and of this machine only with `private`, or for
    the `hosts` that an anchor names in its own certificate: who chose the anchor chose them.
    """

    private: bool = False
    hosts: frozenset[str] = frozenset()

    def permits(self, host: str, address: str) -> bool:
        """Tell whether `host`, found to be at `address`, may be called."""
        found = ipaddress.ip_address(address.partition("%")[0])
        return _is_public(found) or self.private or host in self.hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request: GET, or with a `body` of this `kind` POST. `limit` is for the answer, in bytes."""

    url: str
    limit: int
    body: bytes | None = None
    kind: str | None = None


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """Return the hosts of web addresses; what is none has none."""
    hosts = set()
    for url in urls:
        try:
            hosts.add(urlsplit(url).hostname)
        except ValueError:
            continue
    return frozenset(host for host in hosts if host)


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address in _TRANSLATED:
            return False  # an IPv4 address in disguise; no authority lives at one
    return address.is_global and not address.is_multicast

"""Mutual TLS with pinned certificates: each side trusts exactly the certificates it was shown on a card."""

import ssl
from collections.abc import Iterable

from exchange.node import Node


def server_context(node: Node, peers: Iterable[bytes]) -> ssl.SSLContext:
    """Return a context that asks every client for one of the peers' certificates (DER), or our own."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, node)
    trust(context, [node.certificate, *peers])
    return context


def client_context(node: Node, peer: bytes) -> ssl.SSLContext:
    """Return a context that accepts one server certificate (DER) and no other, whatever host it names."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, node)
    trust(context, [peer])
    return context


def trust(context: ssl.SSLContext, certificates: Iterable[bytes]) -> None:
    """Add pinned certificates to a context, also one in use: new handshakes see them.

    None is ever taken away: who is no longer a peer is turned away at each request, by its fingerprint.
    """
    for certificate in certificates:
        context.load_verify_locations(cadata=certificate)


def _context(protocol: int, node: Node) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # the pin says who it is; a name would say less
    context.verify_mode = ssl.CERT_REQUIRED
    # A pinned certificate is trusted by itself, not for whom it might issue (it is no CA).
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(node.certificate_file, node.key_file)
    return context

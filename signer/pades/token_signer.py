"""pyHanko's signer over our own `Token` port."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

import asyncio
import hashlib

from asn1crypto import algos, cms, x509
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pki.errors import TokenError
from pki.token import Token, scheme_of

_ATTRIBUTES = 1024
"""Room for signed attributes and the CMS frame, bytes; 600 to 700 are used."""


def check_kind(token: Token) -> None:
    """Raise `TokenError` for a key of a kind that makes no signature containers here."""
    if scheme_of(token) == "ed25519":
        raise TokenError("A key of the kind Ed25519 signs no documents yet.", hint="Take an RSA or EC key.")


class TokenSigner(Signer):
    """pyHanko's signer over our own `Token`; pyHanko never learns what PKCS#11 is.

    `home` is the loop the token belongs to: pyHanko works on another one.
    """

    def __init__(self, token: Token, home: asyncio.AbstractEventLoop) -> None:
        store = SimpleCertificateStore()
        store.register_multiple(x509.Certificate.load(each) for each in token.chain)
        check_kind(token)
        super().__init__(
            signing_cert=x509.Certificate.load(token.certificate), cert_registry=store, embed_roots=False
        )
        self._token = token
        self._home = home

    def get_signature_mechanism_for_digest(self, digest_algorithm: str | None) -> cms.SignedDigestAlgorithm:
        """Name the algorithm in the CMS as the token signs: RSASSA-PSS with the digest's own length of salt.

        (RFC 4056 §3; PKCS#11's and OpenSSL's usual parameters. pyHanko's own choice is the longest salt.)
        """
        if scheme_of(self._token) != "rsassa_pss" or digest_algorithm is None:
            return super().get_signature_mechanism_for_digest(digest_algorithm)
        hashed = {"algorithm": digest_algorithm}
        parameters = {
            "hash_algorithm": hashed,
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": hashed},
            "salt_length": hashlib.new(digest_algorithm).digest_size,
            "trailer_field": 1,
        }
        named = {"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)}
        return cms.SignedDigestAlgorithm(named)

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign with the token, on its own loop; a dry run only says how long a signature may be."""
        if dry_run:
            return bytes(self._token.signature_size)
        made = asyncio.run_coroutine_threadsafe(self._token.sign(data, digest_algorithm), self._home)
        return await asyncio.wrap_future(made)

    def room(self) -> int:
        """Return how many hexadecimal digits a B-B signature container needs at most.

        Knowing it spares pyHanko's dry run, which costs as much as the signature itself.
        """
        certificates = sum(len(each) for each in (self._token.certificate, *self._token.chain))
        return 2 * (certificates + self._token.signature_size + _ATTRIBUTES)

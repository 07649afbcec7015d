"""Time-stamps from an RFC 3161 authority, with a deadline and our own errors."""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.timestamps.common_utils import dummy_digest

from pki.errors import CongvanError, TrustError, Undetermined
from signer.pades.door import detail_of

_HINT = "Is the address of the time-stamp authority right, and is the authority running?"


_LAST: dict[str, bytes] = {}
"""The last time-stamp (DER) that each authority gave this process.

It says how large the next one will be, and whose status must be stored beside it, so that only the first
document needs a trial one: authorities count requests, and some shut out whoever makes too many."""


class TimeStamping(HTTPTimeStamper):
    """An RFC 3161 client over HTTP that raises `Undetermined` when nobody answers, else `TrustError`.

    `expected` is a time-stamp like the one to come, DER. `surprised` is set when that one came with other
    certificates: an authority has a new one, or several.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        super().__init__(url, timeout=timeout)
        self.expected = _LAST.get(url)
        self.surprised = False

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Return a time-stamp like the one to come, asking for one only when none is known."""
        if self.expected is None:
            trial = await self.async_timestamp(dummy_digest(md_algorithm), md_algorithm)
            self.expected = trial.dump()
        token = cms.ContentInfo.load(self.expected)
        self._register_dummy(md_algorithm, token)
        return token

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over the digest; its imprint and nonce are checked, its trust is not."""
        token = await self._asked(message_digest, md_algorithm)
        if self.expected is not None:
            known = cms.ContentInfo.load(self.expected)
            self.surprised |= (
                known["content"]["certificates"].dump() != token["content"]["certificates"].dump()
            )
        _LAST[self.url] = token.dump()
        return token

    async def _asked(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            _check_imprint(token, message_digest)
        except CongvanError:
            raise
        except TimestampRequestError as error:
            raise _refusal(self.url, error) from error
        except (TimeoutError, OSError) as error:
            raise Undetermined(
                "The time-stamp authority at {url} did not answer: {detail}.",
                hint=_HINT,
                url=self.url,
                detail=detail_of(error),
            ) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise TrustError(
                "The time-stamp authority at {url} answered with something that is no time-stamp: {detail}.",
                url=self.url,
                detail=detail_of(error),
            ) from error
        return token


def _certificates(token: cms.ContentInfo) -> bytes:
    return bytes(token["content"]["certificates"].dump())


def _check_imprint(token: cms.ContentInfo, digest: bytes) -> None:
    info = token["content"]["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo) or info["message_imprint"]["hashed_message"].native != digest:
        raise TrustError("The time-stamp authority stamped something else than it was asked to.")


def _refusal(url: str, error: TimestampRequestError) -> CongvanError:
    # pyHanko says "error while contacting" with the network's error as the cause; a refusal has no cause.
    if isinstance(error.__cause__, TimeoutError | OSError):
        return Undetermined(
            "The time-stamp authority at {url} did not answer: {detail}.",
            hint=_HINT,
            url=url,
            detail=detail_of(error.__cause__),
        )
    return TrustError(
        "The time-stamp authority at {url} gave no time-stamp: {detail}.",
        hint=_HINT,
        url=url,
        detail=detail_of(error.__cause__ or error),
    )

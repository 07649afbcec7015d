"""Time-stamps from an RFC 3161 authority, with a deadline and our own errors."""

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

from pki.errors import CongvanError, TrustError, Undetermined
from signer.pades.door import detail_of

_HINT = "Is the address of the time-stamp authority right, and is the authority running?"


class TimeStamping(HTTPTimeStamper):
    """An RFC 3161 client over HTTP that raises `Undetermined` when nobody answers, else `TrustError`."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over the digest; its imprint and nonce are checked, its trust is not."""
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

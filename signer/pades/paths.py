"""Every path from a certificate to an anchor that is valid (RFC 5280 §6.1), found by pyHanko.

EN 319 102-1 §5.2.6.4 builds another chain where one does not hold: an authority's certificate may have been
revoked, and another one of the same key be good.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from asn1crypto import x509
from pyhanko_certvalidator import ValidationContext, find_valid_path
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import PKIXValidationParams
from pyhanko_certvalidator.util import CancelableAsyncIterator
from pyhanko_certvalidator.validate import async_validate_path

MOST = 8
"""Valid paths of one certificate that are looked at."""

_MOST_TRIED = 64


class _Chains(CancelableAsyncIterator[ValidationPath]):
    """Chains of names, some at most; whoever stops at one may go on."""

    def __init__(self, chains: CancelableAsyncIterator[ValidationPath]) -> None:
        self._chains = chains
        self._left = _MOST_TRIED

    def __aiter__(self) -> "_Chains":
        return self

    async def __anext__(self) -> ValidationPath:
        self._left -= 1
        if self._left < 0:
            raise StopAsyncIteration
        return await self._chains.__anext__()

    async def cancel(self) -> None:
        """Leave the rest for later."""


async def valid_paths(
    certificate: x509.Certificate, context: ValidationContext, wanted: PKIXValidationParams | None = None
) -> list[ValidationPath] | ValidationError | PathBuildingError:
    """Return the valid paths, at most `MOST`, or why there is none."""
    chains = context.path_builder.async_build_paths_lazy(certificate)
    kept = _Chains(chains)
    try:
        found = [await find_valid_path(certificate, kept, context, wanted)]
        async for each in kept:
            if len(found) < MOST and await _is_valid(each, context, wanted):
                found.append(each)
    except (ValidationError, PathBuildingError) as error:
        return error
    except NotImplementedError as error:
        return ValidationError(str(error))  # RFC 5280 §4.2.1.10: what cannot be processed is refused
    finally:
        await chains.cancel()
    return found


async def _is_valid(
    path: ValidationPath, context: ValidationContext, wanted: PKIXValidationParams | None
) -> bool:
    try:
        await async_validate_path(context, path, wanted)
    except (ValidationError, NotImplementedError):
        return False
    return True

"""Every path from a certificate to an anchor that is valid (RFC 5280 §6.1), found by pyHanko.

EN 319 102-1 §5.2.6.4 builds another chain where one does not hold: an authority's certificate may have been
revoked, and another one of the same key be good.
"""

# mypy: allow-untyped-calls
# pyHanko ships its types, but many of its constructors and setters have none.

from asn1crypto import x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, ValidationError
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import PKIXValidationParams
from pyhanko_certvalidator.validate import async_validate_path

from signer.pades.constraints import is_crossed

MOST = 8
"""Valid paths of one certificate that are looked at."""

_MOST_TRIED = 64


async def valid_paths(
    certificate: x509.Certificate, context: ValidationContext, wanted: PKIXValidationParams | None = None
) -> list[ValidationPath] | ValidationError | PathBuildingError:
    """Return the valid paths, at most `MOST`, or why there is none."""
    found: list[ValidationPath] = []
    refused: list[ValidationError] = []
    chains = context.path_builder.async_build_paths_lazy(certificate)
    try:
        async for each in chains:
            error = await _refusal(each, context, wanted)
            if error is None:
                found.append(each)
            else:
                refused.append(error)
            if len(found) == MOST or len(found) + len(refused) == _MOST_TRIED:
                break
    except PathBuildingError as error:
        if not found and not refused:
            return error
    finally:
        await chains.cancel()
    return found or _told(refused)


async def _refusal(
    path: ValidationPath, context: ValidationContext, wanted: PKIXValidationParams | None
) -> ValidationError | None:
    """Return why a chain of names is no valid path."""
    if is_crossed(list(path.iter_certs(include_root=False))):
        return ValidationError("a name is of a form that is constrained and not compared here")
    try:
        await async_validate_path(context, path, wanted)
    except ValidationError as error:
        return error
    except NotImplementedError as error:
        return ValidationError(str(error))  # RFC 5280 §4.2.1.10: what cannot be processed is refused
    return None


def _told(refused: list[ValidationError]) -> ValidationError | PathBuildingError:
    """Return what is told of chains none of which is valid: of a forged signature only if of nothing else."""
    if not refused:
        return PathBuildingError("no chain of names leads to a root")
    others = [each for each in refused if "signature" not in str(each)]
    return refused[0] if len(refused) == 1 or not others else others[-1]

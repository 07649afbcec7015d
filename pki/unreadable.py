"""What reading a stranger's certificate, list or answer may end in."""

import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for what is not as it should be: no one error stands above these."""

warnings.filterwarnings("ignore", category=UserWarning, module=r"(pki|signer|exchange)\.")
# `cryptography` warns of what is odd in a certificate at the line of ours that reads it, and goes on: a
# stranger wrote it, and no user's terminal should show that, with our paths.

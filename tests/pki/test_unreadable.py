"""What a stranger's certificate makes libraries say does not reach a terminal."""

import subprocess
import sys

import pytest
from cryptography import x509

from tests.signer.certificates import issued

_PROGRAM = """
import sys
from pki.identity import identify
print(identify(sys.stdin.buffer.read()).name)
"""


def odd() -> bytes:
    """A certificate whose common names are given as countries."""
    return issued("Ánh").certificate.dump().replace(b"\x55\x04\x03", b"\x55\x04\x06")


def test_an_odd_country_makes_no_noise() -> None:
    encoded = (
        issued("Ánh").certificate.dump().replace(b"\x55\x04\x03", b"\x55\x04\x06")
    )  # a name as a country
    done = subprocess.run([sys.executable, "-c", _PROGRAM], input=encoded, capture_output=True, check=True)
    assert done.stderr == b""


def test_it_would_make_noise() -> None:
    encoded = odd()
    with pytest.warns(UserWarning, match="length"):
        _ = x509.load_der_x509_certificate(encoded).subject

"""The answers of an OCSP response that holds several (RFC 6960 §4.2.1), each as a response of its own.

The library reads the extensions of a response with one answer alone. What is made here is signed by nobody,
and only there to be read so: that the response is its issuer's is found out before.
"""

from collections.abc import Collection, Iterator

from cryptography.x509 import ocsp

_SEQUENCE, _OCTETS, _EXPLICIT = 0x30, 0x04, 0xA0
_SUCCESSFUL = bytes.fromhex("0a0100")
_BASIC = bytes.fromhex("06092b0601050507300101")  # id-pkix-ocsp-basic
_UNSIGNED = bytes.fromhex("300a06082a8648ce3d040302 030100")  # ECDSA with SHA-256, and no bits


def alone(response: ocsp.OCSPResponse, places: Collection[int]) -> list[ocsp.OCSPResponse]:
    """Return the answers of a response at these places, in their order, each as one that holds no other."""
    (data,) = _elements(response.tbs_response_bytes)
    parts = list(_elements(data[1]))
    # Of its parts the answers alone are a SEQUENCE: the others have tags of their own, and a time's.
    (answers,) = (content for tag, content in parts if tag == _SEQUENCE)
    chosen = (each for place, each in enumerate(_elements(answers)) if place in places)
    return [_with(parts, _element(*each)) for each in chosen]


def _with(parts: list[tuple[int, bytes]], answer: bytes) -> ocsp.OCSPResponse:
    told = (_element(tag, answer if tag == _SEQUENCE else content) for tag, content in parts)
    basic = _element(_SEQUENCE, _element(_SEQUENCE, b"".join(told)) + _UNSIGNED)
    held = _element(_SEQUENCE, _BASIC + _element(_OCTETS, basic))
    whole = _element(_SEQUENCE, _SUCCESSFUL + _element(_EXPLICIT, held))
    return ocsp.load_der_ocsp_response(whole)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element of DER that the library has read (X.690 §8.1)."""
    at = 0
    while at < len(data):
        tag, length, body = data[at], data[at + 1], at + 2
        if length & 0x80:
            body += length & 0x7F
            length = int.from_bytes(data[at + 2 : body], "big")
        at = body + length
        yield tag, data[body:at]


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content

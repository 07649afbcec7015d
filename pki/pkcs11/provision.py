"""Making tokens, keys and certificate objects; for the practice hierarchy. Runs inside the worker.

A real agency's tokens come from its certification authority ready made.
"""

import ctypes

from asn1crypto.keys import PublicKeyInfo, RSAPublicKey
from pkcs11 import Attribute, CertificateType, KeyType, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

from pki.pkcs11.module import Module
from pki.pkcs11.wire import Message, Refusal

_LABEL_BYTES = 32
_OK = 0


def initialise(module: Module, label: str, so_pin: str, pin: str) -> Message:
    """Make a new token in the module's free slot (C_InitToken, C_InitPIN) and describe it.

    python-pkcs11 has no C_InitToken, and softhsm2-util wants the PINs as arguments: so the C function itself.
    """
    slot = module.free_slot()
    name = label.encode().ljust(_LABEL_BYTES)
    secret = so_pin.encode()
    function = module.function("C_InitToken")
    function.restype = ctypes.c_ulong
    function.argtypes = [ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p]
    code = function(slot.slot_id, secret, len(secret), name)
    if code != _OK:
        raise Refusal("failed", fault=f"C_InitToken {code:#x}")
    session = slot.get_token().open(rw=True, so_pin=so_pin)
    session.init_pin(pin)
    session.close()
    return module.describe({"token": label})


def generate(
    module: Module, wanted: Message, pin: str, *, label: str, identifier: bytes, kind: str
) -> Message:
    """Make a key pair inside the token; return a handle and the SubjectPublicKeyInfo."""
    token = module.find_token(wanted)
    login = module.login(token, pin, write=True)
    if kind == "rsa-2048":
        public, private = login.session.generate_keypair(
            KeyType.RSA, 2048, id=identifier, label=label, store=True
        )
        numbers = {
            "modulus": _number(public[Attribute.MODULUS]),
            "public_exponent": _number(public[Attribute.PUBLIC_EXPONENT]),
        }
        info = PublicKeyInfo.wrap(RSAPublicKey(numbers), "rsa").dump()
    else:
        curve = login.session.create_domain_parameters(
            KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}, local=True
        )
        public, private = curve.generate_keypair(id=identifier, label=label, store=True)
        info = encode_ec_public_key(public)
    return {"handle": module.hold(token, private, pin), "public_key": info}


def store(
    module: Module, wanted: Message, pin: str, *, label: str, identifier: bytes, certificate: Message
) -> Message:
    """Put a certificate beside its key."""
    session = module.login(module.find_token(wanted), pin, write=True).session
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.LABEL: label,
            Attribute.ID: identifier,
            Attribute.SUBJECT: certificate["subject"],
            Attribute.ISSUER: certificate["issuer"],
            Attribute.SERIAL_NUMBER: certificate["serial"],
            Attribute.VALUE: certificate["der"],
        }
    )
    return {}


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")

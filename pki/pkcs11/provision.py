"""Making tokens, keys and certificate objects; for the practice hierarchy. Runs inside the worker.

A real agency's tokens come from its certification authority ready made.
"""

from pki.pkcs11.cryptoki import SO, Attribute, KeyType, Kind, Mechanism
from pki.pkcs11.library import Template
from pki.pkcs11.module import Login, Module
from pki.pkcs11.objects import point_of
from pki.pkcs11.wire import Message, Refusal

_X509 = 0
"""CKC_X_509."""

_PUBLIC_EXPONENT = b"\x01\x00\x01"

# CKA_EC_PARAMS: the curve's object identifier (RFC 5480 §2.1.1.1); RFC 8410 has Ed25519's.
_CURVES = {
    "p-256": bytes.fromhex("06082a8648ce3d030107"),
    "p-384": bytes.fromhex("06052b81040022"),
    "ed25519": bytes.fromhex("06032b6570"),
}
_BITS = {"rsa-2048": 2048, "rsa-3072": 3072}


def initialise(module: Module, label: str, so_pin: str, pin: str) -> Message:
    """Make a new token in the module's free slot (C_InitToken, C_InitPIN) and describe it."""
    slot = module.free_slot()
    library = module.library
    library.init_token(slot, so_pin, label)
    session = library.open_session(slot, write=True)
    library.login(session, SO, so_pin)
    library.init_pin(session, pin)
    library.close_session(session)  # the token's last session: the security officer is logged out
    library.slots()  # SoftHSM moves a new token to its own slot only when the slots are listed
    return module.find_token({"token": label})


def generate(
    module: Module,
    wanted: Message,
    pin: str,
    *,
    label: str,
    identifier: bytes,
    kind: str,
    always_authenticate: bool = False,
) -> Message:
    """Make a key pair inside the token; return a handle and the SubjectPublicKeyInfo."""
    login = module.login(wanted, pin, write=True)
    mechanism, domain = _generation(kind)
    named: Template = {Attribute.TOKEN: True, Attribute.LABEL: label, Attribute.ID: identifier}
    private: Template = {
        **named,
        Attribute.PRIVATE: True,
        Attribute.SENSITIVE: True,
        Attribute.EXTRACTABLE: False,
        Attribute.SIGN: True,
    }
    if always_authenticate:
        private = {**private, Attribute.ALWAYS_AUTHENTICATE: True}
    public_handle, private_handle = module.library.generate(
        login.sessions.login, mechanism, {**named, Attribute.VERIFY: True, **domain}, private
    )
    public_key = _public_key(module, login, public_handle, kind)
    return {"handle": module.hold(login, private_handle), "public_key": public_key}


def store(
    module: Module, wanted: Message, pin: str, *, label: str, identifier: bytes, certificate: Message
) -> Message:
    """Put a certificate beside its key."""
    login = module.login(wanted, pin, write=True)
    module.library.create(
        login.sessions.login,
        {
            Attribute.CLASS: Kind.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: _X509,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.LABEL: label,
            Attribute.ID: identifier,
            Attribute.SUBJECT: certificate["subject"],
            Attribute.ISSUER: certificate["issuer"],
            Attribute.SERIAL_NUMBER: certificate["serial"],
            Attribute.VALUE: certificate["der"],
        },
    )
    return {}


def _generation(kind: str) -> tuple[Mechanism, Template]:
    if kind in _BITS:
        return Mechanism.RSA_PKCS_KEY_PAIR_GEN, {
            Attribute.MODULUS_BITS: _BITS[kind],
            Attribute.PUBLIC_EXPONENT: _PUBLIC_EXPONENT,
        }
    edwards = kind == "ed25519"
    mechanism = Mechanism.EC_EDWARDS_KEY_PAIR_GEN if edwards else Mechanism.EC_KEY_PAIR_GEN
    key_type = KeyType.EC_EDWARDS if edwards else KeyType.EC
    return mechanism, {Attribute.KEY_TYPE: key_type, Attribute.EC_PARAMS: _CURVES[kind]}


def _public_key(module: Module, login: Login, handle: int, kind: str) -> bytes:
    # Here, because every worker would pay for it at its start, and few make keys.
    from asn1crypto.keys import PublicKeyAlgorithm, PublicKeyInfo, RSAPublicKey

    library, session = module.library, login.sessions.login
    if kind in _BITS:
        modulus = library.attribute(session, handle, Attribute.MODULUS)
        if modulus is None:
            raise Refusal("failed", fault="no modulus")
        numbers = {"modulus": int.from_bytes(modulus, "big"), "public_exponent": 65537}
        return bytes(PublicKeyInfo.wrap(RSAPublicKey(numbers), "rsa").dump())
    point = point_of(library, session, handle)
    if kind == "ed25519":
        return bytes(PublicKeyInfo({"algorithm": {"algorithm": "ed25519"}, "public_key": point}).dump())
    name = {"p-256": "secp256r1", "p-384": "secp384r1"}[kind]
    algorithm = PublicKeyAlgorithm({"algorithm": "ec", "parameters": ("named", name)})
    return bytes(PublicKeyInfo({"algorithm": algorithm, "public_key": point}).dump())

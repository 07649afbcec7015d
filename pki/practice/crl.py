"""A practice authority's revocation list (RFC 5280 §5)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from asn1crypto import crl, x509

from pki.practice.issue import DIGEST, signature_algorithm
from pki.practice.state import Revoked
from pki.token import Token

VALIDITY = timedelta(days=7)
"""How long a practice list or status answer may be used: as real authorities' lists, which last for days.

A file at B-LT is valid offline for as long: an hour would be over before whoever made it comes back to it.
What was revoked meanwhile is seen all the same by whoever can ask (docs/adr/0007).
"""


async def revocation_list(authority: Token, revoked: Mapping[int, Revoked], now: datetime) -> bytes:
    """Return a fresh list (DER) of what `authority` issued and took back, signed by it."""
    issuer = x509.Certificate.load(authority.certificate)
    now = now.replace(microsecond=0)
    algorithm = signature_algorithm(authority.certificate)
    tbs = crl.TbsCertList(
        {
            "version": "v2",
            "signature": algorithm,
            "issuer": issuer.subject,
            "this_update": x509.Time("utc_time", now),
            "next_update": x509.Time("utc_time", now + VALIDITY),
            # An empty list is left away: revokedCertificates is then absent (§5.1.2.6).
            **(
                {"revoked_certificates": [_entry(*item) for item in sorted(revoked.items())]}
                if revoked
                else {}
            ),
            "crl_extensions": [
                {
                    "extn_id": "authority_key_identifier",
                    "extn_value": {"key_identifier": issuer.key_identifier},
                },
                # Rises with every list, as §5.2.3 wants, without anything to remember.
                {"extn_id": "crl_number", "extn_value": int(now.timestamp())},
            ],
        }
    )
    signed = crl.CertificateList(
        {
            "tbs_cert_list": tbs,
            "signature_algorithm": algorithm,
            "signature": await authority.sign(tbs.dump(), DIGEST),
        }
    )
    der: bytes = signed.dump()
    return der


def _entry(serial: int, revoked: Revoked) -> crl.RevokedCertificate:
    return crl.RevokedCertificate(
        {
            "user_certificate": serial,
            "revocation_date": x509.Time("utc_time", revoked.at.replace(microsecond=0)),
            "crl_entry_extensions": [{"extn_id": "crl_reason", "extn_value": revoked.reason}],
        }
    )

"""A practice hierarchy for trying things out: root, issuing CA, signatory, agency, TSA, OCSP responder, CRL.

Nothing here is for real documents: its trust ends at its own folder.
"""

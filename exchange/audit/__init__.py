"""A log no one can quietly rewrite.

Rules only: nothing here reads a file, a clock, a socket or a database. What is stored goes through the port
`exchange.audit.log.Ledger`; what is signed goes through a `note.SigningKey`. A verifier needs this folder, a
proof file and the log's public key, and nothing else.

Formats: c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles, tlog-proof; RFC 9162 §2.1;
RFC 8785. They are written out in docs/formats/.
"""

"""Between agencies, in order: send, receive, receipt, proof.

Re-exports nothing: `import exchange.audit.proof` must work for an offline verifier with no web framework
and no database driver installed.
"""

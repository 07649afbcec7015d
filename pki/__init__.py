"""Who may sign, with which key, and when we believe it.

Nothing here knows what a PDF or an agency's office is. `signer` and `exchange` build on it.
"""

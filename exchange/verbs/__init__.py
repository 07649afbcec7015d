"""What each verb of the command line does: arguments in, `Outcome`s out; `cli.py` reads and prints them.

`documents` works on files of one agency, `office` in an agency's office, `keys` on tokens and practice
hierarchies. Imports of heavy libraries stay inside the verbs, so that each command loads only what it needs.
"""

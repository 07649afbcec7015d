"""What each verb of the command line does: arguments in, `Outcome`s out; `cli.py` reads and prints them.

`documents` works on files of one agency, `verifying` on anybody's, `office` in an agency's office, `keys` on
tokens, `practice` on practice hierarchies. A module holds the verbs that need the same libraries: so each
command loads what it needs, and little else.
"""

"""The door to qpdf (through pikepdf): a file is made one clean revision, or refused in words.

Only for files that nobody has signed yet: everything here rewrites. After the first signature only
`signer.pades` touches a file, by adding to it.
"""

"""Policy files: whom an operator trusts, for what, until when (docs/formats/policy.md).

Some are shipped beside this module. None of them holds a certificate: anchors are pinned by their digests,
and the operator supplies them.
"""

SHIPPED = ("practice", "vietnam-public-service", "vietnam-public")
"""The policies that come with the program, by name."""

"""One document, inside one agency: draft, sign, number, seal, verify."""

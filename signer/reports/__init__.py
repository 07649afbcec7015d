"""Reports for people and for archives: one HTML page, one XML file by ETSI TS 119 102-2, one JSON schema.

They are made of the verdict alone, in the process that asked for it; no PDF library is loaded here.
"""

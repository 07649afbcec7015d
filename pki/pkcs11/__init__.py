"""The door to tokens and HSMs: an adapter on our side, and a worker process that alone speaks PKCS#11.

`adapter` is the `Token`, `opened` its key behind a worker; `process` keeps one worker for each module,
`life` is one run of it, `wire` how they talk, `manner` what a key's URI says of its module. The rest runs
inside the worker: `library` alone calls C (`cryptoki`, `faults`), `module` knows tokens and keys
(`objects`, `schemes`, `sessions`), `provision` makes them. See docs/adr/0002, docs/adr/0004 and
docs/tokens.md.
"""

"""The door to tokens and HSMs: an adapter on our side, and a worker process that alone speaks PKCS#11.

`adapter` is the `Token`; `process` keeps one worker for each module; `wire` is how they talk; everything else
runs inside the worker (`worker`, `module`, `objects`, `provision`). See docs/adr/0002.
"""

"""Make our own vectors: an entry, and the proof of it (`python -m tests.vectors.tlog.make`)."""

import json
from datetime import UTC, datetime
from pathlib import Path

from exchange.audit import checkpoint, merkle
from exchange.audit.checkpoint import Checkpoint
from exchange.audit.entry import AuditEntry, Part, commit
from exchange.audit.note import SigningKey
from exchange.audit.proof import Proof
from pki.digest import Digest

HERE = Path(__file__).parent
AT = datetime(2026, 11, 22, 5, 15, tzinfo=UTC)
INDEX, SIZE = 5, 8

keys = {
    name: SigningKey.parse(text)
    for name, text in json.loads((HERE / "keys.json").read_bytes()).items()
    if "skey" in name
}
entry = AuditEntry(
    time=AT,
    node="000.00.00.G22",
    actor="clerk",
    event="sealed",
    message_id="000.00.00.G22,2026/11/22,15/UBND-VP",
    state_from="numbered",
    state_to="sealed",
    parts=(Part("main", Digest.of(b"the sealed document")),),
    evidence_digest=Digest.of(b"the report"),
    facts={"number": "15", "pages": 3, "two_layer": True},
    commitments={"signatory": commit(bytes(range(16)), "Nguyễn Văn A")},
).encode()
entries = [b"entry %d" % index for index in range(SIZE)]
entries[INDEX] = entry
leaves = [merkle.leaf_hash(data) for data in entries]
log, witness = keys["log skey"], keys["witness skey"]
signed = checkpoint.sign(Checkpoint(log.name, SIZE, merkle.root(leaves)), log, AT)
proof = Proof(
    entry=entry,
    index=INDEX,
    path=tuple(merkle.inclusion_path(INDEX, leaves)),
    checkpoint=checkpoint.cosign(signed, witness, AT),
)
(HERE / "entry.json").write_bytes(entry)
(HERE / "entry.tlog-proof").write_bytes(proof.encode())

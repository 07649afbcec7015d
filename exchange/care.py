"""Keeping an office well: is it really able to work, and what may be thrown away."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from exchange.audit import checkpoint
from exchange.extending import waiting
from exchange.journal import Journal
from exchange.moment import stamp
from exchange.store.blobs import Blobs, free_bytes
from exchange.store.port import Store
from pki.files import why

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found when everything was really tried."""

    log_size: int
    free_bytes: int
    queued: int
    undeliverable: int
    waiting: int
    reserve: int

    @property
    def well(self) -> bool:
        """Whether the office can take messages."""
        return self.free_bytes >= self.reserve

    def as_json(self) -> dict[str, object]:
        """Return plain values."""
        return {
            "status": "ok" if self.well else "disk-nearly-full", "log_size": self.log_size,
            "free_bytes": self.free_bytes, "queued": self.queued, "undeliverable": self.undeliverable,
            "waiting_for_level": self.waiting,
        }  # fmt: skip


async def examine(store: Store, journal: Journal, home: Path, reserve: int) -> Health:
    """Open a write transaction, read the queue and the log's head; raises what they raise."""
    async with store.write() as tx:  # a locked, read-only or damaged database fails here
        counts = {row["state"]: row["many"] for row in await tx.rows("delivery_counts")}
        waits = len(await waiting(tx))
    head = checkpoint.parse(await journal.checkpoint())
    free = await asyncio.to_thread(free_bytes, home)
    return Health(
        log_size=head.size, free_bytes=free, reserve=reserve, waiting=waits,
        undeliverable=counts.get("undeliverable", 0),
        queued=counts.get("queued", 0) + counts.get("leased", 0),
    )  # fmt: skip


async def tidy(store: Store, blobs: Blobs, now: datetime, unused: timedelta) -> int:
    """Delete files that were brought at least `unused` ago and that no message names; return how many.

    The row goes first, then the file: a crash between leaves a file that the next round deletes.
    """
    before = now - unused
    async with store.write() as tx:
        await tx.run("uploads_forget", before=stamp(before), day_ago=stamp(now - timedelta(days=1)))
    deleted = 0
    for path, digest in await asyncio.to_thread(lambda: list(blobs.older_than(before.timestamp()))):
        async with store.write() as tx:
            row = await tx.row("blob_used", digest=str(digest))
            if row and not row["used"]:
                # Inside the transaction, so that nobody can begin to refer to the file meanwhile.
                try:
                    await asyncio.to_thread(path.unlink, missing_ok=True)
                except OSError as error:
                    logger.warning("%s cannot be deleted: %s", path, why(error))
                else:
                    deleted += 1
    return deleted

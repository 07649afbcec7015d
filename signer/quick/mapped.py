"""A file that is mapped into memory, and given back piece by piece."""

import mmap

from signer.pades.lexing import Bytes


def let_go(pdf: Bytes, start: int, end: int) -> None:
    """Give back the memory of a stretch of a mapped file: it is read again from the disk's cache.

    One byte that is looked at may bring megabytes along: as much as the cache keeps in one piece.
    """
    if isinstance(pdf, mmap.mmap):
        begin = start - start % mmap.PAGESIZE
        pdf.madvise(mmap.MADV_DONTNEED, begin, end - begin)

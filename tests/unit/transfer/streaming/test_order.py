"""In whatever order pieces arrive, they are written in that of the keys, from bounded memory."""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import fastcrc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import SYMLINK, Entry, Proof
from ossh.transfer.disk.disk_errors import CorruptError
from ossh.transfer.messages import Served
from ossh.transfer.streaming import tar_format
from ossh.transfer.streaming.order import COST, Order, Piece

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)
PIECE, MEMORY = 1000, 24_000
SIZES = st.one_of(st.integers(0, 9000), st.sampled_from([0, PIECE, PIECE + 1, 12 * PIECE]))


def entry(number: int, size: int, kind: str = "Multipart") -> Entry:
    key = f"{number:04d}"
    listed = 4 if kind == SYMLINK else size  # as long as the name that it leads to
    return Entry(number, key, key, listed, "E", MOMENT, kind)


def body(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def served(size: int, crc64: int | None = None) -> Served:
    known = fastcrc.crc64.xz(body(size)) if crc64 is None else crc64
    return Served(size, "E", known, MOMENT.timestamp())


def answer(order: Order, piece: Piece, size: int) -> None:
    """Bring a piece of an object of some size."""
    start = piece.range.start if piece.range else 0
    order.arrived(piece, served(size), body(size)[start : start + piece.length])


def written(order: Order) -> Iterator[bytes]:
    for block in order.ready():
        if block.check is not None:
            block.check()
        yield block.data


@given(st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=7), st.integers(0, 1 << 32))
def test_the_archive_is_whole_in_whatever_order_pieces_arrive(
    objects: list[tuple[int, bool]], seed: int
) -> None:
    random, gone = Random(seed), set[int]()
    sizes = [size for size, _ in objects]
    kinds = [SYMLINK if is_link else "Multipart" for _, is_link in objects]
    entries = [entry(n, size, kinds[n]) for n, size in enumerate(sizes)]
    order, flying = Order(iter(entries), MEMORY, PIECE), list[Piece]()
    data = bytearray(tar_format.BEGINNING)

    while not order.is_over:
        while (piece := order.next(0.0)) is not None:
            flying.append(piece)
        assert order._held <= MEMORY + PIECE + 2 * COST
        if flying:
            piece = flying.pop(random.randrange(len(flying)))
            member, number, chance = piece.member, piece.member.entry.row, random.random()
            if piece not in member.pieces:
                continue  # of a version that is not wanted any more
            if chance < 0.2:
                order.retry(piece, 0.0)
            elif chance < 0.4 and not member.has_begun:
                is_gone = chance < 0.25 and number > 0  # of nothing there is no archive
                order.forget(member, is_gone=is_gone)
                gone |= {number} if is_gone else set()
                sizes[number] = random.randrange(4 * PIECE)
            else:
                answer(order, piece, sizes[number])
        data += b"".join(written(order))

    with tarfile.open(fileobj=io.BytesIO(bytes(data) + tar_format.END)) as archive:
        found = [(one.name, one.size) for one in archive]
    present = [number for number in range(len(sizes)) if number not in gone]
    assert found == [(f"{number:04d}", sizes[number]) for number in present]
    assert order._held == 0


def test_an_etag_that_is_an_md5_proves_where_there_is_no_checksum() -> None:
    digest = hashlib.md5(body(100), usedforsecurity=False).hexdigest().upper()
    order = Order(iter([replace(entry(0, 100, "Normal"), etag=digest)]))
    piece = order.next(0.0)
    assert piece is not None

    order.arrived(piece, Served(100, digest, None, 0.0), body(100))

    assert piece.member.proof is Proof.MD5
    with pytest.raises(CorruptError, match="MD5"):
        order.arrived(piece, Served(100, digest, None, 0.0), bytes(100))

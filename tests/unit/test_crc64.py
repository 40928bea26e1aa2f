"""Checksums of parts combine to that of the whole."""

import fastcrc
from hypothesis import given
from hypothesis import strategies as st

from ossh.crc64 import combined
from ossh.model import Part


@given(pieces=st.lists(st.binary(max_size=50), max_size=6))
def test_checksums_of_parts_combine_to_that_of_the_whole(pieces: list[bytes]) -> None:
    kept, position = [], 0
    for piece in pieces:
        kept.append(Part(position, position + len(piece), fastcrc.crc64.xz(piece)))
        position += len(piece)

    assert combined(kept) == fastcrc.crc64.xz(b"".join(pieces))


def test_the_checksum_is_that_of_the_standard() -> None:
    crc = fastcrc.crc64.xz(b"12345")

    assert combined([Part(0, 5, crc), Part(5, 9, fastcrc.crc64.xz(b"6789"))]) == (
        0x995DC9BBDF1939FA
    )  # the check value of CRC-64/XZ: of "123456789"

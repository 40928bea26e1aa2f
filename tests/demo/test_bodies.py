"""Generated content and checksums."""

import hashlib

from fastcrc import crc64
from hypothesis import given
from hypothesis import strategies as st

from ossh.demo.content.bodies import (
    BLOCK,
    Content,
    Generated,
    Stored,
    body,
    crc64_of,
    md5_of,
)

WHOLE = body("some/key", 2 * BLOCK + 77)


def test_checksum_is_the_one_of_oss() -> None:
    # CRC-64/XZ, the check value of its catalogue entry; and a vector of OSS's own SDKs
    assert crc64_of(Stored(b"123456789")) == 0x995DC9BBDF1939FA
    assert crc64_of(Stored(b"")) == 0


@given(st.integers(0, len(WHOLE) + 9), st.integers(0, len(WHOLE) + 9))
def test_any_part_is_a_slice_of_the_whole(start: int, stop: int) -> None:
    assert body("some/key", len(WHOLE), 0, start, stop) == WHOLE[start:stop]


def test_blocks_stamps_keys_sizes_and_versions_differ() -> None:
    starts = {WHOLE[:64], WHOLE[BLOCK : BLOCK + 64], WHOLE[2 * BLOCK : 2 * BLOCK + 64]}
    starts |= {body("other", 64), body("some/key", 64), body("some/key", 64, 1)}

    assert len(starts) == 6


def test_generated_bytes_are_the_same_everywhere() -> None:
    digest = hashlib.sha256(WHOLE).hexdigest()

    assert digest == "c801e3d5ad5f1ed9313c04149d9f03d9f067a1ef367ebdff7daeedfca0955f6e"


def test_checksums_of_large_content_are_those_of_its_bytes() -> None:
    contents: list[Content] = [Generated("some/key", len(WHOLE)), Stored(WHOLE)]

    for content in contents:
        assert crc64_of(content) == crc64.xz(WHOLE)
        assert md5_of(content) == hashlib.md5(WHOLE, usedforsecurity=False).digest()
        assert content.read(5, 5000) == WHOLE[5:5000]

"""Looking up known keys: all that are there are found, in as few requests as may be."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import demo
from ossh.model import ObjectInfo, Source
from ossh.store.credentials import Credentials
from ossh.store.lookup import before, look_up
from tests.unit.store.conftest import lister

ODD_KEYS = sorted(
    ["a b+c", "a/../b", "ctrl\x01\n", "ü/\U0001f600", "x&y<z>", "%2F", "..", "a", "\0"]
)


def found(source: Source, keys: Credentials, wanted: list[str]) -> dict[str, ObjectInfo]:
    answer = look_up(lister(source, keys), wanted)
    assert isinstance(answer, dict), answer
    return answer


def listings(server: demo.DemoServer, source: Source) -> int:
    made = server.requests()
    return sum(one["bucket"] == source.bucket and "list-type" in one["query"] for one in made)


def test_odd_keys_are_found_and_absent_ones_are_not(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    for key in ODD_KEYS:
        server.put(key, key.encode(), bucket=source.bucket)
    server.put("other", b"x", bucket=source.bucket)
    wanted = sorted([*ODD_KEYS, "absent", "z"])

    infos = found(source, keys, wanted)

    assert sorted(infos) == ODD_KEYS
    assert all(info.key == key and info.size == len(key.encode()) for key, info in infos.items())


@pytest.mark.parametrize(
    ("there", "wanted"), [(2500, range(2500)), (6000, (0, 3000, 5999))], ids=["close", "far apart"]
)
def test_close_keys_share_a_request_and_what_lies_between_others_is_not_listed(
    server: demo.DemoServer, source: Source, keys: Credentials, there: int, wanted: Iterable[int]
) -> None:
    server.fill("{:05d}", there, 1, bucket=source.bucket)
    names = [f"{number:05d}" for number in wanted]

    assert sorted(found(source, keys, names)) == names
    assert listings(server, source) == 3


CHARS = st.characters(exclude_categories=["Cs"])


@given(st.text(CHARS, min_size=1, max_size=30), st.text(CHARS, min_size=1, max_size=30))
def test_text_before_a_key_sorts_before_it_and_behind_smaller_keys(key: str, other: str) -> None:
    text = before(key)

    assert text.encode() < key.encode()
    if other < key and not other.startswith(key[:-1]):
        assert other <= text


def test_text_before_a_key_is_no_longer_than_a_key_may_be() -> None:
    assert before("x" * 1023) == "x" * 1022
    assert before("a\ue000").startswith("a\ud7ff")
    assert before("a\0") == "a"
    assert before("") == ""

"""Which folders of a key its path leaves out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.model import ObjectInfo
from ossh.transfer.planning.planner import Layout

PREFIX = "logs/20"  # its folder is "logs/"
KEYS = st.text(st.sampled_from("ab/."), min_size=1, max_size=12)
LAYOUTS = st.builds(
    Layout,
    st.sampled_from(["", "a/", "a/b"]),
    flat=st.booleans(),
    strip=st.integers(0, 5),
)


def empty(key: str) -> ObjectInfo:
    return ObjectInfo(key, 0, "", datetime.now(UTC))


@pytest.mark.parametrize(
    ("layout", "key", "name"),
    [
        (Layout(PREFIX), "logs/2026/01/a.gz", "2026/01/a.gz"),
        (Layout(PREFIX, flat=True), "logs/2026/01/a.gz", "a.gz"),
        (Layout(PREFIX, flat=True), "elsewhere/b.gz", "b.gz"),
        (Layout(PREFIX, flat=True), "logs/2026//b.gz", "/b.gz"),  # a name that starts with "/"
        (Layout(PREFIX, strip=1), "logs/2026/01/a.gz", "01/a.gz"),
        (Layout(PREFIX, strip=2), "logs/2026/01/a.gz", "a.gz"),
        (Layout(PREFIX, strip=9), "logs/2026/01/a.gz", "a.gz"),
        (Layout(PREFIX, strip=1), "logs/20.gz", "20.gz"),
        (Layout(PREFIX, strip=1), "logs/2026/01/", "01/"),
    ],
)
def test_a_key_keeps_what_its_layout_leaves(layout: Layout, key: str, name: str) -> None:
    assert key.removeprefix(layout.left_out(key)) == name


@given(layout=LAYOUTS, key=KEYS)
def test_a_key_always_keeps_an_end_that_no_slash_begins_in_the_middle(
    layout: Layout, key: str
) -> None:
    out = layout.left_out(key)

    assert key.startswith(out)
    assert out[-1:] in {"", "/"}
    assert out != key or key == "a/"  # the folder of the prefix itself


def test_only_what_has_too_few_folders_is_short() -> None:
    assert Layout(PREFIX, strip=2).is_short("logs/2026/a.gz")
    assert not Layout(PREFIX, strip=1).is_short("logs/2026/a.gz")
    assert not Layout(PREFIX, flat=True).is_short("logs/a.gz")


def test_an_object_that_stands_for_a_folder_goes_with_it() -> None:
    assert Layout(PREFIX, flat=True).drops(empty("logs/2026/"))
    assert Layout(PREFIX, strip=1).drops(empty("logs/2026/"))
    assert not Layout(PREFIX, strip=1).drops(empty("logs/2026/01/"))
    assert not Layout(PREFIX).drops(empty("logs/2026/"))
    assert not Layout(PREFIX, flat=True).drops(empty("logs/2026/empty"))

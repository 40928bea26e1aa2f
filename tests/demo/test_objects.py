"""The Range header, in both readings."""

import pytest

from ossh.demo.refusal import Refusal
from ossh.demo.service.objects import resolve_range


@pytest.mark.parametrize(
    ("header", "plain", "standard"),
    [
        (None, None, None),
        ("bytes=0-0", (0, 1), (0, 1)),
        ("bytes=0-9", (0, 10), (0, 10)),
        ("bytes=3-", (3, 10), (3, 10)),
        ("bytes=-4", (6, 10), (6, 10)),
        ("bytes=-10", (0, 10), (0, 10)),
        ("bytes= 2-3", (2, 4), (2, 4)),
        ("bytes=0-10", None, (0, 10)),
        ("bytes=9-99", None, (9, 10)),
        ("bytes=-11", None, (0, 10)),
        ("bytes=5-2", None, None),
        ("bytes=-", None, None),
        ("bytes=a-b", None, None),
        ("bytes=1", None, None),
        ("items=0-1", None, None),
        ("items=0-1,2-3", None, None),
        ("bytes=\u0661-", None, None),
    ],
)
def test_range_of_ten_bytes(
    header: str | None, plain: tuple[int, int] | None, standard: tuple[int, int] | None
) -> None:
    assert resolve_range(header, 10, standard=False) == plain
    assert resolve_range(header, 10, standard=True) == standard


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_range_outside_is_ignored_or_refused(header: str) -> None:
    assert resolve_range(header, 10, standard=False) is None
    with pytest.raises(Refusal) as caught:
        resolve_range(header, 10, standard=True)

    assert (caught.value.status, caught.value.code) == (416, "InvalidRange")
    assert caught.value.headers["Content-Range"] == "bytes */10"
    assert caught.value.details["ActualObjectSize"] == "10"


@pytest.mark.parametrize("header", ["bytes=0-0", "bytes=0-", "bytes=-1"])
def test_empty_object_has_no_valid_range(header: str) -> None:
    assert resolve_range(header, 0, standard=False) is None
    with pytest.raises(Refusal):
        resolve_range(header, 0, standard=True)


@pytest.mark.parametrize("standard", [False, True])
def test_several_ranges_are_refused(standard: bool) -> None:  # noqa: FBT001 - a parameter
    with pytest.raises(Refusal):
        resolve_range("bytes=0-1,4-5", 10, standard=standard)

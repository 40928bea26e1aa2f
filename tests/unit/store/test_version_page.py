"""Pages of versions, and what they tell of a moment; the pages are the demo server's."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.demo.content.buckets import MemoryBucket, make_object
from ossh.demo.service import list_requests
from ossh.store.version_page import FIRST, Position, VersionPage, keeps_versions, parse_versions

# What happens to a key, and at which second: None deletes it.
EVENTS = st.lists(
    st.tuples(st.sampled_from(["a", "a/b", "a/c", "b", "\u00fc"]), st.sampled_from([b"1", None])),
    max_size=25,
)
HEAD = "<ListVersionsResult><IsTruncated>false</IsTruncated>"
IDS = "<Key>k</Key><VersionId>v</VersionId><IsLatest>true</IsLatest>"
TAIL = "</ListVersionsResult>"


def filled(events: list[tuple[str, bytes | None]], *, status: str = "Enabled") -> MemoryBucket:
    bucket = MemoryBucket("bucket", versioning=status)
    for second, (key, body) in enumerate(events):
        if body is None:
            bucket.delete(key, modified=float(second // 2))
        else:
            bucket.put(make_object(key, b"%d" % second, modified=second // 2))
    return bucket


def page_of(bucket: MemoryBucket, at: Position, most: int, delimiter: str = "") -> VersionPage:
    asked = {"key-marker": at.key, "version-id-marker": at.version_id, "max-keys": str(most)}
    asked |= {"delimiter": delimiter, "encoding-type": "url"}
    answer = list_requests.versions(bucket, asked)
    return parse_versions(answer.content.read(0, answer.stop))


def at(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@given(EVENTS, st.integers(1, 7), st.integers(-1, 14))
def test_pages_of_any_size_tell_what_was_there_at_a_moment(
    events: list[tuple[str, bytes | None]], most: int, second: int
) -> None:
    bucket = filled(events)
    expected: dict[str, bytes | None] = {}
    for number, (key, body) in enumerate(events):
        if number // 2 <= second:
            expected[key] = None if body is None else b"%d" % number
    found: dict[str, bytes] = {}
    position: Position | None = FIRST

    while position is not None:
        past = page_of(bucket, position, most).as_of(at(second), position)
        for info in past.objects:
            assert info.key not in found
            stored = bucket.version(info.key, info.version_id)
            assert stored is not None
            found[info.key] = stored.content.read(0, stored.size)
        assert all(info.key <= past.last for info in past.objects) or not past.token
        position = Position.parse(past.token) if past.token else None

    assert list(found) == sorted(found)
    assert found == {key: body for key, body in expected.items() if body is not None}


@given(EVENTS, st.integers(1, 5), st.integers(-1, 14))
def test_a_listing_that_goes_on_behind_what_is_known_misses_nothing(
    events: list[tuple[str, bytes | None]], most: int, second: int
) -> None:
    bucket = filled(events)

    def rest(position: Position | None) -> list[str]:
        keys: list[str] = []
        while position is not None:
            past = page_of(bucket, position, most).as_of(at(second), position)
            keys += [info.key for info in past.objects]
            position = Position.parse(past.token) if past.token else None
        return keys

    first = page_of(bucket, FIRST, most).as_of(at(second), FIRST)
    if first.token:
        known = [info.key for info in first.objects]
        behind = rest(Position(first.last) if first.last else FIRST)

        assert sorted({*known, *behind}) == rest(FIRST)
        assert not {key for key in behind if key <= first.last}


def test_delete_markers_that_stand_apart_are_put_in_their_place() -> None:
    version = (
        "<Version><Key>k</Key><VersionId>v{}</VersionId><IsLatest>{}</IsLatest>"
        "<LastModified>2026-01-0{}T00:00:00.000Z</LastModified><ETag>&quot;E&quot;</ETag>"
        "<Type>Normal</Type><Size>1</Size><StorageClass>Standard</StorageClass></Version>"
    )
    marker = (
        "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>false</IsLatest>"
        "<LastModified>2026-01-02T00:00:00.000Z</LastModified></DeleteMarker>"
    )
    rows = marker + version.format(3, "true", 3) + version.format(1, "false", 1)

    page = parse_versions(f"{HEAD}{rows}{TAIL}".encode())

    assert [one.info.version_id for one in page.versions] == ["v3", "v2", "v1"]
    assert [one.is_marker for one in page.versions] == [False, True, False]
    assert page.shows_versions


TRUNCATED = "<ListVersionsResult><IsTruncated>true</IsTruncated>"
MARKERS = [
    f"<DeleteMarker>{IDS.replace('>k<', f'>{key}<')}"
    "<LastModified>2026-01-02T00:00:00.000Z</LastModified></DeleteMarker>"
    for key in "ba"
]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEAD}<Version><Key>k</Key></Version>", "has no VersionId"),
        (f"{HEAD}<DeleteMarker>{IDS}</DeleteMarker>", "has no LastModified"),
        (f"{TRUNCATED}<NextKeyMarker/>", "does not say where the next one"),
        (
            f"{HEAD}<NextKeyMarker>k</NextKeyMarker>",
            "both that it ends here and where it continues",
        ),
        (f"{HEAD}{''.join(MARKERS)}", "out of order: it has 'a' after 'b'"),
        (f"{TRUNCATED}<NextKeyMarker>a</NextKeyMarker>{MARKERS[0]}", "has 'a' after 'b'"),
        (f"{HEAD}<MaxKeys>1</MaxKeys>{''.join(MARKERS[::-1])}", "should have 1 entries, but has 2"),
        (f"{HEAD}<KeyMarker>x</KeyMarker>", "another request: its KeyMarker is 'x'"),
        (f"{HEAD}<VersionIdMarker>x</VersionIdMarker>", "its VersionIdMarker is 'x'"),
    ],
)
def test_what_cannot_be_used_or_contradicts_itself_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_versions(f"{text}{TAIL}".encode(), {"key-marker": "k"})


@pytest.mark.parametrize("status", ["<Status>Enabled</Status>", "<Status>Suspended</Status>", ""])
def test_a_bucket_tells_whether_it_keeps_versions(status: str) -> None:
    answer = f"<VersioningConfiguration>{status}</VersioningConfiguration>"

    assert keeps_versions(answer.encode()) == bool(status)

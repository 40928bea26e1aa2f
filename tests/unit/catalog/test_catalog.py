from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ossh.catalog.catalog import Catalog, NameMatch, Prefix
from ossh.errors import StoreError, UsageError
from ossh.model import Cause, Failure, ObjectInfo
from ossh.patterns import split_glob
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from tests.unit.globs import globs, is_meant
from tests.unit.globs import names as keys_at_random

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ["a", "a/1", "a/2", "a0", "b/x/1", "b/x/2", "c-1", "c-2"]
RESET = Failure(Cause.RESET, "connection lost", "connection lost")


class Keys:
    """A bucket in memory that lists as OSS does, some entries at a time."""

    is_past = False

    def __init__(self, keys: list[str], page: int = 3) -> None:
        self.keys = sorted(keys)
        self.size = page
        self.failures: list[Failure] = []
        self.asked = 0

    def page(self, asked: PageQuery) -> ListPage | Failure:
        self.asked += 1
        prefix, delimiter, token = asked.prefix, asked.delimiter, asked.token
        assert asked.start_after == token  # a token of these pages is their last name
        if self.failures:
            return self.failures.pop(0)
        names: dict[str, bool] = {}  # whether each is a prefix
        for key in self.keys:
            rest = key.removeprefix(prefix) if key.startswith(prefix) else None
            if rest is None:
                continue
            head, cut, _ = rest.partition(delimiter) if delimiter else (rest, "", "")
            names[prefix + head + cut] = bool(cut)
        shown = [name for name in names if name > token]
        size = min(self.size, asked.max_keys)
        now, later = shown[:size], shown[size:]
        ends = [name for name in now if names[name]]
        objects = [ObjectInfo(name, 1, "E", WHEN) for name in now if name not in ends]
        return ListPage(tuple(objects), tuple(ends), now[-1] if later else "")


def catalog(
    keys: Keys,
    *,
    mend: Callable[[Failure], bool] = lambda _why: False,
    clock: Callable[[], float] = lambda: 0,
) -> Catalog:
    return Catalog(cast("Lister", keys), "oss://b/", new_mend=lambda: mend, clock=clock)


def names(items: object) -> list[str]:
    return [i.prefix if isinstance(i, Prefix) else i.key for i in items]  # type: ignore[attr-defined]


def test_a_level_shows_prefixes_and_objects_in_key_order() -> None:
    assert names(catalog(Keys(KEYS)).level("")) == ["a", "a/", "a0", "b/", "c-1", "c-2"]


def test_a_level_is_asked_for_page_by_page() -> None:
    keys = Keys(KEYS, page=1)

    next(iter(catalog(keys).level("")))

    assert keys.asked == 1


def test_walk_yields_every_key_below_a_prefix() -> None:
    assert names(catalog(Keys(KEYS)).walk("b")) == ["b/x/1", "b/x/2"]


@pytest.mark.parametrize(
    ("name", "found", "is_key"),
    [
        ("", "", False),
        ("a", "a", True),
        ("a/", "a/", False),
        ("b", "b/", False),
        ("b/x", "b/x/", False),
        ("c", "c", False),
        ("c-1", "c-1", True),
    ],
)
def test_find_knows_a_key_a_prefix_and_a_bare_prefix(
    name: str, found: str, *, is_key: bool
) -> None:
    answer = catalog(Keys(KEYS)).find(name)

    assert (answer.name, answer.is_key) == (found, is_key)


def test_find_refuses_what_is_not_there() -> None:
    for name in ("z", "z/"):
        with pytest.raises(UsageError, match="no key starts with 'z"):
            catalog(Keys(KEYS)).find(name)


@given(globs.filter(lambda text: split_glob(text)[1]), st.lists(keys_at_random))
@example("a*", KEYS)
@example("*/*/1", KEYS)
def test_what_a_glob_leaves_out_is_seen_on_the_pages_that_show_its_first_object(
    glob: str, listed: list[str]
) -> None:
    start, rest = split_glob(glob)
    found, keys, other = NameMatch(start, glob=rest), Keys(listed), Keys(listed)

    first, prefix = catalog(keys).first_match(found)

    expected = next(catalog(other).matches(found, levels=False), None)
    assert (first, keys.asked) == (expected, other.asked)
    every = catalog(other).matches(found, levels=True)
    assert not prefix or Prefix(prefix) in every
    assert not (prefix and glob.endswith("/"))


def test_a_prefix_behind_the_first_object_is_seen_on_its_page() -> None:
    found, keys = NameMatch("", glob="[a-c]*"), Keys(["a", "b/1", "c/1"])

    first, prefix = catalog(keys).first_match(found)

    assert (first, prefix, keys.asked) == (ObjectInfo("a", 1, "E", WHEN), "b/", 1)


def test_an_empty_bucket_can_be_stood_in() -> None:
    assert catalog(Keys([])).find("") == NameMatch("")


def test_levels_are_remembered_for_a_few_seconds_unless_forgotten() -> None:
    keys, now = Keys(KEYS, page=100), [0.0]
    remembering = catalog(keys, clock=lambda: now[0])

    first = remembering.completions("a")
    now[0] = 1.0
    again = remembering.completions("a")
    assert keys.asked == 1
    now[0] = 60.0
    remembering.completions("a")
    assert keys.asked == 2
    remembering.forget()
    remembering.completions("a")

    assert names(first) == names(again) == ["a", "a/", "a0"]
    assert keys.asked == 3


def test_a_level_is_remembered_no_longer_than_it_is_good_for() -> None:
    now = [0.0]
    remembering = catalog(Keys(KEYS), clock=lambda: now[0])

    for number in range(200):
        now[0] = float(number)
        remembering.completions(str(number))

    assert len(remembering._cache) == 5  # seconds


def test_a_page_that_keeps_failing_is_an_error_that_names_the_place() -> None:
    keys = Keys(KEYS)
    keys.failures = [RESET] * 9

    with pytest.raises(StoreError, match="cannot list 'oss://b/a\\\\x1b': connection lost"):
        list(catalog(keys).walk("a\x1b"))


def test_expired_credentials_are_read_again() -> None:
    keys = Keys(KEYS, page=100)
    keys.failures = [Failure(Cause.EXPIRED, "SecurityTokenExpired", "expired")]

    assert names(catalog(keys, mend=lambda _why: True).walk("b/")) == ["b/x/1", "b/x/2"]


def matched(keys: Keys, glob: str, *, levels: bool = False) -> list[str]:
    start, rest = split_glob(glob)
    return names(catalog(keys).matches(NameMatch(start, glob=rest), levels=levels))


@given(st.sets(keys_at_random, max_size=12), globs.filter(lambda glob: split_glob(glob)[1]))
@example({"a//b", "a/b"}, "a/*/b")
@example({"a/", "a/x"}, "?/")
@example({"/a", "a"}, "*/a")
@example({"a/"}, "a/*")
@example({"x[1]/a", "x1/a"}, r"x\[1\]/*")
def test_exactly_the_keys_that_a_glob_means_are_found_in_order(keys: set[str], glob: str) -> None:
    found = matched(Keys([*keys]), glob)

    assert found == sorted(key for key in keys if is_meant(glob, key))


@given(st.sets(keys_at_random, max_size=12), globs.filter(lambda glob: split_glob(glob)[1]))
def test_levels_show_the_same_objects_and_the_prefixes_between(keys: set[str], glob: str) -> None:
    start, rest = split_glob(glob)
    found = catalog(Keys([*keys])).matches(NameMatch(start, glob=rest), levels=True)
    objects = [one.key for one in found if isinstance(one, ObjectInfo)]

    meant = sorted(key for key in keys if is_meant(glob, key))
    assert set(objects) <= set(meant)
    assert glob.endswith("/") or objects == meant


def test_prefixes_that_a_glob_names_are_shown_as_a_level_shows_them() -> None:
    keys = Keys(["logs/01/a", "logs/02/a", "logs/02/x/b", "logs/0.txt", "z"])

    assert matched(keys, "logs/0*", levels=True) == ["logs/0.txt", "logs/01/", "logs/02/"]
    assert matched(keys, "logs/*/", levels=True) == ["logs/01/a", "logs/02/a", "logs/02/x/"]
    assert matched(keys, "logs/*/") == ["logs/01/a", "logs/02/a", "logs/02/x/b"]


def test_what_a_star_stops_at_is_not_listed() -> None:
    many = [f"{folder}/{number:04}" for folder in ("deep", "logs") for number in range(2000)]
    keys = Keys([*many, "a.gz", "logs/x.gz"], page=1000)

    assert matched(keys, "*.gz") == ["a.gz"]
    assert matched(keys, "lo*/x.gz") == ["logs/x.gz"]
    assert keys.asked == 3  # the top once, and twice: names with lo, and those with x in one

"""Selections: what they choose, how they read, what they refuse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from ossh.errors import UsageError
from ossh.language import said
from ossh.model import ObjectInfo
from ossh.selection import KeyList, Selection
from ossh.shard import Shard

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def an_object(key: str, size: int = 100, age: timedelta = DAY) -> ObjectInfo:
    return ObjectInfo(key=key, size=size, etag="E", last_modified=NOW - age)


def chosen(selection: Selection, keys: list[str], prefix: str = "") -> list[str]:
    matches = selection.matcher(prefix, NOW)
    return [key for key in keys if matches(an_object(key))]


# What is chosen


def test_one_of_several_suffixes_is_enough() -> None:
    keys = ["a.gz", "b.csv", "c.GZ", "d.txt", "e.gz/f"]

    assert chosen(Selection(suffix=(".gz", ".csv")), keys) == ["a.gz", "b.csv"]


def test_sizes_include_their_limits() -> None:
    matches = Selection(min_size=10, max_size=20).matcher("", NOW)

    assert [size for size in (9, 10, 20, 21) if matches(an_object("k", size))] == [10, 20]
    assert Selection(min_size=10, max_size=10).matcher("", NOW)(an_object("k", 10))


def test_a_moment_belongs_to_what_is_newer() -> None:
    moment = NOW - DAY
    newer = Selection(newer=moment).matcher("", NOW)
    older = Selection(older=moment).matcher("", NOW)

    for age, is_newer in ((DAY - DAY / 2, True), (DAY, True), (DAY + DAY / 2, False)):
        info = an_object("k", age=age)
        assert (newer(info), older(info)) == (is_newer, not is_newer)


def test_a_relative_moment_counts_from_now() -> None:
    last_week = Selection(newer=7 * DAY, older=DAY).matcher("", NOW)

    assert [days for days in range(10) if last_week(an_object("k", age=days * DAY))] == [
        *range(2, 8)
    ]


def test_a_relative_moment_before_the_calendar_chooses_everything() -> None:
    matches = Selection(newer=timedelta(days=999_999), older=-DAY).matcher("", NOW)

    assert matches(an_object("k", age=timedelta(days=365 * 2000)))


def test_any_exclude_excludes_whatever_is_included() -> None:
    selection = Selection(include=("*.gz", "*.csv"), exclude=("tmp/", "old*"))
    keys = ["a.gz", "x/b.csv", "tmp/c.gz", "x/tmp/d.gz", "old.gz", "tmp", "e.txt"]

    assert chosen(selection, keys) == ["a.gz", "x/b.csv"]


# Globs


@given(
    glob=st.text("ab*?/[]!-.", min_size=1, max_size=8),
    key=st.text("ab/.-", min_size=1, max_size=8).filter(lambda key: not key.startswith(("/", "."))),
)
@pytest.mark.filterwarnings("ignore:Possible:FutureWarning")  # of pathspec, about "[["
def test_a_glob_matches_what_pathspec_says(glob: str, key: str) -> None:
    try:
        selection = Selection(include=(glob,))
    except UsageError:
        return

    assert bool(chosen(selection, [key])) == GitIgnoreSpec.from_lines([glob]).match_file(key)


@pytest.mark.parametrize("prefix", ["logs/", "logs/2026-"])
def test_globs_are_relative_to_the_folder_the_prefix_ends_in(prefix: str) -> None:
    keys = ["logs/2026-01/a.gz", "logs/2026-01/logs/a.gz"]

    assert chosen(Selection(include=("/2026-01/*.gz",)), keys, prefix) == keys[:1]
    assert chosen(Selection(exclude=("logs/",)), keys, prefix) == keys[:1]


def test_slashes_after_the_prefix_are_no_obstacle() -> None:
    keys = ["logs//a.gz", "logs///a.gz"]

    assert chosen(Selection(include=("/a.gz",)), [*keys, "logs/Xa.gz"], "logs/") == keys
    assert chosen(Selection(exclude=("/a.gz",)), [*keys, "logs/Xa.gz"], "logs/") == ["logs/Xa.gz"]


def test_a_glob_with_a_slash_inside_means_something_else_elsewhere() -> None:
    includes, excludes = ("*.gz", "logs/", "/x", "a/X"), ("c/*", "tmp/")

    anchored = Selection(glob=("a*",), include=includes, exclude=excludes).anchored

    assert anchored == ("a*", "/x", "a/X", "c/*")


def test_a_line_break_is_an_ordinary_character() -> None:
    keys = ["a\nb/c.gz", "c.gz\n", "c.gz"]

    assert chosen(Selection(include=("*.gz",)), keys) == ["a\nb/c.gz", "c.gz"]


def test_special_characters_can_be_escaped() -> None:
    selection = Selection(include=(r"\!x", r"\#x", r"a\*", "[[]x"))

    assert chosen(selection, ["!x", "#x", "a*", "[x", "x", "ab"]) == ["!x", "#x", "a*", "[x"]


# What is refused


@pytest.mark.parametrize("glob", ["[a", "a\\", "[z-a]", "\\"])
@pytest.mark.parametrize("kind", ["include", "exclude"])
def test_a_glob_that_cannot_be_read_is_refused_at_once(kind: str, glob: str) -> None:
    rule: dict[str, Any] = {kind: ("*.gz", glob)}

    with pytest.raises(UsageError) as caught:
        Selection(**rule)

    assert f"'{glob}'" in str(caught.value)
    assert "gitignore" in str(caught.value.hint)


def test_a_suffix_is_no_glob() -> None:
    with pytest.raises(UsageError, match=r"'\*\.gz' .* compared literally") as caught:
        Selection(suffix=("*.gz",))

    assert caught.value.hint == "use a glob: --include '*.gz' (in Python and job files: include)"


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="'2026-01-01T00:00:00' has no time zone") as caught:
        Selection(older=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault in question

    assert caught.value.hint == "add Z for UTC"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"suffix": ("",)}, "a suffix must not be empty"),
        ({"max_size": -1}, "a size must not be negative"),
        ({"min_size": 2048, "max_size": 1024}, "match: min-size 2KiB exceeds max-size 1KiB"),
        ({"newer": NOW, "older": NOW}, "match: newer than 2026-11-25T12:00:00Z and older than"),
        ({"newer": DAY, "older": 7 * DAY}, "match: newer than 1d and older than 7d"),
        ({"newer": DAY, "older": DAY}, "match: newer than 1d and older than 1d"),
    ],
)
def test_rules_that_nothing_can_satisfy_are_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Selection(**rules)


def test_a_moment_may_be_relative_on_one_side_only() -> None:
    matches = Selection(newer=NOW - 3 * DAY, older=DAY).matcher("", NOW)

    assert matches(an_object("k", age=2 * DAY))


FULL = Selection(
    suffix=(".gz", ".csv"),
    include=("2026/**",),
    exclude=("tmp/", "*.bak"),
    min_size=1024,
    max_size=5_000_000,
    newer=7 * DAY,
    older=NOW,
)


# Rules


def test_rules_are_readable_one_a_kind_in_a_stable_order() -> None:
    assert FULL.rules() == (
        "suffix .gz or .csv",
        "include 2026/**",
        "exclude tmp/ or *.bak",
        "min-size 1KiB",
        "max-size 5MB",
        "newer than 7d",
        "older than 2026-11-25T12:00:00Z",
    )
    assert len(FULL) == 7
    assert FULL


def test_an_empty_selection_has_no_rules_and_is_false() -> None:
    assert Selection().rules() == ()
    assert not Selection()


@pytest.mark.parametrize("number", range(1, 8))
def test_each_rule_can_be_dropped_by_its_number(number: int) -> None:
    rules = FULL.rules()

    left = FULL.without(number)

    assert left.rules() == rules[: number - 1] + rules[number:]


@pytest.mark.parametrize("number", [-1, 0, 8])
def test_a_rule_that_does_not_exist_cannot_be_dropped(number: int) -> None:
    with pytest.raises(UsageError, match=f"there is no filter {number}") as caught:
        FULL.without(number)

    assert caught.value.hint == "they are numbered 1 to 7"


def test_nothing_can_be_dropped_from_an_empty_selection() -> None:
    with pytest.raises(UsageError, match="there is no filter to drop"):
        Selection().without(1)


# Merging


def test_sizes_and_moments_are_replaced() -> None:
    other = Selection(min_size=0, max_size=9, newer=2 * DAY, older=DAY)

    merged = FULL.merged(other)

    assert merged == replace(FULL, min_size=0, max_size=9, newer=2 * DAY, older=DAY)


def test_rules_that_contradict_each_other_cannot_be_merged() -> None:
    with pytest.raises(UsageError, match="no object can match"):
        Selection(max_size=10).merged(Selection(min_size=11))


def test_a_regex_is_found_anywhere_in_the_whole_key() -> None:
    keys = ["logs/2026/a.gz", "logs/b.gz", "2026"]

    assert chosen(Selection(regex=(r"/\d{4}/",)), keys, "logs/") == keys[:1]
    assert chosen(Selection(regex=("^2026$", "b")), keys) == keys[1:]
    assert Selection(regex=("a|b", "c")).rules() == ("regex a|b or c",)


@pytest.mark.parametrize("expression", ["(", "*", "", "a{9999999999999}"])
def test_a_regex_that_cannot_be_read_is_refused(expression: str) -> None:
    with pytest.raises(UsageError, match="regex"):
        Selection(regex=(expression,))


def test_texts_are_read_as_at_the_prompt() -> None:
    typed = Selection(
        suffix=".gz, .csv",
        include="a,b",
        min_size="1KiB",
        max_size="1M",
        newer="7d",
        older="2026-01-01T00:00:00Z",
        regex="x",
        storage_class="standard,ia",
        shard="1/4",
        glob=["*.gz"],
    )

    assert typed == Selection(
        suffix=(".gz", ".csv"),
        include=("a,b",),
        min_size=1024,
        max_size=1024 * 1024,
        newer=timedelta(days=7),
        older=datetime(2026, 1, 1, tzinfo=UTC),
        regex=("x",),
        storage_class=("Standard", "IA"),
        shard=Shard(1, 4),
        glob=("*.gz",),
    )
    assert replace(typed, suffix=()).min_size == 1024


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"min_size": "large"}, "'large' is not a size"),
        ({"newer": "soon"}, "'soon' is not a date or an age"),
        ({"shard": "4"}, "'4' is not a shard"),
    ],
)
def test_a_text_that_cannot_be_read_is_an_error_of_usage(
    rule: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UsageError, match=problem):
        Selection(**rule)


def test_a_storage_class_is_one_of_the_services() -> None:
    matches = Selection(storage_class=("IA", "Archive")).matcher("", NOW)

    assert matches(replace(an_object("a"), storage_class="IA"))
    assert not matches(an_object("a"))
    classes = ("Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive")
    lower = Selection(storage_class=",".join(classes).lower())
    assert lower.storage_class == classes
    assert lower.rules() == ("class " + " or ".join(classes),)
    with pytest.raises(UsageError, match="no storage class 'warm'") as caught:
        Selection(storage_class=("warm",))
    assert "Standard, IA, Archive" in (caught.value.hint or "")


def test_listed_keys_are_those_of_any_list_and_other_rules_hold_too() -> None:
    one, other = KeyList("one.txt", frozenset({"a.gz", "b"})), KeyList("two", frozenset({"c.gz"}))
    both = Selection(keys_from=(one,)).merged(Selection(keys_from=(one, other)))

    assert chosen(both, ["a.gz", "b", "c.gz", "d.gz"]) == ["a.gz", "b", "c.gz"]
    assert chosen(replace(both, suffix=(".gz",)), ["a.gz", "b", "d.gz"]) == ["a.gz"]
    assert both.rules() == ("keys-from one.txt (2) or two (1)",)
    assert not both.without(1)
    assert "a.gz" not in repr(both)  # a list may hold a million


def test_a_shard_is_a_rule_like_others_and_the_last_one_holds() -> None:
    keys = [f"{number}.gz" for number in range(50)]
    first, second = (Selection(suffix=(".gz",), shard=Shard(number, 2)) for number in (1, 2))

    assert sorted(chosen(first, keys) + chosen(second, keys)) == sorted(keys)
    assert first.merged(second) == second
    assert first.merged(Selection()) == first
    assert first.rules() == ("suffix .gz", "shard 1/2")
    assert first.without(2) == Selection(suffix=(".gz",))


def test_one_of_several_globs_is_enough_and_other_rules_hold_too() -> None:
    both = Selection(glob=("*.gz", "2026-0?/*")).merged(Selection(suffix=(".gz", ".csv")))

    keys = ["logs/a.gz", "logs/x/a.gz", "logs/2026-01/a.csv", "logs/2026-01/a.txt"]
    assert chosen(both, keys, "logs/x") == ["logs/a.gz", "logs/2026-01/a.csv"]
    assert both.rules() == ("suffix .gz or .csv", "glob *.gz or 2026-0?/*")
    assert both.without(2) == Selection(suffix=(".gz", ".csv"))


@pytest.mark.parametrize(
    ("globs", "prefix", "start", "delimiter"),
    [
        ((), "logs/2", "logs/2", ""),
        (("2026-0?/*.csv",), "logs/", "logs/2026-0", ""),
        (("2026-0?/*.csv",), "logs/2", "logs/2026-0", ""),
        (("2026-01", "2026-02/*"), "", "2026-0", ""),
        (("2026-*", "x"), "logs/", "logs/", "/"),
        (("2026/*.gz", "2026/[ab]"), "logs/", "logs/2026/", "/"),
        (("2026/**",), "logs/", "logs/2026/", ""),
        (("20*/",), "", "20", ""),
        (("x*",), "logs/2", "logs/2", "/"),
    ],
)
def test_no_more_is_listed_than_globs_can_match(
    globs: tuple[str, ...], prefix: str, start: str, delimiter: str
) -> None:
    selection = Selection(glob=globs)

    assert (selection.start(prefix), selection.delimiter) == (start, delimiter)


def test_ten_thousand_globs_are_one_rule_to_read_and_to_obey() -> None:
    selection = Selection(glob=[f"{number:04d}/**" for number in range(10_000)])

    (rule,) = selection.rules()

    assert len(selection) == 1
    assert said(rule).startswith("glob 0000/** or 0001/** or 0002/**")
    assert said(rule).endswith(" or 9999/**")

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh.errors import UsageError
from ossh.model import ObjectInfo
from ossh.narrowing import narrowed
from ossh.selection import KeyList, Selection

NOW = datetime.now(UTC)
DAYS = timedelta(days=1)


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Draw filters that hold together."""
    letters = st.lists(st.text("ab.", min_size=1, max_size=3), max_size=2)
    smallest = draw(st.none() | st.integers(0, 5))
    since: list[datetime | timedelta | None] = [None, NOW - 4 * DAYS, 3 * DAYS, NOW - 2 * DAYS]
    return Selection(
        suffix=draw(letters),
        exclude=draw(letters.map(lambda some: [one for one in some if one.strip(".")])),
        min_size=smallest,
        max_size=draw(st.none() | st.integers(smallest or 0, 9)),
        newer=draw(st.sampled_from(since)),
        storage_class=draw(st.lists(st.sampled_from(["Standard", "IA"]), max_size=2)),
        keys_from=draw(
            st.just(())
            | st.frozensets(st.text("ab.", max_size=3)).map(lambda k: (KeyList("l", k),))
        ),
    )


def _of(kind: str, *globs: str) -> Selection:
    rules: dict[str, Any] = {kind: globs}
    return Selection(**rules)


@given(
    selections(),
    selections(),
    st.text("ab.", max_size=4),
    st.integers(0, 9),
    st.integers(0, 5),
    st.sampled_from(["Standard", "IA"]),
)
def test_what_is_let_through_passes_both(  # noqa: PLR0913 - of an object
    one: Selection, other: Selection, key: str, size: int, age: int, storage_class: str
) -> None:
    info = ObjectInfo(key, size, "E", NOW - age * DAYS - DAYS / 2, storage_class=storage_class)
    passes_both = one.matcher("", NOW)(info) and other.matcher("", NOW)(info)

    try:
        both = narrowed(one, other)
    except UsageError:
        assert not passes_both
    else:
        assert both.matcher("", NOW)(info) == passes_both


def test_of_a_moment_and_an_age_the_stricter_one_is_kept_as_it_was_said() -> None:
    moment, age = NOW - 10 * DAYS, 7 * DAYS

    assert narrowed(Selection(newer=moment), Selection(newer=age)).newer == age
    assert narrowed(Selection(older=moment), Selection(older=age)).older == moment


@pytest.mark.parametrize("kind", ["include", "glob", "regex"])
def test_globs_and_expressions_narrow_only_what_holds_them(kind: str) -> None:
    two, one = _of(kind, "a*", "b*"), _of(kind, "b*")

    assert narrowed(two, one) == narrowed(one, two) == one
    with pytest.raises(UsageError, match=f"--{kind} cannot narrow the {kind} filter"):
        narrowed(two, _of(kind, "c*"))


def test_filters_that_nothing_passes_are_refused() -> None:
    with pytest.raises(UsageError, match="nothing passes both --suffix and the suffix filter"):
        narrowed(Selection(suffix=".gz"), Selection(suffix=".csv"))
    with pytest.raises(UsageError, match="--class and the class filter"):
        narrowed(Selection(storage_class="IA"), Selection(storage_class="Archive"))

from hypothesis import example, given
from hypothesis import strategies as st

from ossh.catalog.catalog import NameMatch
from ossh.catalog.globs import matched_nodes
from ossh.model import ObjectInfo
from ossh.patterns import split_glob
from tests.unit.catalog.test_catalog import Keys, catalog
from tests.unit.catalog.test_catalog import names as names_of
from tests.unit.globs import globs, is_meant, names


def matched(keys: Keys, glob: str, *, levels: bool = False) -> list[str]:
    start, rest = split_glob(glob)
    return names_of(matched_nodes(catalog(keys), NameMatch(start, glob=rest), levels=levels))


@given(st.sets(names, max_size=12), globs.filter(lambda glob: split_glob(glob)[1]))
@example({"a//b", "a/b"}, "a/*/b")
@example({"a/", "a/x"}, "?/")
@example({"/a", "a"}, "*/a")
@example({"a/"}, "a/*")
@example({"x[1]/a", "x1/a"}, r"x\[1\]/*")
def test_exactly_the_keys_that_a_glob_means_are_found_in_order(keys: set[str], glob: str) -> None:
    found = matched(Keys([*keys]), glob)

    assert found == sorted(key for key in keys if is_meant(glob, key))


@given(st.sets(names, max_size=12), globs.filter(lambda glob: split_glob(glob)[1]))
def test_levels_show_the_same_objects_and_the_prefixes_between(keys: set[str], glob: str) -> None:
    start, rest = split_glob(glob)
    found = matched_nodes(catalog(Keys([*keys])), NameMatch(start, glob=rest), levels=True)
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

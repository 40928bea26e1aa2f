from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ossh.catalog.catalog import NameMatch
from ossh.errors import UsageError
from ossh.model import Target
from ossh.patterns import split_glob
from ossh.selection import Selection
from ossh.session.browsing.place import Place
from ossh.session.jobs.job_request import JobRequest, marked_names, resolved_names, target_of
from tests.unit.globs import globs, is_meant, names
from tests.usual import MODIFIED, info

HERE = Place("b", "logs/")
GZ = Selection(suffix=(".gz",))
ANY = NameMatch("logs/", glob="*")


def key(name: str) -> NameMatch:
    return NameMatch(name, info(name))


def prefix(name: str) -> NameMatch:
    return NameMatch(name)


def selected(place: Place, selection: Selection, keys: list[str]) -> list[str]:
    matches = selection.matcher(place.prefix, MODIFIED)
    return [name for name in keys if name.startswith(place.prefix) and matches(info(name))]


def test_no_name_means_the_place_and_its_filters() -> None:
    assert resolved_names(HERE, [], GZ) == (HERE, GZ, False)


def test_a_key_is_fetched_alone_whatever_the_filters_say() -> None:
    alone = Place("b", "logs/x/a"), Selection(), True

    assert resolved_names(HERE, [key("logs/x/a")], GZ) == alone


def test_several_keys_are_looked_up_by_name_and_share_their_folder() -> None:
    place, selection, are_keys = resolved_names(HERE, [key("logs/x/a*b"), key("logs/x/c")], GZ)

    assert (place.prefix, are_keys) == ("logs/x/", True)
    assert selection == Selection(keys_from=selection.keys_from)  # whatever the filters say
    assert selection.listed == frozenset({"logs/x/a*b", "logs/x/c"})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda t: "/" not in t))
def test_any_key_can_be_fetched_beside_a_prefix(name: str) -> None:
    found = [key(f"logs/{name}"), prefix("else/")]

    place, selection, _ = resolved_names(HERE, found, Selection())

    keys = [f"logs/{name}", f"logs/{name}x", "else/1"]
    assert selected(place, selection, keys) == [f"logs/{name}", "else/1"]


def test_include_filters_apply_to_several_prefixes_too() -> None:
    filters = Selection(include=("*.gz",))
    place, selection, _ = resolved_names(HERE, [prefix("logs/a/"), prefix("logs/b/")], filters)

    keys = ["logs/a/1.gz", "logs/a/x/2.gz", "logs/a/1.txt", "logs/b/", "logs/c/1.gz"]
    assert selected(place, selection, keys) == ["logs/a/1.gz", "logs/a/x/2.gz"]


@given(globs.filter(lambda text: split_glob(text)[1]), st.lists(names))
@example("logs/*", ["logs/x"])
def test_a_glob_becomes_a_filter_that_chooses_what_it_means(text: str, keys: list[str]) -> None:
    start, rest = split_glob(text)
    found = NameMatch(start, glob=rest)
    place, selection, are_keys = resolved_names(Place("b"), [found], Selection())

    meant = [name for name in keys if is_meant(text, name)]
    assert not are_keys
    assert selected(place, selection, keys) == meant
    start = selection.start(place.prefix)
    assert all(name.startswith(start) for name in meant)
    assert not selection.delimiter or all("/" not in name.removeprefix(start) for name in meant)


def test_globs_keys_and_prefixes_are_fetched_together() -> None:
    together = [NameMatch("logs/2026-", glob="*/*.gz"), key("logs/a*"), prefix("logs/b")]
    place, selection, _ = resolved_names(Place("b"), together, Selection())

    keys = ["logs/2026-1/x.gz", "logs/2026-1/y/x.gz", "logs/a*", "logs/a*/x", "logs/ab", "logs/b/c"]
    assert place.prefix == "logs/"
    assert selection == Selection(glob=("2026-*/*.gz", "a\\*", "b**"))
    assert selected(place, selection, keys) == ["logs/2026-1/x.gz", "logs/a*", "logs/b/c"]


def test_other_filters_apply_to_a_glob() -> None:
    place, selection, _ = resolved_names(HERE, [ANY], GZ)

    assert selection == Selection(suffix=(".gz",), glob=("*",))
    assert selected(place, selection, ["logs/a.gz", "logs/a.txt", "logs/x/a.gz"]) == ["logs/a.gz"]


@pytest.mark.parametrize(
    ("found", "filters", "said"),
    [
        ([key("logs/a"), prefix("logs/b/")], GZ, "while filters are set"),
        ([ANY], Selection(glob=("a*",)), "cannot be combined with a glob filter"),
        ([prefix("logs/a/")], Selection(exclude=("/old/x",)), "relative to 'logs/'"),
        ([prefix("logs/a/")], Selection(glob=("*.gz",)), "relative to 'logs/'"),
    ],
)
def test_what_filters_cannot_be_carried_to_is_refused(
    found: list[NameMatch], filters: Selection, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        resolved_names(HERE, found, filters)


def test_a_glob_that_fits_anywhere_is_carried_along() -> None:
    free = Selection(include=("*.gz",), exclude=("tmp/",))

    assert resolved_names(HERE, [prefix("logs/a/")], free)[1] == free


def test_a_target_near_the_jobs_folder_is_written_relative_to_it(tmp_path: Path) -> None:
    jobs, far = tmp_path / "work" / "jobs", tmp_path / "else"

    assert target_of(JobRequest(), tmp_path / "work" / "logs", jobs) == Target("../logs")
    assert target_of(JobRequest(), far, jobs).directory == far.as_posix()
    assert target_of(JobRequest(links=True), far, jobs).links == "record"


def test_ten_thousand_marked_objects_become_a_list_of_keys() -> None:
    names = [f"a/b/{number}" for number in range(10_000)]

    at, selection = marked_names(HERE, list(map(key, names)), Selection())

    assert at.prefix == "a/b/"
    assert selection.listed == frozenset(names)


def test_too_many_marks_with_folders_are_refused() -> None:
    with pytest.raises(UsageError, match="more than 200 marks"):
        marked_names(HERE, [NameMatch(f"{n}/") for n in range(201)], Selection())


def test_marked_members_and_what_is_outside_their_archive_are_refused() -> None:
    with pytest.raises(UsageError, match="members of an archive"):
        marked_names(HERE, [key("d.zip/a"), key("e")], Selection())

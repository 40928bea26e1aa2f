"""Globs where people type them: what they name is the same in all commands."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.integration.rig import tree
from tests.shell.conftest import Driver
from tests.shell.test_completion import completed
from tests.unit.globs import is_meant

KEYS = [
    *("a.gz", "b.gz", "b.txt", "a[1].gz", "x*y", "xzy", "logs/2026-01/a.csv", "logs/2026-01/b.gz"),
    *("logs/2026-02/a.csv", "logs/2026-02/old/a.csv", "logs/2026-10/a.csv", "logs/all.csv"),
]
GLOBS = [
    *("*.gz", "?.gz", "[ab].gz", "[!a]*", "**", "**/*.gz", "logs/2026-0?/*.csv", "logs/*/"),
    *("logs/202[!a]-0?/**", "*/all.csv", "**.csv", "logs/**/a.csv", "a\\[1]*"),
]


@pytest.fixture
def small(fresh: Driver) -> Driver:
    for key in KEYS:
        fresh.server.put(key, key.encode())
    return fresh


def fetched(folder: Path) -> list[str]:
    """Return the keys of the files; Windows takes no `*` in a name, so there it is escaped."""
    return sorted(map(unquote, tree(folder)))


@pytest.mark.parametrize("glob", GLOBS)
def test_a_glob_chooses_the_same_in_all_commands(small: Driver, glob: str) -> None:
    meant = sorted(key for key in KEYS if is_meant(glob, key))

    keys = [json.loads(line)["key"] for line in small(f"ls -R --json {glob}").lines]
    assert keys == meant
    assert json.loads(small(f"du --json '{glob}'").lines[-1])["objects"] == len(meant)
    plan = json.loads(small(f"preview --json {glob}").out)
    assert plan["objects"] == len(meant)
    assert small(f"get '{glob}' --to here").status == 0
    folder = "logs/" if glob.startswith("logs/") else ""
    assert fetched(small.folder / "here") == [key.removeprefix(folder) for key in meant]


def test_filters_apply_to_what_a_glob_matches(small: Driver) -> None:
    small("filter add --suffix .csv")

    assert small("ls logs/*/*").lines == [
        *("logs/2026-01/a.csv", "logs/2026-02/a.csv", "logs/2026-02/old/", "logs/2026-10/a.csv")
    ]
    assert json.loads(small("preview --json logs/2026-01/*").out)["objects"] == 1
    assert small("cat logs/2026-01/*").out == "logs/2026-01/a.csv"


def test_a_glob_can_be_a_filter(small: Driver) -> None:
    small("cd logs")
    small("filter add --glob 2026-0?/*.csv")

    keys = [json.loads(line)["key"] for line in small("ls -R --json").lines]
    assert keys == ["logs/2026-01/a.csv", "logs/2026-02/a.csv"]
    assert json.loads(small("preview --json").out)["objects"] == 2
    said = small("get 2026-01/")
    assert (said.status, said.err.splitlines()[0]) == (
        2,
        "error: the filter '2026-0?/*.csv' is relative to 'logs/'",
    )


@pytest.mark.parametrize(
    "command",
    [
        *("ls -R {0}", "du {0}", "tree {0}", "ls --versions {0}", "cat {0}*"),
        *("preview {0}", "get {0} --to here", "preview {0}*", "get {0} {0}logs/ --to here"),
    ],
)
@pytest.mark.parametrize("place", ["oss://other/", "/"], ids=["another bucket", "above"])
def test_a_glob_filter_is_refused_where_it_would_mean_something_else(
    small: Driver, command: str, place: str
) -> None:
    small.server.add_bucket("other")
    for key in ("a.csv", "logs/a.csv"):
        small.server.put(key, b"", bucket="other")
    small("cd logs/2026-02")
    small("filter add --exclude /other/")

    said = small(command.format(place))

    assert (said.out, said.status) == ("", 2)
    assert "error: the filter '/other/' is relative to 'logs/2026-02/'\nhint: " in said.err
    assert not (small.folder / "here").exists()


def test_a_glob_filter_is_for_all_that_is_below_it_and_not_for_keys(small: Driver) -> None:
    small.server.add_bucket("other")
    small.server.put("a.csv", b"a", bucket="other")
    small("cd logs")
    small("filter add --exclude /2026-02/old/")

    assert small("ls -R 2026-02/").lines == ["logs/2026-02/a.csv"]
    assert small("ls -R --all ..").status == 0
    assert small("get oss://other/a.csv --to here").status == 0
    assert tree(small.folder / "here") == {"a.csv": b"a"}


def test_without_a_bucket_a_glob_filter_is_relative_to_what_is_named(small: Driver) -> None:
    small("cd oss://")
    small("filter add --exclude /2026-02/")
    address = f"oss://{small.server.bucket}/logs/"

    keys = [json.loads(line)["key"] for line in small(f"ls -R --json {address}").lines]

    assert [key.removeprefix("logs/") for key in keys] == [
        *("2026-01/a.csv", "2026-01/b.gz", "2026-10/a.csv", "all.csv")
    ]
    assert json.loads(small(f"preview --json {address}").out)["objects"] == len(keys)


def test_a_job_lists_only_what_its_glob_can_match(small: Driver) -> None:
    small.server.clear_requests()
    small("get logs/2026-0?/*.csv --to here")

    asked = [one["query"].get("prefix") for one in small.server.requests() if not one["key"]]
    assert set(asked) <= {"logs/2026-0", "logs/2026-0?/*.csv", "logs/2026-01/", "logs/2026-02/"}


def test_a_job_lists_one_level_where_its_glob_stays_on_one(fresh: Driver) -> None:
    fresh.server.fill("deep/{:05d}.bin", 5000, 1)
    fresh.server.put("a.gz", b"a")
    fresh.server.put("z.gz", b"z")

    assert fresh("get *.gz --to here").status == 0
    assert fetched(fresh.folder / "here") == ["a.gz", "z.gz"]
    fresh.server.put("zz.gz", b"zz")
    assert fresh("refresh").status == 0
    assert fresh("get").status == 0
    assert fetched(fresh.folder / "here") == ["a.gz", "z.gz", "zz.gz"]
    assert len([one for one in fresh.server.requests() if not one["key"]]) < 10


@pytest.mark.parametrize("command", ["get {0} --to here", "get {0} --dry-run", "preview {0}"])
def test_prefixes_that_a_glob_leaves_out_are_told(small: Driver, command: str) -> None:
    told = small(command.format("logs/*")).err
    others = [small(command.format(glob)).err for glob in ("logs/al*", "logs/**", "logs/*/")]

    note = "'logs/*' also matches prefixes, as 'logs/2026-01/'; '**' takes what is below"
    assert note in told.splitlines()
    assert "also matches prefixes" not in "".join(others)


@pytest.mark.parametrize("command", ["ls", "du", "preview", "get", "stat", "head", "cat"])
def test_a_glob_that_matches_nothing_says_what_is_near(small: Driver, command: str) -> None:
    said = small(f"{command} *.csv")

    assert said.status == 2
    assert said.out == ""
    assert "error: no key matches '*.csv'" in said.err
    assert "hint: '**/*.csv' matches 'logs/2026-01/a.csv'" in said.err
    assert not Path("jobs").exists()


def test_several_objects_are_looked_at_one_after_the_other(small: Driver) -> None:
    assert small("head ?.gz --binary").out == "==> a.gz <==\na.gz\n==> b.gz <==\nb.gz"
    assert small("head a.gz --binary").out == "a.gz"
    assert small("cat [ab].*").out == "a.gzb.gzb.txt"
    assert [json.loads(line)["key"] for line in small("stat b* --json").lines] == ["b.gz", "b.txt"]


def test_tab_after_a_glob_offers_nothing(small: Driver) -> None:
    assert completed(small, "ls *.g") == []
    assert completed(small, "get logs/*/", tabs=1) == []

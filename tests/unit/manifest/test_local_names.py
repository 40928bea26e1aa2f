"""Names: no two keys ever get one file, and the answer is the same every time."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ossh.manifest import Manifest, NewEntry, distinct_paths
from ossh.model import ObjectInfo
from ossh.paths import NameRules, alternative, folded, local_path
from tests.unit.manifest.examples import Info

POSIX = NameRules.native("linux")
MAC = NameRules.native("darwin")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def claimed(manifest: Manifest, rules: NameRules, *pairs: tuple[str, str]) -> list[str]:
    """Claim paths for (key, path) and add the entries, as a page of a listing does."""
    paths = manifest.claim(pairs, rules)
    manifest.add(
        [
            NewEntry(ObjectInfo(key, 1, "E", NOW), path)
            for (key, _), path in zip(pairs, paths, strict=True)
        ]
    )
    return paths


def other(path: str, salted: str) -> str:
    return alternative(path, salted, POSIX)


X = other("x", "x/")  # what a folder is called where "x" is a file


@pytest.mark.fault("F3")
@pytest.mark.fault("F5")
@pytest.mark.fault("F6")
@pytest.mark.parametrize(
    ("pairs", "paths"),
    [
        pytest.param((), [], id="none"),
        pytest.param((("l/a", "a"), ("l/b/c", "b/c")), ["a", "b/c"], id="ordinary"),
        pytest.param((("k1", "A"), ("k2", "a")), ["A", "a"], id="a disk that knows case"),
        pytest.param((("l/", "./"), ("l/a", "a")), ["./", "a"], id="the target"),
        pytest.param((("k1", "x"), ("k2", "x")), ["x", other("x", "k2")], id="the same name"),
        pytest.param(
            (("k1", "x"), ("k3", other("x", "k2")), ("k2", "x")),
            ["x", other("x", "k2"), other("x", "k2\n")],
            id="its other name is taken",
        ),
        pytest.param(
            (("a/b/f", "a/b/f"), ("a/b/f/g/y", "a/b/f/g/y")),
            ["a/b/f", other("a/b/f", "a/b/f/") + "/g/y"],
            id="a file where a folder is to be",
        ),
        pytest.param(
            (("x/y", "x/y"), ("x", "x")),
            ["x/y", other("x", "x")],
            id="a folder where a file is to be",
        ),
        pytest.param(
            (("x", "x"), ("x/", "x/"), ("x/y", "x/y"), ("x/z/z", "x/z/z"), ("d/e", "d/e")),
            ["x", f"{X}/", f"{X}/y", f"{X}/z/z", "d/e"],
            id="all of a folder alike",
        ),
        pytest.param((("d/e", "d/e"), ("d/", "d/")), ["d/e", "d/"], id="the marker of a folder"),
        pytest.param(
            (("x", "x"), ("t", X), ("x/y", "x/y")),
            ["x", X, other("x", "x/\n") + "/y"],
            id="the other name of a folder is taken",
        ),
    ],
)
@pytest.mark.parametrize("size", [1, 9], ids=["a page each", "one page"])
def test_the_first_key_has_its_name_and_later_ones_give_way(
    manifest: Manifest, pairs: tuple[tuple[str, str], ...], paths: list[str], size: int
) -> None:
    pages = [pairs[at : at + size] for at in range(0, len(pairs) or 1, size)]

    assert [path for page in pages for path in claimed(manifest, POSIX, *page)] == paths


@pytest.mark.fault("F4")
def test_names_that_the_disk_takes_for_one_are_one(manifest: Manifest) -> None:
    paths = claimed(manifest, MAC, ("k1", "Straße"), ("k2", "STRASSE"), ("k3", "cafe\u0301"))

    assert paths == ["Straße", alternative("STRASSE", "k2", MAC), "cafe\u0301"]
    assert claimed(manifest, MAC, ("k4", "caf\u00e9")) == [alternative("caf\u00e9", "k4", MAC)]


def test_names_just_outside_a_page_are_seen_too(manifest: Manifest) -> None:
    claimed(manifest, POSIX, ("a", "a"), ("a/c", "b/c"), ("z", "n/z"))

    paths = claimed(manifest, POSIX, ("k1", "b"), ("k2", "a/x"), ("k3", "n"))

    assert paths == [
        alternative("b", "k1", POSIX),
        alternative("a", "a/", POSIX) + "/x",
        alternative("n", "k3", POSIX),
    ]


@pytest.mark.parametrize("others", [(), (("x", "x"), ("x/y", "x/y"))])
@pytest.mark.parametrize(
    ("key", "path", "given"),
    [
        ("l/a.toml", "a.toml", alternative("a.toml", "l/a.toml", POSIX, keeps_extension=False)),
        ("l/own/b", "own/b", alternative("own", "own/", POSIX, keeps_extension=False) + "/b"),
        ("l/own/", "own/", alternative("own", "own/", POSIX, keeps_extension=False) + "/"),
        ("l/b.toml", "b.toml", "b.toml"),
    ],
)
def test_names_of_files_of_our_own_are_given_to_no_object(
    manifest: Manifest, key: str, path: str, given: str, others: tuple[tuple[str, str], ...]
) -> None:
    own = {"a.toml", "own"}

    paths = manifest.claim([*others, (key, path)], POSIX, lambda paths: not own.isdisjoint(paths))

    assert paths[-1] == given


def test_names_of_what_gets_no_rows_are_told_apart_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    pairs = [("k1", "x"), ("k2", "x"), ("k3", "own"), ("k4", "y")]

    paths = distinct_paths(pairs, POSIX, lambda paths: "own" in paths)

    other = alternative("own", "k3", POSIX, keeps_extension=False)
    assert paths == ["x", alternative("x", "k2", POSIX), other, "y"]
    assert list(tmp_path.iterdir()) == []


KEYS = st.lists(
    st.text(st.sampled_from("aAbé/\u0301.%~"), min_size=1, max_size=5),
    min_size=1,
    max_size=25,
    unique=True,
)
RULES = st.sampled_from([POSIX, MAC, NameRules.native("win32"), NameRules.portable()])


@pytest.mark.fault("F3")
@pytest.mark.fault("F4")
@pytest.mark.fault("F5")
@settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)  # real files
@given(
    keys=KEYS,
    place=st.tuples(RULES, st.sampled_from(("", "l/", "\u0301/a/"))),
    size=st.integers(1, 25),
)
def test_every_key_has_a_file_of_its_own_whatever_comes_in_whatever_order(
    tmp_path_factory: pytest.TempPathFactory,
    keys: list[str],
    place: tuple[NameRules, str],
    size: int,
) -> None:
    """One page or many, keys in any order: files never meet files or folders."""
    rules, prefix = place
    pairs = [
        (prefix + key, local_path(prefix + key, prefix, rules, is_folder=key.endswith("/")))
        for key in keys
    ]
    pages = [pairs[start : start + size] for start in range(0, len(pairs), size)]
    path = tmp_path_factory.mktemp("names") / "a.sqlite"
    with Manifest.create(path) as manifest:
        given_paths = [path for page in pages for path in claimed(manifest, rules, *page)]
        rows = {entry.key: entry.path for entry in manifest.entries()}

    assert rows == dict(zip((key for key, _ in pairs), given_paths, strict=True))
    names = [folded(path, rules) for path in rows.values()]
    assert len(set(names)) == len(names)
    folders = {name[:n] for name in names for n, c in enumerate(name) if c == "/"}
    assert not folders.intersection(names)
    assert not any(part in {"", ".."} for name in names for part in name.rstrip("/").split("/"))


def test_the_manifest_itself_refuses_two_rows_of_one_mapped_name(
    manifest: Manifest, info: Info
) -> None:
    manifest.claim([], MAC)

    with pytest.raises(sqlite3.IntegrityError):
        manifest.add([NewEntry(info("k1"), "A"), NewEntry(info("k2"), "a")])


@pytest.mark.parametrize("rules", [POSIX, MAC])
def test_names_are_compared_below_a_prefix_as_well(manifest: Manifest, rules: NameRules) -> None:
    claimed(manifest, rules, ("l/b/c", "b/c"), ("l/x", "x"), ("l/z", "z"))

    paths = claimed(manifest, rules, ("l/b", "b"), ("l/x/y", "x/y"), ("m/z", "z"), ("l/n", "n"))

    assert paths == [
        alternative("b", "l/b", rules),
        alternative("x", "x/", rules) + "/y",
        alternative("z", "m/z", rules),
        "n",
    ]

"""get --flat and --strip-prefix: the folders of keys left out, with nothing lost."""

import json
import re

import pytest

from ossh.manifest import ManifestReader
from tests.integration.rig import tree
from tests.shell.conftest import Driver

KEYS = ("logs/2026/01/a.gz", "logs/2026/01/b.gz", "logs/2026/02/a.gz", "logs/top.gz")


@pytest.fixture
def say(fresh: Driver) -> Driver:
    for key in KEYS:
        fresh.server.put(key, key.encode())
    fresh.server.put("logs/2026/", b"")  # stands for a folder
    return fresh


def test_flat_files_are_named_by_the_end_of_their_key_and_none_is_lost(say: Driver) -> None:
    assert say("get logs/ --to flat --flat").status == 0

    found = tree(say.folder / "flat")
    marked = next(name for name in found if "%~" in name)
    assert found == {
        "a.gz": b"logs/2026/01/a.gz",  # it came first
        "b.gz": b"logs/2026/01/b.gz",
        "top.gz": b"logs/top.gz",
        marked: b"logs/2026/02/a.gz",
    }
    assert re.fullmatch(r"a%~[0-9a-f]{16}\.gz", marked)
    entry = ManifestReader(say.folder / "jobs" / "flat.sqlite").entry("logs/2026/02/a.gz")
    assert entry is not None
    assert entry.path == marked
    assert not [one for one in (say.folder / "flat").iterdir() if one.is_dir()]
    assert say("verify").status == 0


def test_another_layout_is_another_job(say: Driver) -> None:
    say("get logs/ --to flat --flat")
    say("cd .")

    said = say("get logs/ --to flat")

    assert said.status == 0
    assert "is also the target of job 'flat'" in said.err
    assert say("jobs show flat-2").status == 0
    assert say("get logs/ --to flat --name flat").status == 2


def test_preview_tells_what_clashes_and_what_keeps_the_end_of_its_key_only(say: Driver) -> None:
    flat = json.loads(say("preview logs/ --flat --json").out)
    short = json.loads(say("preview logs/ --strip-prefix 2 --json").out)

    assert (flat["objects"], flat["collisions"], flat["mapped"], flat["short"]) == (4, 1, 1, 0)
    assert (short["objects"], short["collisions"], short["short"]) == (4, 1, 1)
    assert json.loads(say("preview logs/ --json").out)["objects"] == 5


@pytest.mark.parametrize("command", ["get", "refresh"])
def test_names_that_were_given_stay_whatever_the_job_file_says_later(
    say: Driver, command: str
) -> None:
    say("get logs/ --to logs")
    before = tree(say.folder / "logs")
    say.edit("logs", "[target]\n", "[target]\nflat = true\n")
    say("open logs")

    said = say(command)

    assert said.status == 2
    assert "'flat' or 'strip_prefix' of job 'logs' changed since its files were named" in said.err
    assert tree(say.folder / "logs") == before


def test_a_mirror_takes_the_file_of_what_only_stands_for_a_left_out_folder_now(say: Driver) -> None:
    say.server.put("logs/2026/", b"content")
    say("get logs/ --to flat --flat --mirror")
    assert (say.folder / "flat" / "2026%2F").read_bytes() == b"content"
    say.server.put("logs/2026/", b"")

    said = say("get --mirror")

    assert said.status == 0, said
    assert "gone from the bucket: 1 file moved to " in said.out
    assert not (say.folder / "flat" / "2026%2F").exists()

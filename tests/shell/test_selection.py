import json

import pytest

from tests.shell.conftest import Driver


def test_whoever_changes_the_filters_sees_those_in_force(say: Driver) -> None:
    added = say("filter add --suffix .gz --newer 7d")
    dropped, cleared = say("filter drop 1"), say("filter clear")

    assert (added.out, added.err) == ("", "filters: suffix .gz; newer than 7d\n")
    assert (dropped.out, dropped.err) == ("", "filters: newer than 7d\n")
    assert (cleared.out, cleared.err) == ("", "no filters: every object is selected\n")


def test_filters_are_json_too(say: Driver) -> None:
    say("filter add --include *.gz")

    assert json.loads(say("filter --json").out) == {"number": 1, "rule": "include *.gz"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("filter add --min-size 2 --max-size 1", "no object can match"),
        ("filter add", "error: "),
        ("filter drop 1", "error: "),
    ],
)
def test_what_is_no_rule_is_refused(say: Driver, line: str, why: str) -> None:
    said = say(line)

    assert (said.status, why in said.err) == (2, True)
    assert say("filter").out == ""


def test_a_list_of_keys_is_a_filter_like_any_other(say: Driver) -> None:
    (say.folder / "wanted.csv").write_text("key\nreadme.txt\nweb/index.html\nno-such-key\n")
    say("filter add --keys-from wanted.csv")

    assert say("filter").lines == ["1\tkeys-from wanted.csv (3)"]
    assert say("ls -R").lines == ["readme.txt", "web/index.html"]
    assert json.loads(say("du --json").lines[-1])["objects"] == 2
    say("filter add --suffix .txt")
    assert say("ls -R").lines == ["readme.txt"]


def test_get_looks_up_the_listed_keys_and_tells_which_are_not_there(say: Driver) -> None:
    (say.folder / "wanted.txt").write_text("readme.txt\nno-such-key\n", encoding="utf-8")
    say("filter add --keys-from wanted.txt")
    assert "objects\t1" in say("preview").lines
    assert not (say.folder / "jobs").exists()

    said = say("get --to out --name mine")

    assert said.status == 1
    assert (say.folder / "out" / "readme.txt").exists()
    assert "no-such-key" in say("failures").out
    [copy] = (say.folder / "jobs").glob("keys-*.csv")
    assert f'keys = "{copy.name}"' in (say.folder / "jobs" / "mine.toml").read_text("utf-8")
    say("filter clear")
    say("open mine")
    assert say("filter").lines == [f"1\tkeys-from {copy.name} (2)"]


def test_a_list_with_nothing_below_here_is_refused(say: Driver) -> None:
    (say.folder / "wanted.txt").write_text("readme.txt\n", encoding="utf-8")
    say("cd logs")

    say("filter add --keys-from wanted.txt")
    assert "no key in the list is below" in say("get").err


@pytest.mark.parametrize(
    "line", ["filter add --min-size 5 MiB", "head readme.txt -c 5 MiB", "set rate 5 MiB"]
)
def test_a_blank_before_a_unit_is_pointed_out(say: Driver, line: str) -> None:
    said = say(line)

    assert said.status == 2
    assert "write the unit right after the number, without a space: 5MiB" in said.err


@pytest.mark.fault("F55")
@pytest.mark.parametrize(
    "command", ["ls -r", "du", "preview", "get --to out", "get --to out --background"]
)
def test_a_regex_that_takes_too_long_is_told_with_the_key(command: str, fresh: Driver) -> None:
    key = "a" * 60 + "b"
    fresh.server.put(key, b"x")
    assert fresh("filter add --regex '(a|a)*$'").status == 0

    said = fresh(command)
    said = fresh("wait") if "background" in command else said

    assert f"error: regex '(a|a)*$' takes too long to match '{key}'" in said.err
    assert said.status == 2

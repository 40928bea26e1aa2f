"""Keys that are written to mislead: a whole session among them, on a terminal and in a pipe."""

import csv
import json
import tomllib
import unicodedata

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, NewDriver, Screen

pytestmark = [pytest.mark.fault("F8")]

KEYS = (
    "red\x1b[31m.txt",
    "\x9b31mred",
    "title\x1b]0;owned\x07",
    "new\nline.txt",
    "cr\rover",
    "tab\there",
    "nel\x85here",
    "rtl\u202egpj.exe",
    "separator\u2028here",
    "zero\u200bwidth",
    'quote",comma;.csv',
    "=HYPERLINK(1)",
    "rocket \U0001f680",
    "[red]markup[/red]",
    "$(touch owned)",
    "%s {0} \\n",
    " spaces ",
)
PREFIX = "evil\x1b]0;owned\x07\u202e/"
_DRIVING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.fixture
def hostile(server: DemoServer, new_driver: NewDriver) -> Driver:
    """Give a shell in a bucket of nothing but such keys, once at the top and once below one."""
    for key in KEYS:
        server.put(key, b"x")
        server.put(PREFIX + key, b"xy")
    return new_driver(server)


def driving(text: str) -> list[str]:
    """Return the lines that could do more to a terminal than show characters."""
    return [
        line
        for line in text.split("\n")
        if any(unicodedata.category(char) in _DRIVING for char in line.replace("\t", ""))
    ]


def quoted(key: str) -> str:
    return f"'{key}'" if "'" not in key else f'"{key}"'


@pytest.mark.parametrize("screen", [False, True], ids=["pipe", "terminal"])
def test_no_command_lets_a_key_drive_the_terminal(
    hostile: Driver, monkeypatch: pytest.MonkeyPatch, *, screen: bool
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # colours are ours, and not what this is about
    hostile.server.fault(
        "status", key="*e*", status=403, message="no \x1b[31m way", operation="get"
    )
    said = []

    for line in (
        *("ls", "ls -l", "ls -R", "ls --json", "tree", "tree --json", "du", "du --json"),
        *("preview --limit 100", "get --to all"),
        *("failures", "failures --by cause", "failures --json", "status", "jobs", "retry"),
        *("refresh", f"cd {quoted(PREFIX)}", "pwd", "ls", "filter add --suffix .txt", "filter"),
        *("save", "get --to some", "failures", "get nosuch\x1b[31m", "stat nosuch\x1b[31m"),
        *("cd nosuch\x1b[31m", "open nosuch\x1b[31m", "status --key nosuch\x1b[31m"),
    ):
        if screen:
            hostile.shell.stdout = Screen()
            hostile.shell.onecmd_plus_hooks(line)
            said.append(hostile.shell.stdout.getvalue())
        else:
            found = hostile(line)
            said += [found.out, found.err]
        said.append(hostile.shell.prompt)

    assert [line for text in said for line in driving(text)] == []
    assert any("\\x1b[31m" in text for text in said)


def test_each_key_that_can_be_typed_is_looked_at_and_fetched(hostile: Driver) -> None:
    typed = [key for key in KEYS if len(key.splitlines()) == 1]

    for number, key in enumerate(typed):
        assert hostile(f"get {quoted(key)} --to {number} --name {number}").status == 0
        assert json.loads(hostile(f"status --key {quoted(key)} --json").out)["key"] == key
        assert json.loads(hostile(f"stat {quoted(key)} --json").out)["key"] == key

    for number in range(len(typed)):
        assert [path.read_bytes() for path in (hostile.folder / str(number)).iterdir()] == [b"x"]


def test_lists_for_programs_hold_the_very_keys(hostile: Driver) -> None:
    hostile.server.fault("status", status=403, operation="get", key="*")
    every = sorted([*KEYS, *(PREFIX + key for key in KEYS)])

    hostile("get --to all")
    hostile("failures --csv mine.csv")

    assert sorted(json.loads(line)["key"] for line in hostile("failures --json").lines) == every
    assert sorted(json.loads(line)["key"] for line in hostile("ls -R --json").lines) == every
    for path in (hostile.folder / "all" / ".oss-failed.csv", hostile.folder / "mine.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert sorted(row["key"] for row in csv.DictReader(file)) == every


def test_a_job_below_a_hostile_prefix_is_saved_and_opened(hostile: Driver) -> None:
    hostile(f"cd {quoted(PREFIX)}")
    hostile("save mine")
    text = (hostile.folder / "jobs" / "mine.toml").read_text(encoding="utf-8")
    hostile("cd oss://demo-bucket/")

    hostile("open mine")
    got = hostile("get --to here")

    assert driving(text) == []
    assert tomllib.loads(text)["source"]["prefix"] == PREFIX
    assert hostile.session.place.prefix == PREFIX
    assert got.status == 0
    assert len([path for path in (hostile.folder / "here").rglob("*") if path.is_file()]) == len(
        KEYS
    )

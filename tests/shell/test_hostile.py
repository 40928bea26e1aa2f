"""Keys and answers that want to drive the terminal, or to mislead: nothing of it arrives there."""

import csv
import json
import re
import sys
import unicodedata

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, Screen

pytestmark = [pytest.mark.fault("F8")]

TITLE, CLEAR, REVERSED = "\x1b]0;owned\x07", "\x1b[2J", "\u202egnp.exe"
KEYS = (
    "red\x1b[31m.txt",
    "\x9b31mred",
    f"title{TITLE}",
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
PREFIX = f"evil{TITLE}{CLEAR}{REVERSED}\r\x9b31m\b/"
HEADERS = {"x-oss-request-id": f"id{CLEAR}{TITLE}", "x-oss-ec": CLEAR, "content-type": TITLE}
_DRIVING = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.fixture
def server(server: DemoServer) -> DemoServer:
    """Give a bucket of nothing but such keys, once at the top and once below one."""
    for key in KEYS:
        server.put(key, b"x")
        server.put(PREFIX + key, b"xy", meta={"note": "fine"})
    return server


def fail(server: DemoServer) -> None:
    """Let some objects be refused, in words that want to drive the terminal, too."""
    denied = {"status": 403, "operation": "get"}
    server.fault("status", key="*red*", message="no \x1b[31m way", headers=HEADERS, **denied)
    server.fault("status", key="*here", status=400, code="Odd", message=f"w{REVERSED}")


def driving(text: str) -> list[str]:
    """Return the lines that could do more to a terminal than show characters."""
    return [
        line
        for line in text.split("\n")
        if any(unicodedata.category(char) in _DRIVING for char in line.replace("\t", ""))
    ]


def quoted(key: str) -> str:
    return f"'{key}'" if "'" not in key else f'"{key}"'


def lines() -> list[str]:
    key, missing = quoted(KEYS[0]), f"nosuch{PREFIX}"
    return [
        *("ls", "ls -l", "ls -R", "ls --json", "tree", "tree --json", "du", "du --json"),
        *(f"stat {key}", f"stat {key} --json", "preview --limit 100", "get --to all"),
        *("failures", "failures --by cause", "failures --json", "failures --by cause --json"),
        *("status", f"status --key {key}", "jobs", "jobs --json", "retry", "refresh", "buckets"),
        *(f"cd {quoted(PREFIX)}", "pwd", "ls", "filter add --suffix .txt", "filter"),
        *("save", "get --to some", "failures"),
        *(f"{command} {quoted(missing)}" for command in ("get", "stat", "cd", "open", "save")),
        *(f"{option} {quoted(missing)}" for option in ("status --key", "retry --only", "wait")),
        *(f"connect {option} {quoted(missing)}" for option in ("--profile", "--endpoint")),
        *(f"get --from {quoted(missing)}", f"filter add --suffix {quoted(missing)}"),
        quoted(missing),
    ]


@pytest.mark.parametrize(
    ("screen", "debug"),
    [(False, "false"), (False, "true"), (True, "false")],
    ids=["pipe", "debug", "terminal"],
)
def test_no_command_lets_a_key_or_an_answer_drive_the_terminal(
    fresh: Driver, monkeypatch: pytest.MonkeyPatch, *, screen: bool, debug: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # colours are ours, and not what this is about
    fresh(f"set debug {debug}")
    (fresh.folder / "jobs").mkdir()
    name = "broken" if sys.platform == "win32" else f"broken{CLEAR}"  # Windows refuses such names
    (fresh.folder / "jobs" / f"{name}.toml").write_text(f"{TITLE} = 1\n[x", encoding="utf-8")
    fail(fresh.server)
    said = []

    for line in lines():
        if screen:
            fresh.shell.stdout = Screen()
            fresh.shell.onecmd_plus_hooks(line)
            said.append(fresh.shell.stdout.getvalue())
        else:
            found = fresh(line)
            said += [found.out, found.err]
            assert debug == "true" or "Traceback" not in found.err, line
        said.append(fresh.shell.prompt)

    assert [line for text in said for line in driving(text)] == []
    assert any("\\x1b[31m" in text for text in said)


def test_a_terminal_sees_nothing_of_it_in_prompt_tables_bar_toolbar_and_tab(
    server: DemoServer, own: Launcher
) -> None:
    server.put(f"{PREFIX}large", size=600_000)
    fail(server)
    server.fault("slow", rate=300_000)

    with own.terminal(f"oss://demo-bucket/{PREFIX}") as terminal:
        terminal.until(r"\\u202egnp.exe.*/>")
        for line, seen in (
            ("ls -l", "Standard"),
            ("get --to out", "not complete"),
            ("failures", "denied"),
            ("failures --by cause", "for support"),
            ("retry --background", "in the background"),
            ("wait", "not complete"),
            ("jobs", "failed"),
        ):
            terminal.type(line)
            terminal.until(f"{seen}[\\s\\S]*/>")
        terminal.type("ls ", end="\t")
        terminal.type("", end="\x03")
        terminal.type("quit")
        terminal.process.wait(60)

        assert "owned" in terminal.text  # escaped
        # The toolbar and prompt redraw themselves with codes of their own, but never with these.
        assert not re.search(r"owned\x07|\x1b\]0;|\u202e|\x9b|\x1b\[2J(?!\x1b\[H)", terminal.text)


def test_each_key_that_can_be_typed_is_looked_at_and_fetched(fresh: Driver) -> None:
    typed = [key for key in KEYS if len(key.splitlines()) == 1]

    for number, key in enumerate(typed):
        assert fresh(f"get {quoted(key)} --to {number} --name {number}").status == 0
        assert json.loads(fresh(f"status --key {quoted(key)} --json").out)["key"] == key
        assert json.loads(fresh(f"stat {quoted(key)} --json").out)["key"] == key

    for number in range(len(typed)):
        assert [path.read_bytes() for path in (fresh.folder / str(number)).iterdir()] == [b"x"]


def test_lists_for_programs_hold_the_very_keys(fresh: Driver) -> None:
    fresh.server.fault("status", status=403, operation="get", key="*")
    every = sorted([*KEYS, *(PREFIX + key for key in KEYS)])

    fresh("get --to all")
    fresh("failures --csv mine.csv")

    assert sorted(json.loads(line)["key"] for line in fresh("failures --json").lines) == every
    assert sorted(json.loads(line)["key"] for line in fresh("ls -R --json").lines) == every
    for path in (fresh.folder / "all" / ".oss-failed.csv", fresh.folder / "mine.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert sorted(row["key"] for row in csv.DictReader(file)) == every

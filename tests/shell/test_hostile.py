"""A bucket whose every word wants to drive the terminal: nothing of it ever arrives there."""

import re
import sys

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, NewDriver

TITLE, CLEAR, REVERSED = "\x1b]0;owned\x07", "\x1b[2J", "\u202egnp.exe"
HOSTILE = f"{TITLE}{CLEAR}{REVERSED}\r\x9b31m\b"
# What our own colours, bars and prompts use; everything else is somebody else's.
EVIL = re.compile(r"owned\x07|\x1b\]0;|\x07|\x1b\[2J(?!\x1b\[H)|\u202e|\x9b|\x08")
COMMANDS = (
    "ls", "ls -l", "ls -R", "ls --json", "cd {folder}", "pwd", "stat {key}", "stat {key} --json",
    "filter add --exclude nothing", "filter", "preview", "get --to out", "failures",
    "failures --json", "failures --by cause", "failures --by cause --json", "status",
    "status --key {key}", "jobs", "jobs --json", "refresh", "retry", "get nowhere{key}",
    "cd nowhere{key}", "open {job}", "save {job}", "retry --only {job}", "get --from {job}",
    "connect --profile {job}",
    "connect --endpoint {job}", "filter add --suffix *{job}", "buckets", "nonsense{job}",
    "wait {job}",
)  # fmt: skip
HEADERS = {
    "x-oss-request-id": f"id{CLEAR}{TITLE}",
    "x-oss-ec": CLEAR,
    "content-type": TITLE,
}


@pytest.fixture
def hostile(server: DemoServer) -> DemoServer:
    for name in ("a", "b", "c"):
        server.put(f"{HOSTILE}/{name}{HOSTILE}", b"x", meta={"note": "fine"})
    server.put(f"{HOSTILE}/large", size=600_000)
    server.fault(
        "status", key="*/b*", status=403, code="AccessDenied", message="no", headers=HEADERS
    )
    server.fault("status", key="*/c*", status=400, code="Odd", message=f"w{REVERSED}")
    return server


@pytest.fixture
def say(hostile: DemoServer, new_driver: NewDriver) -> Driver:
    return new_driver(hostile)


def lines() -> list[str]:
    key = f"{HOSTILE}/b{HOSTILE}"
    return [
        command.format(folder=f"'{HOSTILE}'", key=f"'{key}'", job=f"'{HOSTILE}'")
        for command in COMMANDS
    ]


@pytest.mark.fault("F8")
@pytest.mark.parametrize("debug", ["false", "true"])
def test_no_command_lets_a_key_or_an_answer_reach_the_terminal(say: Driver, debug: str) -> None:
    say(f"set debug {debug}")
    (say.folder / "jobs").mkdir()
    name = "broken" if sys.platform == "win32" else f"broken{CLEAR}"  # Windows refuses such names
    (say.folder / "jobs" / f"{name}.toml").write_text(f"{TITLE} = 1\n[x", encoding="utf-8")

    for line in lines():
        said = say(line)
        assert not EVIL.search(said.out), line
        assert not EVIL.search(said.err), line
        assert debug == "true" or "Traceback" not in said.err, line
    assert not EVIL.search(say.shell.prompt)


@pytest.mark.fault("F8")
@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_sees_nothing_of_it_in_prompt_tables_bar_toolbar_and_tab(
    hostile: DemoServer, launch: Launcher
) -> None:
    hostile.fault("slow", rate=300_000)

    with launch.on(hostile).terminal(f"oss://demo-bucket/{HOSTILE}/") as terminal:
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

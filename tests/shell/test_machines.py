"""Programs that read what commands print: JSON lines, tab-separated lines, and nothing between."""

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from ossh.console.argparse_internals import actions
from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, NewDriver, Screen, commands
from tests.shell.examples import PARSERS, PREPARED, lines

# What is typed behind a command, where it needs more than its name.
ARGUMENTS = {
    "du": "logs",
    "filter": "",
    "ls": "-lr awkward photos",
    "stat": "readme.txt",
    "tree": "photos",
    "preview": "photos",
}
# What a person reads as a whole also where it is piped: no list.
SHEETS = {"preview", "verify", "tree"}
LISTS = [
    prog
    for prog, parser in PARSERS.items()
    if any("--json" in action.option_strings for action in actions(parser))
    and prog != "url"  # a single line, with a warning that is always given
    and prog not in {"get", "resume", "retry"}  # events of a run: see test_events.py
]
WORD = 20  # characters of what cannot be broken: a name, an address
TALK = 2  # exit status up to which a command has still said what it had to say


@pytest.fixture(params=LISTS)
def line(
    request: pytest.FixtureRequest, teaching: DemoServer, new_driver: NewDriver
) -> Iterator[tuple[Driver, str]]:
    """Give each command that prints a list, with a shell in which it has something to print."""
    say, prog = new_driver(teaching), request.param
    prepared = {"filter": lines("filter add --suffix .gz --min-size 1KiB"), **PREPARED}
    prepared.get(prog, lines())(say, teaching)
    yield say, f"{prog} {ARGUMENTS.get(prog, '')}".strip()
    say.shell.park()


def test_lists_are_known() -> None:
    assert {"ls", "jobs", "buckets", "failures", "preview", "filter", "stat"} <= set(LISTS)


def test_json_is_one_object_a_line_and_nothing_else(line: tuple[Driver, str]) -> None:
    say, command = line

    said = say(f"{command} --json")

    assert said.status < TALK, said
    assert said.lines
    for one in said.lines:
        assert one.isprintable()
        assert isinstance(json.loads(one), dict)


def test_piped_lines_are_fields_between_tabs(line: tuple[Driver, str]) -> None:
    say, command = line

    said = say(command)

    assert said.status < TALK, said
    assert said.lines
    assert "\x1b" not in said.out
    assert all(one.replace("\t", "").isprintable() for one in said.lines)
    if command.split()[0] not in SHEETS:
        assert all("\t" in one for one in said.lines)


def test_quiet_leaves_nothing_but_results(line: tuple[Driver, str]) -> None:
    say, command = line
    loud = say(command)
    say.shell.quiet = True

    said = say(command)

    assert said.err == ""
    assert len(said.lines) == len(loud.lines)


def test_forty_columns_show_all_but_long_names(
    line: tuple[Driver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    say, command = line
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    before, say.shell.stdout = say.shell.stdout, screen
    try:
        say.shell.onecmd_plus_hooks(command)
    finally:
        say.shell.stdout = before

    shown = screen.getvalue()

    assert shown.strip()
    assert "\x1b" not in shown
    facts = [one for one in shown.splitlines() if one.startswith("  ")]
    broken = [one for one in facts if max(map(len, [*one.split(), ""])) < WORD]
    assert [one for one in broken if len(one) > 40] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a console there has its own encoding")
def test_a_plain_console_gets_every_list(run: Launcher) -> None:
    listing = [
        f"{prog} {ARGUMENTS.get(prog, '')}{end}" for prog in LISTS for end in ("", " --json")
    ]
    before = ["get awkward/ --to awkward", "filter add --exclude *.none"]
    given = commands(*before, *listing)

    done = run.in_bytes("oss://demo-bucket/", *given, LC_ALL="C", PYTHONIOENCODING="ascii")

    assert done.stdout.isascii()
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


@pytest.mark.fault("F48")
@pytest.mark.skipif(sys.platform == "win32", reason="needs head")
@pytest.mark.parametrize(
    "typed",
    [["ls -R", "ls -R"], ["ls -lR --json"], ["help -v"], ["buckets"], ["preview"]],
    ids=" ".join,
)
def test_a_reader_that_has_had_enough_is_no_error(run: Launcher, typed: list[str]) -> None:
    line = shlex.join(run.command("oss://demo-bucket/", *commands(*typed)))

    done = subprocess.run(  # noqa: S602 - only a shell makes a pipe
        f"{line} | head -n 1",
        shell=True,
        cwd=run.folder,
        env=run.environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""

"""Help: every command's examples work as they stand, and a slip of the finger is understood."""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.session import Session
from ossh.shell.app import OsshShell
from ossh.shell.arguments import Parser
from ossh.shell.commands import all_sets
from ossh.shell.overview import WISHES
from tests.shell.conftest import Driver, NewDriver

Prepare = Callable[[Driver, DemoServer], None]

USAGE = 2  # exit status of what cannot be done now


def shell() -> OsshShell:
    session = Session(environ={}, home=Path("home"), jobs_directory=Path("jobs").absolute())
    return OsshShell(session, command_sets=all_sets())


def parsers() -> Iterator[Parser]:
    """Yield the parser of every command that is shown, and of its subcommands."""
    app = shell()
    for name in app.get_visible_commands():
        parser = app.command_parsers.get(getattr(app, f"do_{name}"))
        assert isinstance(parser, Parser), name
        yield from below(parser)


def below(parser: Parser) -> Iterator[Parser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                assert isinstance(one, Parser)
                yield from below(one)


PARSERS = {parser.prog: parser for parser in parsers()}
EXAMPLES = [
    pytest.param(prog, example, id=example.replace("/", "|"))
    for prog, parser in PARSERS.items()
    for example in parser.examples
]


def lines(*commands: str) -> Prepare:
    """Return what prepares an example: command lines that go well."""

    def prepare(say: Driver, _server: DemoServer) -> None:
        for command in commands:
            said = say(command)
            assert said.status in {0, 1}, (command, said)

    return prepare


def script(_say: Driver, _server: DemoServer) -> None:
    Path("night.ossh").write_text("pwd\n", encoding="utf-8")


def failed(say: Driver, server: DemoServer) -> None:
    server.fault("status", key="photos/*", status=403, code="AccessDenied")
    say("get photos/")
    server.clear_faults()


def typed(say: Driver, _server: DemoServer) -> None:
    for _ in range(3):
        say.shell.onecmd_plus_hooks("pwd", add_to_history=True)


def profile(say: Driver, _server: DemoServer) -> None:
    folder = say.session.home / ".aliyun"
    folder.mkdir(parents=True)
    keys = {"access_key_id": "id", "access_key_secret": "secret"}
    known = {"profiles": [{"name": "work", "mode": "AK", "region_id": "cn-hangzhou", **keys}]}
    (folder / "config.json").write_text(json.dumps(known), encoding="utf-8")


def data_folder(_say: Driver, _server: DemoServer) -> None:
    Path("~/data").expanduser().mkdir(parents=True)


JOB = ("get logs/2026 --to files --name logs-2026", "get logs/ --to logs --name logs")
RUNNING = lines("set rate 1000", "get --background video/")
PREPARED: dict[str, Prepare] = {
    "alias delete": lines("alias create ll ls -l"),
    "connect": profile,
    "failures": lines("get archive/"),
    "filter drop": lines("filter add --suffix .gz"),
    "history": typed,
    "jobs": lines(*JOB),
    "jobs clean": lines(*JOB),
    "jobs remove": lines(*JOB),
    "jobs show": lines(*JOB),
    "lcd": data_folder,
    "macro delete": lines("macro create day ls {1}"),
    "open": lines(*JOB),
    "pause": RUNNING,
    "refresh": lines(*JOB),
    "report": lines(*JOB),
    "resume": RUNNING,
    "retry": failed,
    "run_script": script,
    "status": lines(*JOB),
    "stop": RUNNING,
    "verify": lines(*JOB),
    "wait": lines("get --background photos/"),
}
# An editor takes the terminal, the guide asks questions: neither has anybody here.
NEEDS_A_PERSON = {"edit", "guide"}


@pytest.mark.parametrize("prog", PARSERS)
def test_the_help_of_every_command_ends_with_examples_of_it(prog: str) -> None:
    parser = PARSERS[prog]

    shown = parser.format_help().rstrip().splitlines()

    assert parser.examples, f"{prog} has no example"
    assert shown[-1].removeprefix("example:").strip() == parser.examples[-1]
    own = {prog, "!"} if prog == "shell" else {prog}
    assert all(example.startswith(tuple(own)) for example in parser.examples)


@pytest.mark.parametrize(("prog", "example"), EXAMPLES)
def test_every_example_works_as_it_stands(  # noqa: PLR0913 - what an example needs
    prog: str,
    example: str,
    teaching: DemoServer,
    new_driver: NewDriver,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if prog in NEEDS_A_PERSON:
        pytest.skip("needs a person")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    say = new_driver(teaching)
    try:
        PREPARED.get(prog, lines())(say, teaching)

        said = say(example)

        assert said.status == 0, said
        assert "Traceback" not in said.err
    finally:
        say.shell.park()


def test_help_groups_the_commands_by_what_one_wants_to_do(say: Driver) -> None:
    said = say("help")

    shown = said.out.splitlines()
    wishes = [line for line in shown if line in WISHES.values()]
    assert wishes == list(WISHES.values())
    assert set(say.shell.get_visible_commands()) <= set(said.out.split())
    assert max(map(len, shown)) <= 80
    assert len(shown) < 24  # a screen


def test_help_of_everything_and_of_an_alias(say: Driver) -> None:
    assert "Download" in say("help -v").out
    assert "Usage: quit" in say("help exit").out
    assert say("help nonsense").status == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gte", "did you mean 'get'?"),
        ("download", "did you mean 'get'?"),
        ("previw", "did you mean 'preview'?"),
        ("get --bakground", "did you mean '--background'?"),
        ("filter ad", "did you mean 'add'?"),
        ("filter add --sufix .gz", "did you mean '--suffix'?"),
        ("ls --sort sise", "did you mean 'size'?"),
    ],
)
def test_what_was_meant_is_suggested(say: Driver, typed: str, meant: str) -> None:
    said = say(typed)

    assert said.status in {1, USAGE, 127}
    assert meant in said.err


def test_a_word_like_no_other_is_only_told_of_help(say: Driver) -> None:
    assert "did you mean" not in say("xyzzy").err
    assert "did you mean" not in say("ls --xyzzy").err

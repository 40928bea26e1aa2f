"""What every command of the shell needs so that its examples work in the built-in bucket."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from ossh.console.argparse_internals import Parser, subcommands
from ossh.demo import DemoServer
from ossh.session import Session
from ossh.shell.app import OsshShell
from tests.shell.conftest import Driver

Prepare = Callable[[Driver, DemoServer], None]


def shell() -> OsshShell:
    session = Session(environ={}, home=Path("home"), jobs_directory=Path("jobs").absolute())
    return OsshShell(session)


def parsers() -> Iterator[Parser]:
    """Yield the parser of every command that is shown, and of its subcommands."""
    app = shell()
    for name in app.get_visible_commands():
        parser = app.command_parsers.get(getattr(app, f"do_{name}"))
        assert isinstance(parser, Parser), name
        yield from below(parser)


def below(parser: Parser) -> Iterator[Parser]:
    yield parser
    for one in subcommands(parser).values():
        assert isinstance(one, Parser)
        yield from below(one)


PARSERS = {parser.prog: parser for parser in parsers()}


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
    server.fault("status", key="photos/*", status=403)
    say("get photos/ --name logs-2026")
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
    "failures": lines("get archive/ --name logs-2026"),
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
    "resume": lines(*JOB),
    "retry": failed,
    "run_script": script,
    "status": lines(*JOB),
    "stop": RUNNING,
    "verify": lines(*JOB),
    "wait": lines("get --background photos/"),
}

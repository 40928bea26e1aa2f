"""The examples at the end of a command's help work as they stand."""

import re

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import NewDriver


@pytest.mark.parametrize("command", ["verify", "report", "doctor"])
def test_the_example_of_the_help_works(
    server: DemoServer, new_driver: NewDriver, command: str
) -> None:
    server.put("logs/a.gz", b"a")
    say = new_driver(server)
    say("get logs/")
    examples = re.findall(rf"(?m)^\s*(?:examples?: )?({command}\b.*)$", say(f"help {command}").out)

    said = [say(line.strip()) for line in examples[-1:]]

    assert [one.status for one in said] == [0], (examples, said)

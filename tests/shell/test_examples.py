"""The examples at the end of a command's help work as they stand."""

import re

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import NewDriver


@pytest.mark.parametrize("command", ["verify", "report", "doctor"])
def test_the_example_of_the_help_works(fresh: Driver, command: str) -> None:
    fresh.server.put("logs/a.gz", b"a")
    fresh("get logs/")
    examples = re.findall(rf"(?m)^\s*(?:examples?: )?({command}\b.*)$", fresh(f"help {command}").out)

    said = [fresh(line.strip()) for line in examples[-1:]]

    assert [one.status for one in said] == [0], (examples, said)

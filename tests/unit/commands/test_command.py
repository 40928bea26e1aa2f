import pytest

from ossh import commands
from ossh.console.parser import Parser


@pytest.mark.parametrize("name", commands.NAMES)
def test_each_command_is_read_without_cmd2(name: str) -> None:
    assert commands.named(name).parser(Parser, prog=name).format_help().startswith(f"usage: {name}")

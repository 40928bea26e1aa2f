import argparse
import re
from dataclasses import fields

import pytest

from ossh.command_line.options import parser
from ossh.commands.connection_options import add_connection
from ossh.session import Options


def test_each_kind_is_an_option_of_a_connection() -> None:
    reader = argparse.ArgumentParser()
    add_connection(reader)

    chosen = vars(reader.parse_args(["--dual-stack"]))

    assert chosen.keys() <= {field.name for field in fields(Options)}
    assert [name for name, value in chosen.items() if value] == ["dual_stack"]


def test_no_word_stands_alone_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    said = parser().format_help()

    assert "explore a bucket, choose\nwhat you want, and download" in said
    assert re.findall(r"(?m)^ {0,2}[a-z]+$", said) == []

"""The manual page says what the program is."""

import argparse
import re
import shutil
import subprocess

import pages
import pytest

from ossh.command_line.options import parser

PAGE = pages.DOCS / pages.MANUAL


def test_every_option_and_command_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")

    for flag, action in parser()._option_string_actions.items():
        assert (flag in text) is (action.help != argparse.SUPPRESS)
    for name in ("connect", "ls", "filter", "preview", "get", "verify", "set"):
        told = re.search(rf"\n\\fB{name}\\fR\n(.*)\n", text)
        assert told is not None
        assert len(told[1].split()) > 2, f"nothing is said of {name}"


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here to read it")
def test_groff_reads_it_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(PAGE)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "oss://my-bucket/logs/" in done.stdout

"""The manual page says what the program is."""

import shutil
import subprocess

import pages
import pytest

from ossh.command_line.options import parser

PAGE = pages.DOCS / pages.MANUAL


def test_every_option_and_command_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("\\-", "-")

    for flag in parser()._option_string_actions:
        assert flag in text
    for name in ("connect", "ls", "filter", "preview", "get", "verify", "set"):
        assert f"\n\\fB{name}\\fR\n" in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff here to read it")
def test_groff_reads_it_without_a_warning() -> None:
    command = ["groff", "-man", "-ww", "-Tutf8", str(PAGE)]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert "oss://my-bucket/logs/" in done.stdout

"""Scripts for other shells, tried in those shells as far as they are here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ossh import installation
from ossh.command_line.completion_scripts import SCRIPTS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")

needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")


def run(shell: str, code: str, folder: Path, *arguments: str) -> list[str]:
    """Run code in a shell, in a folder, with `ossh` on its path; return what it printed, sorted."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    ossh = programs / "ossh"
    root = Path(installation.__file__).parents[1]
    ossh.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m ossh "$@"\n')
    ossh.chmod(0o700)
    done = subprocess.run(
        [shell, *arguments, "-c", code],
        cwd=folder / "here",
        env={"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return sorted(done.stdout.splitlines())


def bash(folder: Path, line: str, *broken: str) -> list[str]:
    """Return what bash would complete a line to; `broken` is its last word as bash breaks it."""
    word = broken[-1] if broken else line.rpartition(" ")[2]
    code = SCRIPTS["bash"] + (
        f"COMP_LINE='{line}'; COMP_POINT={len(line)}; COMP_WORDS=('{word}'); COMP_CWORD=0; "
        '_ossh; for one in "${COMPREPLY[@]}"; do echo "<$one>"; done'
    )
    return [line[1:-1] for line in run("bash", code, folder, "--norc")]


def fish(folder: Path, line: str) -> list[str]:
    """Return what fish would complete a line to, without the descriptions."""
    code = SCRIPTS["fish"] + f'complete -C"{line}"\n'
    return [line.partition("\t")[0] for line in run("fish", code, folder, "--no-config")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "here"
    (here / "with space").mkdir(parents=True)
    (here / "logs.toml").touch()
    return tmp_path


def test_bash_completes_commands_and_their_options(folder: Path) -> None:
    assert bash(folder, "ossh pre") == ["preview"]
    assert bash(folder, "ossh get --str") == ["--strip-prefix"]
    assert bash(folder, "ossh --jo") == ["--jobs-dir"]


def test_bash_completes_what_an_option_takes(folder: Path) -> None:
    assert bash(folder, "ossh --completion ") == sorted(SCRIPTS)
    assert bash(folder, "ossh get --to ") == ["with space"]
    assert bash(folder, "ossh -t ") == ["logs.toml", "with space"]
    assert bash(folder, "ossh ls --profile lo") == []


def test_bash_completes_a_job_or_a_script_where_no_command_begins_so(folder: Path) -> None:
    assert bash(folder, "ossh lo") == ["logs.toml"]


def test_bash_completes_keys_although_it_breaks_words_at_colons(folder: Path) -> None:
    line = "ossh ls --demo oss://demo-bucket/read"

    assert bash(folder, line, "//demo-bucket/read") == ["//demo-bucket/readme.txt"]


@needs_zsh
def test_zsh_takes_the_script(folder: Path) -> None:
    code = f"autoload -Uz compinit; compinit -u -d {folder}/dump\n{SCRIPTS['zsh']}"

    assert run("zsh", f"{code}\nprint $_comps[ossh]", folder, "-f") == ["_ossh"]


@needs_fish
def test_fish_completes_commands_options_keys_and_files(folder: Path) -> None:
    assert fish(folder, "ossh pre") == ["preview"]
    assert fish(folder, "ossh --jo") == ["--jobs-dir"]
    assert fish(folder, "ossh --completion ") == sorted(SCRIPTS)
    assert fish(folder, "ossh ls --demo read") == ["readme.txt"]
    assert fish(folder, "ossh get --to ") == ["with space/"]
    assert fish(folder, "ossh lo") == ["logs.toml"]

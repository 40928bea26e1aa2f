"""Scripts for other shells, tried in those shells as far as they are here."""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ossh.command_line.completion_scripts import script
from ossh.command_line.options import SHELLS, parser
from ossh.console.argparse_internals import option_strings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells of POSIX")

needs_zsh = pytest.mark.skipif(shutil.which("zsh") is None, reason="no zsh here")
needs_fish = pytest.mark.skipif(shutil.which("fish") is None, reason="no fish here")


def run(shell: str, code: str, folder: Path, *arguments: str) -> list[str]:
    """Run code in a shell, in a folder, and return the lines that it printed, sorted."""
    done = subprocess.run(
        [shell, *arguments, "-c", code],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return sorted(done.stdout.splitlines())


def bash(folder: Path, *words: str) -> list[str]:
    """Return what bash would complete the last word to."""
    code = script("bash", parser()) + (
        f"COMP_WORDS=(ossh {' '.join(repr(word) for word in words)}); COMP_CWORD={len(words)}; "
        '_ossh; for one in "${COMPREPLY[@]}"; do echo "<$one>"; done'
    )
    return [line[1:-1] for line in run("bash", code, folder, "--norc")]


def fish(folder: Path, line: str) -> list[str]:
    """Return what fish would complete a line to, without the descriptions."""
    code = script("fish", parser()) + f'complete -C"{line}"\n'
    return [line.partition("\t")[0] for line in run("fish", code, folder, "--no-config")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "with space").mkdir()
    (tmp_path / "logs.toml").touch()
    return tmp_path


def test_every_option_is_told_with_what_it_takes() -> None:
    text = script("fish", parser())

    assert "-l demo -d" in text
    assert "-l profile -x -d" in text
    assert "-s t -r -F -d" in text
    assert "-l jobs-dir -x -a '(__fish_complete_directories)' -d" in text
    assert "-l completion -x -a 'bash zsh fish powershell' -d" in text


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_knows_every_option(shell: str) -> None:
    text = script(shell, parser())

    assert all(flag.lstrip("-") in text for flag in option_strings(parser()))


def test_help_may_hold_what_a_shell_takes_for_its_own() -> None:
    cli = argparse.ArgumentParser(add_help=False)
    cli.add_argument("--way", help="who's [there]: a:b")

    assert "'*--way[who'\\''s \\[there\\]\\: a\\:b]:value: '" in script("zsh", cli)
    assert "-d 'who\\'s [there]: a:b'" in script("fish", cli)
    assert "'--way' = 'who''s [there]: a:b'" in script("powershell", cli)


def test_bash_completes_options(folder: Path) -> None:
    assert bash(folder, "--jo") == ["--jobs-dir"]
    assert "--demo" in bash(folder, "--demo", "-")


def test_bash_completes_what_an_option_takes(folder: Path) -> None:
    assert bash(folder, "--completion", "") == sorted(SHELLS)
    assert bash(folder, "--jobs-dir", "") == ["with space"]
    assert bash(folder, "-t", "") == ["logs.toml", "with space"]
    assert bash(folder, "--profile", "lo") == []


def test_bash_completes_a_job_or_a_script(folder: Path) -> None:
    assert bash(folder, "lo") == ["logs.toml"]


@needs_zsh
def test_zsh_takes_the_script(folder: Path) -> None:
    code = f"autoload -Uz compinit; compinit -u -d {folder}/dump\n{script('zsh', parser())}"

    assert run("zsh", f"{code}\nprint $_comps[ossh]", folder, "-f") == ["_ossh"]


@needs_fish
def test_fish_completes_options_and_files(folder: Path) -> None:
    assert fish(folder, "ossh --jo") == ["--jobs-dir"]
    assert fish(folder, "ossh --completion ") == sorted(SHELLS)
    assert fish(folder, "ossh --jobs-dir ") == ["with space/"]
    assert fish(folder, "ossh lo") == ["logs.toml"]

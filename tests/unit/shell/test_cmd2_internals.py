"""What ossh touches of other packages beyond their documentation: a failure names what changed."""

import argparse
import ast
import inspect
import io
import re
import sys
from pathlib import Path

import cmd2
import pytest
from catalogs import OF_ARGPARSE, OF_PARSERS
from cmd2.utils import ProcReader

from ossh.shell import cmd2_internals
from ossh.shell.cmd2_internals import _REMARKS
from ossh.shell.console import ShellConsole


def test_what_follows_a_pipe_tells_its_exit_status() -> None:
    names = ProcReader.__init__.__code__.co_names

    assert "_proc" in names, "cmd2 changed: ProcReader keeps its process under another name"


def test_a_request_for_help_is_told_from_a_mistake() -> None:
    shell = ShellConsole()
    shell.stdout = io.StringIO()

    with pytest.raises(cmd2.SkipPostcommandHooks) as ended:
        shell.onecmd("alias --help")

    assert cmd2_internals.asked_for_help(ended.value), "cmd2 changed: help is no SystemExit"


# --- argparse's words

# What argparse says to whoever writes a parser, and what it says nowhere in ossh.
UNMET = {
    "invalid %(type)s value: %(value)r",
    ".__call__() not defined",
    "conflicting subparser: %s",
    "conflicting subparser alias: %s",
    "unknown parser %(parser_name)r (choices: %(choices)s)",
    "command '%(parser_name)s' is deprecated",
    "option '%(option)s' is deprecated",
    "argument '%(argument_name)s' is deprecated",
    'argument "-" with mode %r',
    "can't open '%(filename)s': %(error)s",
    "cannot merge actions - two groups are named %r",
    "'required' is an invalid argument for positionals",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "conflicting option string: %s",
    "conflicting option strings: %s",
    "mutually exclusive arguments must be optional",
    "cannot have multiple subparser arguments",
    "unexpected option string: %s",
    "%r is not callable",
    "%(heading)s:",
    " (default: %(default)s)",
    "%(prog)s: error: %(message)s\n",
    "%(prog)s: warning: %(message)s\n",
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)",
}


def said_by_argparse() -> set[str]:
    tree = ast.parse(inspect.getsource(argparse))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    looked_up = [one for one in calls if getattr(one.func, "id", "") in {"_", "ngettext"}]
    words = [word for one in looked_up for word in one.args if isinstance(word, ast.Constant)]
    return {word.value for word in words if isinstance(word.value, str)}


def test_argparse_says_what_we_know_and_nothing_else() -> None:
    known = {
        one
        for message in OF_ARGPARSE
        for one in ([message] if isinstance(message, str) else message)
    }

    new = said_by_argparse() - known - UNMET - set(OF_PARSERS)
    gone = known - said_by_argparse()

    assert new == set(), f"argparse of Python {sys.version} changed: it says {new}"
    assert gone == set(), f"argparse of Python {sys.version} changed: it no longer says {gone}"


@pytest.mark.usefixtures("in_chinese")
def test_argparse_complains_in_the_language_that_is_spoken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = argparse.ArgumentParser(prog="it")
    parser.add_argument("--pair", nargs=2)

    with pytest.raises(SystemExit):
        parser.parse_args(["--pair", "one"])

    said = capsys.readouterr().err
    assert "参数 --pair：需要 2 个值" in said, "argparse changed: it looks its words up elsewhere"
    assert "用法：it" in said


# --- cmd2's words

REMARKED = [
    "alias create l help",
    "alias create l help -v",
    "alias list nothing",
    "alias delete nothing",
    "alias delete",
    "alias delete l",
    "alias delete --all",
    "alias create help x",
    'alias create "a b" x',
    "macro create m help {1}",
    "macro create m help {1} -v",
    "macro list nothing",
    "macro delete nothing",
    "macro delete",
    "macro delete m",
    "macro delete --all",
    "help 'x",
    "help > missing/file",
    "help | exit 3",
    "history -o lines.txt",
    "set timing true",
    "help set",
]


def test_every_remark_of_cmd2_is_one_that_it_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shell, said = cmd2.Cmd(), list[str]()
    for name in ("perror", "pfeedback"):
        monkeypatch.setattr(shell, name, lambda *what, **_how: said.extend(map(str, what)))

    for line in REMARKED:
        shell.onecmd_plus_hooks(line)

    for pattern, *_words in _REMARKS:
        if sys.platform == "win32" and pattern.startswith("Pipe process"):
            continue  # its shell takes a while to start, and cmd2 is no longer waiting when it ends
        assert any(re.fullmatch(pattern, one) for one in said), (
            f"cmd2 changed: no {pattern}: {said}"
        )

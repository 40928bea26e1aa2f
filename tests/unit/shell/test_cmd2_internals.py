"""What ossh touches of other packages beyond their documentation: a failure names what changed."""

import argparse
import ast
import inspect
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cmd2
import pytest
from catalogs import OF_ARGPARSE, OF_PARSERS
from cmd2.argparse_completer import ArgparseCompleter
from cmd2.rich_utils import Cmd2HelpFormatter
from cmd2.utils import ProcReader

from ossh.shell import cmd2_internals
from ossh.shell.cmd2_internals import _REMARKS
from ossh.shell.console import ShellConsole

PACKAGE = Path(cmd2_internals.__file__).parents[1]
INTERNALS = {"console/argparse_internals.py", "shell/cmd2_internals.py"}

# What is called or overridden, with the parameters that we rely on.
METHODS: list[tuple[type, str, tuple[str, ...]]] = [
    (cmd2.Cmd, "_build_help_parser", ()),
    (cmd2.Cmd, "_build_history_parser", ()),
    (cmd2.Cmd, "_build_run_script_parser", ()),
    (cmd2.Cmd, "_build_set_parser", ()),
    (cmd2.Cmd, "_complete_statement", ("self", "line")),
    (cmd2.Cmd, "_get_history", ("self", "args")),
    (
        cmd2.Cmd,
        "_perform_completion",
        ("self", "text", "line", "begidx", "endidx", "custom_settings"),
    ),
    (cmd2.Cmd, "_raise_keyboard_interrupt", ("self",)),
    (cmd2.Cmd, "_read_raw_input", ("self", "prompt", "session", "prompt_kwargs")),
    (cmd2.Cmd, "_redirect_output", ("self", "statement")),
    (cmd2.Cmd, "do_help", ("self", "args")),
    (cmd2.Cmd, "do_history", ("self", "args")),
    (Cmd2HelpFormatter, "_rich_split_lines", ("self", "text", "width")),
    (argparse.HelpFormatter, "_fill_text", ("self", "text", "width", "indent")),
    (argparse.HelpFormatter, "_get_help_string", ("self", "action")),
    (argparse.HelpFormatter, "_split_lines", ("self", "text", "width")),
    (argparse.ArgumentParser, "_check_value", ("self", "action", "value")),
    (argparse.ArgumentParser, "_get_value", ("self", "action", "arg_string")),
]


class Owners:
    """One object of each kind whose attributes are touched."""

    def __init__(self) -> None:
        self.cmd = cmd2.Cmd()
        self.session = self.cmd.main_session
        self.completions = cmd2.Completions()
        self.parser = cmd2.Cmd2ArgumentParser()
        self.subparsers = self.parser.add_subparsers()
        self.formatter = Cmd2HelpFormatter("it")


ATTRIBUTES = [
    ("cmd", "_cur_pipe_proc_reader"),
    ("cmd", "_script_dir"),
    ("completions", "_add_opening_quote"),
    ("completions", "_quote_char"),
    ("session", "history"),
    ("session", "default_buffer.history"),
    ("session", "app.max_render_postpone_time"),
    ("session", "bottom_toolbar"),
    ("session", "refresh_interval"),
    ("session", "app.create_background_task"),
    ("session", "app.future"),
    ("parser", "_actions"),
    ("parser", "_action_groups"),
    ("subparsers", "_choices_actions"),
    ("formatter", "_width"),
    ("formatter", "_indent_increment"),
]
OTHERS = {"_", "_ActionsContainer", "_SubParsersAction"}
OTHERS |= {"_proc"}  # this has a test of its own below


@pytest.fixture(scope="module")
def owners() -> Owners:
    return Owners()


@pytest.mark.parametrize(("owner", "name", "parameters"), METHODS)
def test_a_method_is_as_we_know_it(owner: type, name: str, parameters: tuple[str, ...]) -> None:
    package = owner.__module__.partition(".")[0]
    method = getattr(owner, name, None)

    assert method is not None, f"{package} changed: {owner.__name__}.{name} is gone"
    found = tuple(inspect.signature(inspect.unwrap(method)).parameters)
    assert found == parameters, f"{package} changed: {owner.__name__}.{name} takes {found}"


@pytest.mark.parametrize(("owner", "path"), ATTRIBUTES)
def test_an_attribute_is_where_we_know_it(owners: Owners, owner: str, path: str) -> None:
    found: Any = getattr(owners, owner)
    kind = type(found)

    for name in path.split("."):
        assert hasattr(found, name), f"{kind.__module__} changed: {kind.__name__}.{path} is gone"
        found = getattr(found, name)


def test_what_follows_a_pipe_tells_its_exit_status() -> None:
    names = ProcReader.__init__.__code__.co_names

    assert "_proc" in names, "cmd2 changed: ProcReader keeps its process under another name"


def test_a_request_for_help_is_told_from_a_mistake() -> None:
    shell = ShellConsole()
    shell.stdout = io.StringIO()

    with pytest.raises(cmd2.SkipPostcommandHooks) as ended:
        shell.onecmd("alias --help")

    assert cmd2_internals.asked_for_help(ended.value), "cmd2 changed: help is no SystemExit"


def private_names(path: Path) -> Iterator[str]:
    """Yield the names with an underscore that a module reads of objects, or gives to methods."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [node.attr] if isinstance(node, ast.Attribute) else []
        if isinstance(node, ast.ClassDef):
            names = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
        yield from (name for name in names if name.startswith("_") and not name.endswith("__"))


@pytest.mark.parametrize("file", sorted(INTERNALS))
def test_everything_that_is_touched_is_tested_here(file: str) -> None:
    tested = {name for _, name, _ in METHODS} | {name for _, name in ATTRIBUTES} | OTHERS

    assert set(private_names(PACKAGE / file)) <= tested


def test_nothing_is_touched_elsewhere(owners: Owners) -> None:
    theirs = {name for one in vars(owners).values() for name in dir(one) if name.startswith("_")}
    theirs |= {name for name in dir(ArgparseCompleter) if name.startswith("_")}

    touched = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for room in ("command_line", "commands", "shell")
        for path in (PACKAGE / room).rglob("*.py")
        if path.relative_to(PACKAGE).as_posix() not in INTERNALS
        for name in private_names(path)
        if name in theirs
    }

    assert touched == set()


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

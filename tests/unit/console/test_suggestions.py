"""What other programs call it: each line that a hint shows is one that ossh takes."""

import re
import shlex

import pytest

from ossh import commands
from ossh.command_line.first_word import VERBS
from ossh.commands import COMMON, MORE
from ossh.console.argparse_internals import actions, option_strings, subcommands
from ossh.console.suggestions import (
    COMMANDS,
    OPTIONS,
    SYSTEM_SHELL,
    hint_for_choice,
    hint_for_command,
    hint_for_option,
)
from tests.shell.examples import PARSERS

AT_PROMPT = [name for group in (COMMON | MORE).values() for name in group]
LINES = [way.line for way in COMMANDS if way.line]


def read(line: str, at: str = "") -> None:
    """Read a line of the table as the prompt does, or a verb."""
    line = line.format(at=at).partition(" | ")[0].removeprefix("!")
    name, *words = shlex.split(line)
    if name in PARSERS:
        PARSERS[name].parse_args(words)


@pytest.mark.parametrize("line", LINES)
def test_each_line_of_the_table_is_one_that_ossh_takes(line: str) -> None:
    assert line.startswith("!") or line.split(maxsplit=1)[0] in AT_PROMPT
    read(line)
    read(line, "oss://bucket/")


@pytest.mark.parametrize("name", [*commands.NAMES, "filter add", "jobs remove"])
def test_each_option_of_the_table_is_taken_with_its_value(name: str) -> None:
    parser = PARSERS[name]
    for way in OPTIONS:
        option, *values = shlex.split(way.line) or [""]
        for one in actions(parser):
            if option in one.option_strings:
                assert bool(values) == (one.nargs != 0), way.line
                assert one.type is None or values == [] or callable(one.type)


@pytest.mark.parametrize("name", commands.NAMES)
def test_no_command_of_ossh_is_in_the_table(name: str) -> None:
    assert all(name not in way.words.split() for way in COMMANDS)


@pytest.mark.parametrize(
    ("word", "at_prompt", "in_shell"),
    [
        ("sync", "get PREFIX --to FOLDER --mirror", "ossh get oss://BUCKET/PREFIX --to FOLDER"),
        ("Download", "get KEY --to FOLDER", "ossh get oss://BUCKET/KEY --to FOLDER"),
        ("find", "ls '**/*NAME*'", "ossh ls 'oss://BUCKET/**/*NAME*'"),
        ("grep", "cat KEY | grep TEXT", "ossh cat oss://BUCKET/KEY | grep TEXT"),
        ("dir", "ls -l", "ossh ls -l oss://BUCKET/"),
        ("rm", "jobs remove JOB", "ossh jobs remove JOB"),
        ("s3", "a command of ossh comes first", "a command of ossh comes first"),
        ("ossh", "leave it out", "leave it out"),
        ("oss-cn-hangzhou.aliyuncs.com", "--endpoint URL", "--endpoint URL"),
        ("https://oss-cn-hangzhou.aliyuncs.com/", "--endpoint URL", "--endpoint URL"),
        ("lls", "!ls", "did you mean 'ossh ls'?"),
        ("login", "connect --profile NAME", ""),
        ("fg", "wait", ""),
        ("bg", "get --background", ""),
        ("gte", "did you mean 'get'?", "did you mean 'ossh get'?"),
    ],
)
def test_a_word_of_another_program_leads_to_the_line_that_does_it(
    word: str, at_prompt: str, in_shell: str
) -> None:
    assert at_prompt in hint_for_command(word, AT_PROMPT)
    hint = hint_for_command(word, VERBS, SYSTEM_SHELL)
    assert in_shell in hint
    assert bool(hint) == bool(in_shell)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get --force", "to replace what is in the way: get … --replace"),
        ("get -o x", "(or the file of one object, with get --as FILE): get … --to FOLDER"),
        ("preview --output=x", "to choose the folder ("),
        ("ls --output x", "to write a file: ls … > FILE"),
        ("failures --output x", "to write a file: failures … --csv FILE"),
        ("retry --threads 8", "to choose the number of connections: retry … --connections 16"),
        ("get --since 7d", "to choose by age: get … --newer 7d"),
        ("du --pattern x", "to choose by name: du … --glob '*.gz'"),
        ("du *.gz", "write it like this: du --glob '*.gz'"),
        ("get -r", "leave it out"),
        ("ls --overwrite", ""),
        ("jobs remove x --force", "to be asked nothing: jobs … --yes"),
        ("jobs --newer 7d", ""),
        ("head -20 KEY", "write it like this: head -n 20 KEY"),
        ("du -sh logs/", "leave it out: du shows one level"),
        ("ls --human-readable", "to show sizes with units: -l -h"),
        ("ls -k y", "keys come from a profile"),
        ("get --end-time 1", "to choose by age: get … --older 7d"),
        ("connect --skip-verify-cert", "to accept any certificate: connect … --insecure"),
        ("ls && ls", "one command a line"),
        ("get --bakground", "did you mean '--background'?"),
        ("filter add *.gz", "write it like this: filter add --glob '*.gz'"),
        ("filter add .gz", "write it like this: filter add --suffix .gz"),
        ("filter add logs", ""),
    ],
)
def test_an_option_of_another_program_leads_to_the_one_that_does_it(line: str, hint: str) -> None:
    name, *words = line.split()
    parser = PARSERS[name]
    if words[0] in subcommands(parser):
        parser, words = PARSERS[f"{name} {words[0]}"], words[1:]
        words = [word for word in words if word != "x"]
        options = [*option_strings(parser)]
        said = hint_for_option(words, name if name == "jobs" else parser.prog, options)
    else:
        said = hint_for_option(words, parser.prog, [*option_strings(parser)])

    assert hint in said
    assert bool(said) == bool(hint)


def test_in_the_system_shell_an_option_stands_behind_the_verb() -> None:
    assert hint_for_option(["-f"], "ossh get", ["--replace"]).endswith(": ossh get … --replace")


@pytest.mark.parametrize(
    ("prog", "word", "hint"),
    [
        ("jobs", "rm", "did you mean 'remove'?"),
        ("jobs", "ls", "did you mean 'jobs'?"),
        ("filter", "rm", "did you mean 'drop'?"),
        ("filter", "*.gz", "write it like this: filter add --glob '*.gz'"),
        ("filter", ".gz", "write it like this: filter add --suffix .gz"),
        ("jobs", "sow", "did you mean 'show'?"),
        ("jobs", "xyzzy", ""),
    ],
)
def test_an_action_may_have_another_name(prog: str, word: str, hint: str) -> None:
    assert hint_for_choice(word, [*subcommands(PARSERS[prog])], prog) == hint


def test_a_value_may_be_misspelt() -> None:
    assert hint_for_choice("sise", ["key", "size", "time"], "ls") == "did you mean 'size'?"


@pytest.mark.parametrize("word", ["MiB", "kb", "G", "MiB/s"])
def test_a_unit_may_stand_alone(word: str) -> None:
    assert f"without a space: 5{word}" in hint_for_option([word], "head", ())


@pytest.mark.parametrize("word", ["g", "MiBs", "extra", ""])
def test_other_words_are_no_units(word: str) -> None:
    assert hint_for_option([word], "head", ()) == ""


def test_words_of_the_table_are_written_with_spaces_alone() -> None:
    for way in (*COMMANDS, *OPTIONS):
        assert re.fullmatch(r"[-\w]+(?: [-\w]+)*", way.words)

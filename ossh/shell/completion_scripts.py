"""Scripts that let bash, zsh, fish and PowerShell complete ossh's own command line.

`ossh --completion SHELL` prints one. It is made from the parser, so it never lags behind that. What
an option takes is told by its metavar, FILE or DIR, or by its choices; other text nobody can guess.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ossh.language import _


class Value(Enum):
    """What follows an option."""

    NONE = "nothing"
    TEXT = "text"
    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Option:
    """An option of the command line."""

    flags: tuple[str, ...]
    help: str
    value: Value
    choices: tuple[str, ...]  # all that may follow; () where it is not a closed list


def options(parser: argparse.ArgumentParser) -> list[Option]:
    """Return the options of a parser, in its order."""
    return [
        Option(
            tuple(action.option_strings),
            _(action.help or "") % {"prog": parser.prog},
            _value(action),
            tuple(map(str, action.choices or ())),
        )
        for action in parser._actions  # noqa: SLF001 - argparse has no other list of them
        if action.option_strings
    ]


def _value(action: argparse.Action) -> Value:
    if action.nargs == 0:
        return Value.NONE
    return {"FILE": Value.FILE, "DIR": Value.FOLDER}.get(str(action.metavar), Value.TEXT)


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for one of `SHELLS`."""
    return "\n".join(SHELLS[shell](options(parser))) + "\n"


def _bash(every: list[Option]) -> Iterator[str]:
    flags = [flag for one in every for flag in one.flags]
    yield "# Completes ossh in bash. In ~/.bashrc: source <(ossh --completion bash)"
    yield "_ossh() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} IFS=$'\\n'"
    yield "    case $before in"
    for one in every:
        if one.value is not Value.NONE:
            yield f"        {'|'.join(one.flags)}) {_bash_value(one)} return ;;"
    yield "    esac"
    yield "    case $word in"
    yield f"        -*) {_bash_words(flags)} ;;"
    yield '        *) COMPREPLY=($(compgen -f -- "$word")) ;;'
    yield "    esac"
    yield "}"
    yield "complete -o filenames -F _ossh ossh"


def _bash_value(one: Option) -> str:
    if one.choices:
        return _bash_words(one.choices)
    flag = {Value.FILE: "-f", Value.FOLDER: "-d"}.get(one.value)
    return f'COMPREPLY=($(compgen {flag} -- "$word"));' if flag else "COMPREPLY=();"


def _bash_words(words: Iterable[str]) -> str:
    listed = "\\n".join(words)  # by lines, as file names, for they may hold spaces
    return f"""COMPREPLY=($(compgen -W $'{listed}' -- "$word"));"""


def _zsh(every: list[Option]) -> Iterator[str]:
    yield "#compdef ossh"
    yield "# Completes ossh in zsh. In ~/.zshrc, after compinit: source <(ossh --completion zsh)"
    yield "_ossh() {"
    yield "    _arguments \\"
    for one in every:
        for flag in one.flags:
            told = _zsh_quoted(one.help)
            yield f"        {_single(f'*{flag}[{told}]{_zsh_value(one)}')} \\"
    yield "        '*:file:_files'"
    yield "}"
    yield 'if [ "$funcstack[1]" = _ossh ]; then _ossh "$@"; else compdef _ossh ossh; fi'


def _zsh_value(one: Option) -> str:
    if one.choices:
        return f":value:({' '.join(one.choices)})"
    actions = {Value.NONE: "", Value.FILE: ":file:_files", Value.FOLDER: ":folder:_files -/"}
    return actions.get(one.value, ":value: ")


def _zsh_quoted(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]:\\" else char for char in text)


def _fish(every: list[Option]) -> Iterator[str]:
    yield "# Completes ossh in fish. In ~/.config/fish/config.fish: ossh --completion fish | source"
    for one in every:
        flags = " ".join(
            f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in one.flags
        )
        told = one.help.replace("\\", "\\\\").replace("'", "\\'")
        yield f"complete -c ossh {flags}{_fish_value(one)} -d '{told}'"


def _fish_value(one: Option) -> str:
    if one.choices:
        return f" -x -a '{' '.join(one.choices)}'"
    return {
        Value.NONE: "",
        Value.TEXT: " -x",
        Value.FILE: " -r -F",
        Value.FOLDER: " -x -a '(__fish_complete_directories)'",
    }[one.value]


def _powershell(every: list[Option]) -> Iterator[str]:
    yield "# Completes ossh in PowerShell. In $PROFILE:"
    yield "#   ossh --completion powershell | Out-String | Invoke-Expression"
    yield "Register-ArgumentCompleter -Native -CommandName ossh -ScriptBlock {"
    yield "    param($word, $tree, $cursor)"
    yield "    $options = [ordered]@{"
    for one in every:
        for flag in one.flags:
            told = one.help.replace("'", "''")
            yield f"        '{flag}' = '{told}'"
    yield "    }"
    yield '    $options.Keys | Where-Object { $_ -like "$word*" -and $word } | ForEach-Object {'
    yield "        [System.Management.Automation.CompletionResult]::new("
    yield "            $_, $_, 'ParameterName', $options[$_])"
    yield "    }"  # no answer is PowerShell's own: files
    yield "}"


def _single(text: str) -> str:
    """Return text in the single quotes of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


SHELLS: Final[Mapping[str, Callable[[list[Option]], Iterator[str]]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}

"""Scripts that let bash, zsh, fish and PowerShell complete ossh's own command line.

`ossh --completion SHELL` prints one. It is made from the parser, so it never lags behind that. What
an option takes is told by its metavar, FILE or DIR, or by its choices; other text nobody can guess.
"""

import argparse
from collections.abc import Iterable, Iterator

from ossh.console.argparse_internals import actions
from ossh.language import _


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script for bash, zsh, fish or powershell."""
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish, "powershell": _powershell}[shell]
    options = [one for one in actions(parser) if one.option_strings]
    return "\n".join(write(options)) + "\n"


def _help(option: argparse.Action) -> str:
    return _(option.help or "") % vars(option)


def _choices(option: argparse.Action) -> str:
    return " ".join(option.choices or ())


def _value(option: argparse.Action, choices: str, file: str, folder: str, text: str) -> str:
    """Return the one of these that suits what follows an option; "" where nothing does."""
    if option.nargs == 0:
        return ""
    if option.choices:
        return choices
    return {"FILE": file, "DIR": folder}.get(str(option.metavar), text)


def _bash(options: list[argparse.Action]) -> Iterator[str]:
    files, folders = (f'COMPREPLY=($(compgen -{kind} -- "$word"));' for kind in "fd")
    yield "# Completes ossh in bash. In ~/.bashrc: source <(ossh --completion bash)"
    yield "_ossh() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} IFS=$'\\n'"
    yield "    case $before in"
    for one in options:
        choices = _bash_words(one.choices or ())
        if value := _value(one, choices, files, folders, "COMPREPLY=();"):
            yield f"        {'|'.join(one.option_strings)}) {value} return ;;"
    yield "    esac"
    yield "    case $word in"
    yield f"        -*) {_bash_words(flag for one in options for flag in one.option_strings)} ;;"
    yield '        *) COMPREPLY=($(compgen -f -- "$word")) ;;'
    yield "    esac"
    yield "}"
    yield "complete -o filenames -F _ossh ossh"


def _bash_words(words: Iterable[str]) -> str:
    listed = "\\n".join(words)  # by lines, as file names, for they may hold spaces
    return f"""COMPREPLY=($(compgen -W $'{listed}' -- "$word"));"""


def _zsh(options: list[argparse.Action]) -> Iterator[str]:
    yield "#compdef ossh"
    yield "# Completes ossh in zsh. In ~/.zshrc, after compinit: source <(ossh --completion zsh)"
    yield "_ossh() {"
    yield "    _arguments \\"
    for one in options:
        choices = f":value:({_choices(one)})"
        value = _value(one, choices, ":file:_files", ":folder:_files -/", ":value: ")
        for flag in one.option_strings:
            yield f"        {_single(f'*{flag}[{_zsh_quoted(_help(one))}]{value}')} \\"
    yield "        '*:file:_files'"
    yield "}"
    yield 'if [ "$funcstack[1]" = _ossh ]; then _ossh "$@"; else compdef _ossh ossh; fi'


def _zsh_quoted(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]:\\" else char for char in text)


def _fish(options: list[argparse.Action]) -> Iterator[str]:
    yield "# Completes ossh in fish. In ~/.config/fish/config.fish: ossh --completion fish | source"
    folders = " -x -a '(__fish_complete_directories)'"
    for one in options:
        flags = " ".join(
            f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
            for flag in one.option_strings
        )
        value = _value(one, f" -x -a '{_choices(one)}'", " -r -F", folders, " -x")
        told = _help(one).replace("\\", "\\\\").replace("'", "\\'")
        yield f"complete -c ossh {flags}{value} -d '{told}'"


def _powershell(options: list[argparse.Action]) -> Iterator[str]:
    yield "# Completes ossh in PowerShell. In $PROFILE:"
    yield "#   ossh --completion powershell | Out-String | Invoke-Expression"
    yield "Register-ArgumentCompleter -Native -CommandName ossh -ScriptBlock {"
    yield "    param($word, $tree, $cursor)"
    yield "    $options = [ordered]@{"
    for one in options:
        told = _help(one).replace("'", "''")
        for flag in one.option_strings:
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

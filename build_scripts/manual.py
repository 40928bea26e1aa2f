"""The manual page, docs/ossh.1, from the command-line parser and the shell's commands.

`pages` writes it; packages install it as share/man/man1/ossh.1. Read it with: man docs/ossh.1
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from ossh.command_line import options
from ossh.commands import COMMON, MORE
from ossh.console.argparse_internals import actions
from ossh.errors import STATUSES
from ossh.shell.app import OsshShell
from ossh.shell.hosted import summary

DESCRIPTION = """\
ossh is a shell for Alibaba Cloud OSS buckets. Browse a bucket, choose the objects you want, preview
the download, and get all of them, each verified by a checksum. A download is a job: two files that
survive a crash, a power cut and a lost network. Run it again and it resumes where it stopped.

A COMMAND does one thing and exits: 'ossh ls oss://BUCKET/'. Names are addresses, and 'ossh help'
lists the commands.

Without a command and on a terminal it shows a prompt, with history and completion; 'help' lists its
commands, and 'guide' asks for what a first download needs. With -c, with a script, or when its
input is not a terminal, it runs commands and exits.
"""

ENVIRONMENT = (
    ("OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN", "credentials"),
    ("ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET", "credentials, tried next"),
    ("OSS_ENDPOINT, OSS_REGION", "the endpoint and the region of the service"),
    ("https_proxy, no_proxy", "the proxy, and the hosts that are reached without it"),
    ("SSL_CERT_FILE", "certificates to trust instead of those that come with ossh"),
    ("LC_ALL, LC_MESSAGES, LANG", "the language: English or Simplified Chinese"),
    ("PAGER, LESS", "what shows lists that are longer than the screen, and its options; else less"),
    ("NO_COLOR", "no colors"),
)

FILES = (
    ("NAME.toml, NAME.sqlite", "a job: what you asked for, and what has been done"),
    ("./jobs, ~/.local/share/ossh/jobs", "jobs: in the first if it exists; found in both"),
    ("~/.config/ossh/osshrc", "commands to run whenever a prompt starts"),
    (
        "~/.ossutilconfig, ~/.aliyun/config.json",
        "profiles and credentials of other programs; only read",
    ),
)


def page(shell: OsshShell) -> str:
    """Return the page, written for man(7)."""
    made = options.parser()
    what = " ".join(str(made.description).rstrip(".").split())
    target = next(one for one in actions(made) if not one.option_strings)
    lines = [
        '.\\" made by build_scripts/pages.py',
        ".TH OSSH 1",
        ".SH NAME",
        f"ossh \\- {_roff(what[0].lower() + what[1:])}",
        ".SH SYNOPSIS",
        f"\\fBossh\\fR [\\fIOPTION\\fR ...] [\\fI{_roff(taken(target))}\\fR]",
        ".SH DESCRIPTION",
        *_prose(DESCRIPTION),
        ".SH OPTIONS",
        *_options(made),
        ".SH COMMANDS",
        *_commands(shell),
        ".SH EXIT STATUS",
        "With several commands, the worst status counts.",
        *_listed(STATUSES),
        ".SH ENVIRONMENT",
        *_listed(ENVIRONMENT),
        ".SH FILES",
        *_listed(FILES),
        ".SH EXAMPLES",
        *_examples(str(made.epilog)),
    ]
    return "\n".join(lines) + "\n"


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in actions(parser):
        if action.help == argparse.SUPPRESS:
            continue
        names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in action.option_strings)
        takes = "" if action.nargs == 0 else _roff(taken(action))
        told = str(action.help or "") % {"prog": parser.prog}
        yield from (".TP", f"{names} \\fI{takes}\\fR".strip() if takes else names, _roff(told))


def taken(action: argparse.Action) -> str:
    """Return the word for the value that an argument takes."""
    own = action.dest.upper() if action.option_strings else action.dest
    named = action.metavar or "|".join(map(str, action.choices or ())) or own
    return named if isinstance(named, str) else " ".join(named)


def _commands(shell: OsshShell) -> Iterator[str]:
    """Yield every command of the shell in one line, by what it is for."""
    yield _roff("'help COMMAND' explains one, with examples.")
    for wish, names in (COMMON | MORE).items():
        yield f".SS {_roff(wish[0].upper() + wish[1:])}"
        told = [(name, summary(name, getattr(shell, f"do_{name}"))) for name in names]
        yield from _listed((name, does.rstrip(".")) for name, does in told)


def _listed(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, told in pairs:
        yield from (".TP", f"\\fB{_roff(name)}\\fR", _roff(told))


def _examples(epilog: str) -> Iterator[str]:
    lines = epilog.partition("\n\n")[0].splitlines()[1:]
    yield from (".nf", *(_roff(line.strip()) for line in lines), ".fi")


def _prose(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(text.strip().split("\n\n")):
        yield from ([".PP"] if number else [])
        yield from map(_roff, paragraph.splitlines())


def _roff(text: str) -> str:
    """Return text for man(7), escaped so that no character of it is taken for a request."""
    plain = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{plain}" if plain[:1] in {".", "'"} else plain

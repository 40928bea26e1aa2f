"""The commands. Each file is named after its first one, or after the best known.

A file is loaded when one of its commands is asked for: few command lines need more than one.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # brings the console with it, which the names alone do not need
    from ossh.commands.command import Command

# The files, and the commands in each.
FILES = {
    "connect": ("connect", "whoami", "buckets"),
    "cd": ("cd", "pwd", "lcd", "lpwd"),
    "ls": ("ls", "tree", "du"),
    "browse": ("browse", "guide"),
    "stat": ("stat", "url"),
    "cat": ("head", "cat"),
    "filter": ("filter",),
    "preview": ("preview", "refresh"),
    "get": ("get",),
    "resume": ("resume", "retry"),
    "restore": ("restore",),
    "background": ("wait", "pause", "stop"),
    "open": ("open", "save"),
    "status": ("status",),
    "failures": ("failures",),
    "jobs": ("jobs",),
    "verify": ("verify",),
    "report": ("report",),
    "doctor": ("doctor",),
}
NAMES = {name: file for file, names in FILES.items() for name in names}


def named(name: str) -> "Command":
    """Return the command of a name in `NAMES`."""
    file = vars(import_module(f"ossh.commands.{NAMES[name]}"))
    from ossh.commands.command import Command

    return next(one for one in file.values() if isinstance(one, Command) and one.name == name)


def every() -> Iterator["Command"]:
    """Yield every command."""
    return map(named, NAMES)

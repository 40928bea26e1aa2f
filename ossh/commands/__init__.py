"""The commands. Each file is named after its first one, or after the best known.

A file is loaded when one of its commands is asked for: few command lines need more than one.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from ossh.language import N_

if TYPE_CHECKING:  # brings the console with it, which the names alone do not need
    from ossh.commands.command import Command

# The files, and the commands in each.
FILES = {
    "connect": ("connect", "whoami", "buckets", "doctor"),
    "cd": ("cd", "pwd", "lcd", "lpwd"),
    "ls": ("ls", "tree", "du"),
    "browse": ("browse", "guide"),
    "stat": ("stat", "url"),
    "cat": ("head", "cat"),
    "filter": ("filter",),
    "preview": ("preview", "refresh"),
    "get": ("get",),
    "restore": ("restore",),
    "background": ("resume", "retry", "wait", "pause", "stop"),
    "status": ("status", "failures", "report"),
    "verify": ("verify",),
    "jobs": ("jobs", "open", "save"),
}
NAMES = {name: file for file, names in FILES.items() for name in names}
# What a user wants to do, in the usual order, and the commands for it.
COMMON = {
    N_("connect to OSS"): ("connect", "doctor"),
    N_("look around"): ("ls", "cd", "du", "browse", "head", "cat"),
    N_("choose what to download"): ("filter", "preview", "save"),
    N_("download objects"): ("get", "restore", "guide"),
    N_("watch and control"): ("status", "wait", "pause", "resume", "stop"),
    N_("come back to a job"): ("jobs", "open", "failures", "retry", "refresh", "verify"),
}
# What few people need.
MORE = {
    N_("more about the connection"): ("buckets", "whoami"),
    N_("more ways to look around"): ("pwd", "stat", "tree", "url"),
    N_("report the result"): ("report",),
    N_("on this machine"): ("lcd", "lpwd", "shell"),
    N_("the shell itself"): (
        "alias",
        "clear",
        "edit",
        "help",
        "history",
        "macro",
        "quit",
        "run_script",
        "set",
    ),
}


def named(name: str) -> "Command":
    file = vars(import_module(f"ossh.commands.{NAMES[name]}"))
    from ossh.commands.command import Command

    return next(one for one in file.values() if isinstance(one, Command) and one.name == name)


def every() -> Iterator["Command"]:
    return map(named, NAMES)

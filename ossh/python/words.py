"""Hints as a Python program reads them: calls and arguments instead of commands and options.

Hints are written once, in the words of the prompt. Every host spells the commands in them its own
way: verbs as lines of the system's shell, and this as Python. What only a prompt can do is left
out, and what Python cannot do is a line of the system's shell.
"""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Final

from ossh.language import N_, _
from ossh.session import Options
from ossh.transfer.watching import Summary

# What commands are in Python, where no more is said: outside a run of one's own, and for one.
ANY_CALL: Final = {
    "get": "'ossh.download(…)'",
    "ls": "'ossh.walk(…)'",
    "restore": "'ossh restore --job JOB'",
    "resume": "'ossh.download(…)'",
    "retry": N_("the same call"),
}
OF_WALK: Final = ANY_CALL | {"ls": N_("a shorter prefix")}
OF_RUNS: Final = ANY_CALL | {
    "failures": "'run.failures()'",
    "get": "'ossh.fetch(job)'",
    "resume": "'ossh.fetch(job)'",
    "retry": "'ossh.fetch(job, retry=True)'",
}
OF_THE_PROMPT: Final = frozenset(
    {"cd", "connect", "filter", "guide", "lcd", "lpwd", "open", "pause", "pwd", "save", "stop"}
    | {"set", "wait"}
)
_OF_A_JOB = frozenset({"failures", "refresh", "report", "restore", "retry", "status", "verify"})
VERBS: Final = (
    _OF_A_JOB
    | {"browse", "buckets", "cat", "doctor", "du", "get", "head", "jobs", "ls", "preview"}
    | {"resume", "stat", "tree", "url", "whoami"}
)
_ARGUMENTS: Final = {
    "--from": "keys",
    "--inventory": "inventory",
    "--jobs-dir": "jobs",
    "--name": "name",
    "--to": "directory",
    "--version-id": "version_id",
}
_FIELDS: Final = {f"--{one.name.replace('_', '-')}": one for one in fields(Options)}

_STOPS = ",;()'\uff0c\uff1b\uff08\uff09"  # and how Chinese writes them
_CLAUSES = re.compile("(?<=; )|(?<=\uff1b)")
_QUOTED = re.compile(r"(?<!\w)'(?P<name>[^' ]*)[^']*'")
_SWITCHES = "|".join(name for name, one in _FIELDS.items() if one.type is bool)
_VALUED = "|".join(name for name, one in _FIELDS.items() if one.type is not bool)
_VALUE = rf"none\b|cn-[a-z]+|[^\s{_STOPS}]*[A-Z/][^\s{_STOPS}]*"
_OPTION = (
    rf"(?:(?:{_SWITCHES})(?![\w-])|(?:{_VALUED}|{'|'.join(_ARGUMENTS)})(?![\w-])(?: (?:{_VALUE}))?)"
)
_OPTIONS = re.compile(rf"(?:\b(?:connect|get) )?(?P<options>{_OPTION}(?: {_OPTION})*)")
_WORDS = re.compile(rf"(?<!\w)'(?P<name>[a-z_]+)(?P<rest>(?: [^']+)?)'|{_OPTIONS.pattern}")
_UNQUOTED_OPTIONS = re.compile(rf"{_QUOTED.pattern}|{_OPTIONS.pattern}")
_ONE_OPTION = re.compile(r"(?P<option>--[a-z-]+)(?: (?P<value>(?!--)\S+))?")


def phrased(hint: str, calls: Mapping[str, str] = ANY_CALL) -> str:
    """Return a hint in the words of Python, "" if nothing of it can be done there.

    `calls` are what commands are in Python, such as `ANY_CALL`; "" for an option that is none.
    """
    lacking = [word for word, call in calls.items() if not call]
    clauses = [
        one
        for one in _CLAUSES.split(hint)
        if not (_needs_prompt(one) or any(word in one for word in lacking))
    ]
    return _WORDS.sub(lambda found: _word(found, calls), "".join(clauses).rstrip(" ;\uff1b"))


def with_arguments(message: str) -> str:
    """Return a message with arguments instead of options, but for what it quotes."""
    return _UNQUOTED_OPTIONS.sub(
        lambda found: _arguments(found["options"]) if found["options"] else found[0], message
    )


def in_python(summary: Summary, calls: Mapping[str, str]) -> Summary:
    """Return a summary with its hints in the words of Python."""
    causes = ((cause, count, phrased(hint, calls)) for cause, count, hint in summary.by_cause)
    return replace(summary, hint=phrased(summary.hint, calls), by_cause=tuple(causes))


def _needs_prompt(clause: str) -> bool:
    """Return whether a clause advises something that only a prompt can do."""
    named = {found["name"] for found in _QUOTED.finditer(clause)}
    return bool(named & OF_THE_PROMPT or re.search(r"\bcd ", _QUOTED.sub("", clause)))


def _word(found: re.Match[str], calls: Mapping[str, str]) -> str:
    """Return a command or options, as found in a sentence, in the words of Python."""
    name, rest = found["name"], found["rest"]
    if not name:
        return _arguments(found["options"])
    if name not in VERBS:
        return found[0]
    if name in calls and (not rest or name == "ls"):
        return _(calls[name])
    if name == "get" and _OPTIONS.fullmatch(rest.strip()):
        return f"'ossh.new_job(…, {_arguments(rest)})'"
    if name in ANY_CALL and "--" not in rest:
        return _(ANY_CALL[name])
    return f"'ossh {name}{rest or (' JOB' if name in _OF_A_JOB else '')}'"


def _arguments(options: str) -> str:
    """Return options as arguments of ossh's functions."""
    arguments, connection = [], []
    for found in _ONE_OPTION.finditer(options):
        value = f'"{found["value"]}"' if found["value"] else ""
        if name := _ARGUMENTS.get(found["option"]):
            arguments.append(f"{name}={value}")
        else:
            field = _FIELDS[found["option"]]
            connection.append(f"{field.name}={value or ('True' if field.type is bool else '…')}")
    if connection:
        arguments.append(f"options=ossh.Options({', '.join(connection)})")
    return ", ".join(arguments)

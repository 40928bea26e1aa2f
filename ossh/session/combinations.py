"""Which options exclude each other, and why: one table for all commands. Pure.

An option that could do nothing beside another is refused, with the reason; none is ignored.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from enum import StrEnum

from ossh.errors import UsageError
from ossh.language import N_, _
from ossh.model import value
from ossh.selection import Selection

# Options whose value has another name in a program than what is typed.
_NAMES = N_("a name")
_OTHER_NAMES = {
    "commands": "-c",
    "transcripts": "-t",
    "directory": "--to",
    "file": "--as",
    "keys_from": "--from",
    "key_lists": "--keys-from",
    "storage_class": "--class",
    "names": _NAMES,
}


def _typed(name: str) -> str:
    return _OTHER_NAMES.get(name, f"--{name.replace('_', '-')}")


# A share is no filter, but of a job; its list of keys is `--from`, that of filters `--keys-from`.
_RULES = {one.name: one.name for one in fields(Selection) if one.name != "shard"}
_RULES["keys_from"] = "key_lists"
FILTERS = tuple(map(_typed, _RULES.values()))


class Situation(StrEnum):
    """What a command turns out to be about; options may do nothing there."""

    COMMAND = N_("a single command")
    MEMBERS = N_("members of a ZIP archive")
    PAUSED = N_("a job that is paused")
    ONE_OBJECT = N_("a single object")
    SEVERAL = N_("several objects")
    KEYS = N_("keys that are named in full")
    BUCKETS = N_("a list of buckets")


@value
class Clash:
    """Options, names or a situation, none of which can be combined with any of the others."""

    some: tuple[str, ...]
    others: tuple[str, ...]
    why: str  # and what to do; {option}: the one that is refused


_ONE_OF = N_("use only one of them")

# Of each of these, only one.
_TASKS = ("--completion", "--selfcheck", "-t", "-c")
_KINDS = ("--internal", "--dual-stack", "--accelerate", "--accelerate-overseas", "--cname")
_WHO = ("--profile", "--ecs-role", "--anonymous", "--ask")

# Options that several situations rule out together.
_LAYOUT = ("--flat", "--strip-prefix")
_LIMITS = ("--connections", "--rate")
_OF_A_RUN = ("--on-done", "--dask", "--durable", "--wait-restore")
_OF_A_JOB = (
    *_OF_A_RUN,
    "--name",
    "--links",
    "--mirror",
    "--max-gone",
    "--adopt",
    "--dry-run",
    "--background",
)

CLASHES = (
    # of the command line
    *(Clash((one,), _TASKS[number:], _ONE_OF) for number, one in enumerate(_TASKS, start=1)),
    Clash((Situation.COMMAND,), (*_TASKS, "-e", "--keep-going"), _ONE_OF),
    Clash(
        ("--demo",),
        (*_KINDS, *_WHO, "--endpoint", "--region", "--proxy", "--ca-bundle", "--insecure"),
        N_("the built-in bucket is on this machine; leave out {option}"),
    ),
    # of a connection
    *(Clash((one,), _KINDS[number:], _ONE_OF) for number, one in enumerate(_KINDS, start=1)),
    *(Clash((one,), _WHO[number:], _ONE_OF) for number, one in enumerate(_WHO, start=1)),
    # of `get`, `preview`, `save`: which objects
    Clash(("--inventory",), ("--from", "--keys-from"), _ONE_OF),
    Clash(("--from",), ("--keys-from",), _ONE_OF),
    Clash(
        ("--version-id",),
        ("--from", "--inventory", "--shard", *FILTERS),
        N_("a version is of one object, whose key is named"),
    ),
    Clash(
        ("--version-id",),
        ("--wait-restore",),
        N_("no listing tells whether a version has thawed; repeat 'get' later"),
    ),
    Clash((Situation.KEYS,), FILTERS, N_("name a prefix or a glob, or leave out {option}")),
    # where to, and under which names
    Clash(("--to",), ("--as",), N_("--as names the file itself, with its folder")),
    Clash(("--flat",), ("--strip-prefix",), N_("--flat leaves out all folders")),
    Clash(("--as",), _LAYOUT, N_("--as names the file itself, with its folder")),
    Clash(
        ("--as",),
        ("--from", "--inventory", "--mirror", *FILTERS),
        N_("it names the file of a single object; use --to DIR for several"),
    ),
    Clash((Situation.SEVERAL,), ("--as",), N_("use --to DIR for several")),
    Clash((Situation.ONE_OBJECT, "--version-id"), ("--mirror",), N_("name its prefix instead")),
    # how
    Clash(
        ("--follow",),
        ("--adopt", "--inventory", "--tar", "--version-id", "--wait-restore"),
        N_("--follow needs a live listing"),
    ),
    Clash(
        ("--dry-run",),
        ("--follow", "--background", *_OF_A_RUN, *_LIMITS),
        N_("nothing is fetched then; leave out {option}"),
    ),
    Clash(
        ("--tar",),
        ("--to", "--as", "--replace", *_OF_A_JOB),
        N_("no files and no job are kept; leave out {option}"),
    ),
    Clash(("--tar",), ("--json",), N_("stdout takes the archive; leave out {option}")),
    Clash(("--follow",), ("--json",), N_("it tells a line for each round; leave out {option}")),
    Clash(("--background",), ("--json",), N_("'wait' shows how it ends; leave out {option}")),
    Clash(
        (Situation.MEMBERS,),
        (*_OF_A_JOB, *_LIMITS, *_LAYOUT, "--shard", "--follow", "--tar", "--json"),
        N_("'get' the archive itself: {option} works for it"),
    ),
    Clash(
        (Situation.MEMBERS,),
        ("--replace",),
        N_("move away what is in the way, or choose another folder with --to"),
    ),
    Clash(
        (Situation.PAUSED,),
        ("--adopt", "--replace", *_OF_A_RUN, *_LIMITS, "--json"),
        N_("'stop' it, then 'resume' it with {option}"),
    ),
    # of `ls`, `tree`, `du`
    Clash(("--all",), FILTERS, N_("--all ignores the filters; leave it out")),
    Clash(
        (Situation.BUCKETS,),
        ("--versions", "--deleted", "--recursive", "--limit", "--sort", "--reverse", *FILTERS),
        N_("name a bucket: oss://BUCKET/"),
    ),
    Clash(("--versions",), ("--deleted",), _ONE_OF),
    Clash(("--lines",), ("--bytes",), _ONE_OF),  # of `head`
    Clash(
        ("--versions", "--deleted"),
        ("--sort", "--reverse"),
        N_("versions are always listed by key, newest first; leave out --sort, -t, -S and -r"),
    ),
    # of `restore`
    Clash(
        ("--job",), (_NAMES, *FILTERS), N_("a job says which objects it has; leave out {option}")
    ),
    # of `failures`
    Clash(("--by",), ("--csv", "--limit", "--sort", "--reverse"), N_("leave out {option}")),
    Clash(
        ("--csv",), ("--json", "--limit", "--sort", "--reverse"), N_("the file takes all of them")
    ),
    # of `history`
    Clash(("--transcript",), ("--run", "--edit", "--output-file", "--clear"), _ONE_OF),
    Clash(
        ("--transcript",),
        ("--script", "--expanded", "--verbose", "--all"),
        N_("a transcript has the lines of this session as they were typed; leave out {option}"),
    ),
)
# Options that only say more about another one, and how that is written.
NEEDS = {
    "--every": ("--follow", "get --follow --every 5m"),
    "--max-gone": ("--mirror", "get --mirror --max-gone 50%"),
}
_OF_JOBS = frozenset({"--mirror"})  # what a job's file may say instead


def given(asked: Mapping[str, object]) -> frozenset[str]:
    """Return the options that have been given, of values by name, and whether a name was."""
    found = (
        name for name, one in asked.items() if one not in (None, "", (), []) and one is not False
    )
    return frozenset(map(_typed, found))


def given_filters(selection: Selection) -> frozenset[str]:
    """Return the options that say what a selection says."""
    return given({option: getattr(selection, name) for name, option in _RULES.items()})


def check(asked: Collection[str], of_job: Collection[str] | None = None) -> None:
    """Refuse options, names and situations that exclude each other, or lack another one.

    Args:
        asked: What was given, and which situations are met.
        of_job: Options that the job's file stands for; None while the job is unknown.

    Raises:
        UsageError: There are some.
    """
    for clash in CLASHES:
        first, second = _first(clash.some, asked), _first(clash.others, asked)
        if first and second:
            text = _("{first} and {second} cannot be combined")
            if first in set(Situation):
                text = _("{second} does not work for {first}")
            why = _(clash.why).format(option=second)
            raise UsageError(text.format(first=_(first), second=second), hint=why)
    for option, (other, example) in NEEDS.items():
        is_unknown = of_job is None and other in _OF_JOBS
        if option in asked and other not in {*asked, *(of_job or ())} and not is_unknown:
            text = _("{option} needs {other}")
            raise UsageError(text.format(option=option, other=other), hint=example)


def _first(wanted: Iterable[str], asked: Collection[str]) -> str:
    return next((one for one in wanted if one in asked), "")

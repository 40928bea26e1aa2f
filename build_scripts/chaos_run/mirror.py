"""The last act of a job: objects vanish, and a mirror that is killed on the way takes their files.

Whatever ends it, a file that is not its own stays, and one that it took is in the trash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chaos_run import evidence
from chaos_run.plan import Plan
from chaos_run.process import Home
from chaos_run.versions import Version

COMMAND = "get --mirror --max-gone 100%"


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is before the mirror runs for the first time."""

    files: Mapping[str, Version]  # by path
    own: Mapping[str, str]  # keys of the files that the job proved, by path
    vanished: frozenset[str]  # keys
    edited: Mapping[str, Version]  # what a person made, by path


def vanishing(plan: Plan, own: Iterable[str]) -> frozenset[str]:
    """Return the keys that vanish from the bucket; none that a symlink leads to, and no symlink."""
    linked = {key for one in plan.objects if one.link_to for key in (one.key, one.link_to)}
    keys = sorted(set(own) - linked)
    return frozenset(keys[:: plan.every_nth_vanishes])


def problems(home: Home, scene: Scene, *, is_ended: bool) -> Iterator[str]:
    """Yield what is wrong after a process; `is_ended` says that it came to its own end."""
    found = evidence.tree(home.target)[0]
    trash = [
        evidence.tree(day)[0] for day in (home.target / evidence.WORK_FOLDER / "trash").glob("*")
    ]
    for path, before in scene.files.items():
        key = scene.own.get(path, "")
        made = scene.edited.get(path)
        if made is not None:
            if found.get(path) != made:
                yield f"a person's {path!r} is not there any more"
        elif key not in scene.vanished:
            if path not in found:
                yield f"{path!r} was taken, although nothing happened to its object"
        elif path not in found:
            if before not in [day.get(path) for day in trash]:
                yield f"{path!r} is neither at its place nor in the trash"
        elif is_ended:
            yield f"{path!r} is still there, although {key!r} has vanished"

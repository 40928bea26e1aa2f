"""A person who edits downloaded files between two processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fastcrc import crc64

from chaos_run.evidence import Evidence
from chaos_run.life import Home
from chaos_run.plan import Edit
from chaos_run.truth import Version

_DATA: Mapping[str, Callable[[bytes], bytes]] = {
    "lengthened": lambda data: data + b"a line of mine\n",
    "shortened": lambda data: data[: len(data) // 2],
    "emptied": lambda _: b"",
    "rewritten": lambda data: bytes(255 - byte for byte in data),
}


def edit(home: Home, edits: Iterable[Edit], left: Evidence) -> dict[str, Version]:
    """Edit files that have rows; return what each of them holds now, by path.

    Args:
        home: Of the job.
        edits: What is done, to which of the files.
        left: By the process before.
    """
    paths = sorted(
        row.path
        for row in left.rows.values()
        if row.status in {"done", "skipped"} and left.files.get(row.path, Version(0, 0)).size
    )
    made = {}
    for one in edits if paths else ():
        path = paths[int(one.pick * len(paths))]
        data = _DATA[one.kind]((home.target / path).read_bytes())
        (home.target / path).write_bytes(data)
        made[path] = Version(len(data), crc64.xz(data))
    return made

"""What a mirror takes away, in lines for people and as JSON. Pure."""

from collections.abc import Iterator
from typing import Any

from ossh.console.views.text import Tone, count, paint, some_of
from ossh.language import _, n_, said
from ossh.printable import printable
from ossh.transfer.watching import Removed
from ossh.units import format_size

MOVED = 5  # paths shown of what is moved to the trash


def mirror_lines(removed: Removed, *, is_done: bool = False) -> Iterator[str]:
    """Yield what a mirror takes away, or has taken, and which files stay and why."""
    if removed.files:
        objects = count(removed.files, "file")
        text = _("gone from the bucket: {files} to be moved to the trash, {size}")
        if is_done:
            text = _("gone from the bucket: {files} moved to {folder}")
        folder = printable(removed.folder)
        size = format_size(removed.size)
        yield paint(text.format(files=objects, size=size, folder=folder), Tone.WARN)
    yield from some_of([*map(printable, removed.first[:MOVED])], removed.files)
    if removed.refused:
        text = _("'get --mirror' will refuse: more are gone than --max-gone allows")
        yield paint(text, Tone.BAD)
    if removed.obstacle and not is_done:
        yield paint(removed.obstacle, Tone.BAD)
    if removed.kept:
        yield n_(
            "left alone: {number:,} file whose object is gone or no longer selected",
            "left alone: {number:,} files whose objects are gone or no longer selected",
            removed.kept,
        )
    kept = [
        _("{path}  ({why})").format(path=printable(path), why=said(why))
        for path, why in removed.first_kept
    ]
    yield from some_of(kept, removed.kept)


def removed_record(removed: Removed) -> dict[str, Any]:
    """Return the same as JSON has it."""
    return {
        "to_trash": {"files": removed.files, "bytes": removed.size},
        "to_trash_refused": removed.refused or bool(removed.obstacle),
        "to_trash_first": [{"path": path} for path in removed.first],
        "left_alone": {"files": removed.kept},
        "left_alone_first": [{"path": path, "why": said(why)} for path, why in removed.first_kept],
    }

"""`get` of members of an archive: how far it is, and how it ended."""

import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.errors import STATUS_MISSING
from ossh.language import _, n_
from ossh.printable import printable
from ossh.units import format_size

if TYPE_CHECKING:  # they bring the whole of transfer with them
    from ossh.session.jobs.archive_members import ArchiveMembers
    from ossh.transfer.unpacking import Unpacked

_FEW_NAMED = 5  # members that have other names here
_SECONDS = 0.2  # between two counts on the screen
_MOST_NAMED = 20  # members that could not be had
_ERASE_LINE = "\r\x1b[K"


def unpack_and_tell(console: Console, members: "ArchiveMembers") -> None:
    """Unpack members, showing how far that is, and say how it ended."""
    last = deque(_shown(console, members, members.unpack()), maxlen=1)
    if not last:
        console.note(_("the filters hide everything; nothing was unpacked"))
        return
    _tell(console, members, last[0])


def _tell(console: Console, members: "ArchiveMembers", last: "Unpacked") -> None:
    """Say what was unpacked, and what was not."""
    shown = printable(str(members.target))
    files = n_("{number:,} file", "{number:,} files", last.written)
    text = _("unpacked and verified: {files}, {size}, in {folder}")
    if last.missing or not console.quiet:
        console.say([text.format(files=files, size=format_size(last.size), folder=shown)])
    if last.kept:
        console.note(
            n_(
                "{number:,} unchanged",
                "{number:,} unchanged",
                last.kept,
            )
        )
    if last.mapped:
        console.note(
            n_(
                "{number:,} member renamed for this file system",
                "{number:,} members renamed for this file system",
                len(last.mapped),
            )
        )
        for key, path in last.mapped[:_FEW_NAMED]:
            text = _("'{key}' is '{path}'")
            console.note("  " + text.format(key=printable(key), path=printable(path)))
        if (more := len(last.mapped) - _FEW_NAMED) > 0:
            console.note("  " + _("and {number:,} more").format(number=more))
    for key, why in islice(dict.fromkeys(last.missing), _MOST_NAMED):
        console.warn(why if f"'{printable(key)}'" in why else f"{printable(key)}: {why}")
    if last.missing:
        number = len(last.missing)
        console.warn(n_("{number:,} member is not here", "{number:,} members are not here", number))
        console.status = STATUS_MISSING


def _shown(
    console: Console, members: "ArchiveMembers", states: "Iterable[Unpacked]"
) -> "Iterator[Unpacked]":
    """Pass on how far it is, and show it on a terminal."""
    is_seen, due, count = sys.stderr.isatty() and not console.quiet, 0.0, len(members.infos)
    try:
        for state in states:
            if is_seen and time.monotonic() >= due:
                due = time.monotonic() + _SECONDS
                text = _("{done:,} of {number:,}").format(done=state.written, number=count)
                sys.stderr.write(f"{_ERASE_LINE}{text} · {format_size(state.size)} …")
                sys.stderr.flush()
            yield state
    finally:
        if is_seen:
            sys.stderr.write(_ERASE_LINE)

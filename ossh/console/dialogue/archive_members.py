"""Members of archives: which cannot be read, and how far and how well they are unpacked."""

import sys
from collections import deque
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.console.live_count import told_live
from ossh.console.views.text import count, some_of
from ossh.errors import STATUS_MISSING
from ossh.language import _, n_
from ossh.printable import printable
from ossh.session import resolve
from ossh.units import format_size

if TYPE_CHECKING:  # they bring the whole of transfer with them
    from ossh.session.jobs.archive_members import ArchiveMembers
    from ossh.transfer.unpacking import Unpacked

_FEW_NAMED = 5  # members that have other names here
_MOST_NAMED = 20  # members that could not be read or had


def unpack_and_tell(console: Console, members: "ArchiveMembers") -> None:
    """Unpack members, showing how far that is, and say how it ended."""

    def far(state: "Unpacked") -> str:
        done = _("{done:,} of {number:,}").format(done=state.written, number=len(members.infos))
        return f"{done} · {format_size(state.size)}"

    last = deque(told_live(members.unpack(), far, sys.stderr, quiet=console.quiet), maxlen=1)
    if not last:
        console.note(_("the filters hide everything; nothing was unpacked"))
        return
    _tell(console, members, last[0])


def _tell(console: Console, members: "ArchiveMembers", last: "Unpacked") -> None:
    """Say what was unpacked, and what was not."""
    shown = printable(str(members.target))
    text = _("unpacked and verified: {files}, {size}, in {folder}")
    if last.missing or not console.quiet:
        files, size = count(last.written, "file"), format_size(last.size)
        console.say([text.format(files=files, size=size, folder=shown)])
    if last.kept:
        console.note(n_("{number:,} unchanged", "{number:,} unchanged", last.kept))
    if last.mapped:
        console.note(
            n_(
                "{number:,} member renamed for this file system",
                "{number:,} members renamed for this file system",
                len(last.mapped),
            )
        )
        names = [
            _("'{key}' is '{path}'").format(key=printable(key), path=printable(path))
            for key, path in last.mapped[:_FEW_NAMED]
        ]
        for line in some_of(names, len(last.mapped)):
            console.note(line)
    for key, why in islice(dict.fromkeys(last.missing), _MOST_NAMED):
        console.warn(why if f"'{printable(key)}'" in why else f"{printable(key)}: {why}")
    if last.missing:
        number = len(last.missing)
        console.warn(n_("{number:,} member is not here", "{number:,} members are not here", number))
        console.status = STATUS_MISSING


def tell_flaws(console: Console, typed: str, found: str) -> None:
    """Name what is listed of an archive and cannot be read, since it contradicts itself.

    Args:
        console: Where it was listed.
        typed: What was to be listed.
        found: What its keys start with.
    """
    session = console.session
    archive = session.connection.archive(replace(resolve(session.place, typed), prefix=found))
    if archive is None:
        return
    flaws = archive.flaws(found)
    for key, why in islice(flaws, _MOST_NAMED):
        console.warn(f"{printable(key)}: {why}")
    if more := sum(1 for _flaw in flaws):
        text = n_("{number:,} more cannot be read", "{number:,} more cannot be read", more)
        console.warn(text.format(number=more))

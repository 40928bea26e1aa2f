"""Archives: what is in a tar that `get` writes, and members that are listed or unpacked.

Nothing but the archive itself goes to stdout where `get --tar -` writes it.
"""

import os
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.console.live_count import told_live
from ossh.console.views.text import count, some_of
from ossh.errors import STATUS_MISSING, STATUS_STOPPED, OsshError, UsageError
from ossh.language import _, n_
from ossh.printable import printable
from ossh.session import Place
from ossh.units import format_duration, format_size

if TYPE_CHECKING:
    from ossh.transfer.run import Run
    from ossh.transfer.streaming.tar_stream import Streamed
    from ossh.transfer.unpacking import Unpacked, Unpacking

_FEW_NAMED = 5  # members that have other names here
_MOST_NAMED = 20  # members that could not be read or had


def unpack_and_tell(console: Console, unpacking: "Unpacking") -> None:

    def far(state: "Unpacked") -> str:
        done = _("{done:,} of {number:,}").format(done=state.written, number=len(unpacking.members))
        return f"{done} · {format_size(state.size)}"

    last = deque(told_live(unpacking.steps(), far, sys.stderr, quiet=console.quiet), maxlen=1)
    if not last:
        console.note(_("the filters hide everything; nothing was unpacked"))
        return
    _report_unpacked(console, unpacking, last[0])


def _report_unpacked(console: Console, unpacking: "Unpacking", last: "Unpacked") -> None:
    shown = printable(str(unpacking.target))
    text = _("unpacked and verified: {files}, {size}, in {folder}")
    if last.missing or not console.quiet:
        files, size = count(last.written, "file"), format_size(last.size)
        console.say([text.format(files=files, size=size, folder=shown)])
    if last.kept:
        console.note(_("{number:,} unchanged").format(number=last.kept))
    if last.mapped:
        text = _("{members} renamed for this file system")
        console.note(text.format(members=count(len(last.mapped), "member")))
        names = [
            _("'{key}' is '{path}'").format(key=key, path=path)
            for key, path in last.mapped[:_FEW_NAMED]
        ]
        for line in some_of(names, len(last.mapped)):
            console.note(line)
    for key, why in islice(dict.fromkeys(last.missing), _MOST_NAMED):
        console.warn(why if f"'{printable(key)}'" in why else f"{key}: {why}")
    if last.missing:
        number = len(last.missing)
        console.warn(n_("{number:,} member is not here", "{number:,} members are not here", number))
        console.status = STATUS_MISSING


def tell_flaws(console: Console, listed: Place) -> None:
    """Name what is listed of an archive and cannot be read, since it contradicts itself."""
    archive = console.session.connection.archive(listed)
    if archive is None:
        return
    flaws = archive.flaws(listed.prefix)
    for key, why in islice(flaws, _MOST_NAMED):
        console.warn(f"{key}: {why}")
    if more := sum(1 for _flaw in flaws):
        console.warn(_("{number:,} more cannot be read").format(number=more))


def begin_tar(console: Console) -> Callable[[memoryview], int]:
    """Begin an archive on stdout, and return what writes the rest of it.

    Before anything else is asked: some readers take no bytes at all for an archive without members.

    Raises:
        UsageError: It is a terminal.
    """
    if console.is_table:
        raise UsageError(
            _("an archive cannot be written to a terminal"),
            hint=_("for example: get logs/ --tar - | zstd > logs.tar.zst"),
        )
    from ossh.transfer.streaming.tar_format import BEGINNING

    console.stdout.flush()
    console.status = STATUS_MISSING  # in case whoever reads has left
    output = console.stdout.fileno()
    os.write(output, BEGINNING)
    return partial(os.write, output)


def check_planned(plan: "Run") -> None:
    """Raise what kept a plan from being whole."""
    summary = plan.result()
    if summary.ended != "done":
        raise OsshError(
            summary.error or _("stopped; the archive is incomplete"),
            hint=summary.hint,
            status=summary.status or STATUS_STOPPED,
        )


def report_tar(console: Console, streamed: "Streamed") -> None:
    """Say what is in the archive, and what is not.

    Raises:
        OsshError: There is no archive, as nothing would be in it.
    """
    console.status = streamed.status
    for key in streamed.gone_keys:
        text = _("'{key}' is not in the archive: the object no longer exists")
        console.warn(text.format(key=key))
    if (more := streamed.gone - len(streamed.gone_keys)) > 0:
        console.warn(_("{number:,} more missing").format(number=more))
    if not streamed.has_members:
        raise OsshError(
            _("no objects to put into the archive, so it is incomplete"),
            hint=_("'preview' shows what the filters choose"),
            status=streamed.status,
        )
    objects, size = count(streamed.objects, "object"), format_size(streamed.size)
    text = _("{objects}, {size}, written and verified in {time}")
    took = format_duration(streamed.seconds)
    console.note(text.format(objects=objects, size=size, time=took))
    if streamed.by_length:
        text = _("{objects} without a checksum: only the length is verified")
        console.warn(text.format(objects=count(streamed.by_length, "object")))

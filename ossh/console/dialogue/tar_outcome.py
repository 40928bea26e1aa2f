"""Where `get --tar -` writes to, and how it ended. Nothing but the archive goes to stdout."""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ossh.console.console import Console
from ossh.console.views.text import count
from ossh.errors import STATUS_MISSING, STATUS_STOPPED, OsshError, UsageError
from ossh.language import _, n_
from ossh.printable import printable
from ossh.units import format_duration, format_size

if TYPE_CHECKING:  # they bring the whole of transfer with them
    from ossh.transfer.run import Run
    from ossh.transfer.streaming.tar_stream import Streamed


def begin(console: Console) -> Callable[[memoryview], int]:
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


def tell(console: Console, streamed: "Streamed") -> None:
    """Say what is in the archive, and what is not.

    Raises:
        OsshError: There is no archive, as nothing would be in it.
    """
    console.status = streamed.status
    for key in streamed.gone_keys:
        text = _("'{key}' is not in the archive: the object no longer exists")
        console.warn(text.format(key=printable(key)))
    if (more := streamed.gone - len(streamed.gone_keys)) > 0:
        console.warn(n_("{number:,} more missing", "{number:,} more missing", more))
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
        console.warn(
            n_(
                "{number:,} object has no checksum: only its length is verified",
                "{number:,} objects have no checksum: only their length is verified",
                streamed.by_length,
            )
        )

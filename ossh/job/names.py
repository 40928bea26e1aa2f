"""Names of jobs: each is a file's name, so it has to be one on every system."""

import re
from collections.abc import Iterator
from itertools import count

from ossh.errors import UsageError
from ossh.language import N_, _

_LONGEST = 60  # characters, of up to 4 bytes each: with a suffix they stay below 255 bytes
_REFUSED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_ACCEPTED = N_("letters, digits, '.', '-', '_' and inner spaces, at most 60 characters")


def check_name(name: str) -> str:
    """Return the name, if a job can have it.

    Raises:
        UsageError: It would be no file's name on some system.
    """
    if not name:
        raise UsageError(
            _("a job needs a name"), hint=_("accepted: {accepted}").format(accepted=_(_ACCEPTED))
        )
    is_fit = (
        len(name) <= _LONGEST
        and name.isprintable()
        and not _REFUSED.search(name)
        and not _DEVICE.fullmatch(name)
        and name.strip(" .") == name
        and not name.startswith(("-", "~"))
    )
    if not is_fit:
        raise UsageError(
            _("{name!r} cannot be a job name").format(name=name),
            hint=_("accepted: {accepted}").format(accepted=_(_ACCEPTED)),
        )
    return name


def as_counted(name: str) -> tuple[tuple[str | int, ...], str]:
    """Return what names are sorted by as people count: `web`, `web-2`, `web-10`."""
    pieces = re.split("([0-9]+)", name)  # each second one is digits
    return tuple(int(one) if i % 2 else one for i, one in enumerate(pieces)), name


def default_name(*texts: str, mark: str = "") -> str:
    """Return a job's name made of the first text that gives one: a folder, a prefix, a bucket.

    `logs/2026/` becomes `logs-2026`; of a long text the end is kept, which says most. `mark` is
    what will be added to the name.
    """
    for text in texts:
        name = re.sub(r"[^\w.]+", "-", text)[len(mark) - _LONGEST :].strip("-._ ")
        if name and not _DEVICE.fullmatch(name):
            return name
    return "job"


def numbered(name: str) -> Iterator[str]:
    """Yield a name and its successors: `logs`, `logs-2` and so on; of a long one the end."""
    yield name
    for number in count(2):
        yield f"{name}-{number}"[-_LONGEST:].lstrip("-._ ~")

"""Names of jobs, which are file names on every system."""

import re

from ossh.errors import UsageError
from ossh.language import _

LONGEST = 60  # characters, of up to 4 bytes each: with a suffix they stay below 255 bytes
_REFUSED = re.compile(r"""[\x00-\x1f\x7f<>:"/\\|?*'`$;&!%]|\.toml$""")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """Return the name; a UsageError if it would be no file's name on some system."""
    is_fit = (
        0 < len(name) <= LONGEST
        and name.isprintable()
        and not _REFUSED.search(name)
        and not _DEVICE.fullmatch(name)
        and name.strip(" .") == name
        and not name.startswith(("-", "~"))
    )
    if not is_fit:
        problem = _("{name!r} cannot be a job name") if name else _("a job needs a name")
        accepted = _(
            "letters, digits, '.', '-', '_' and inner spaces, up to 60 characters, without '.toml'"
        )
        raise UsageError(
            problem.format(name=name), hint=_("accepted: {accepted}").format(accepted=accepted)
        )
    return name


def natural_sort_key(name: str) -> tuple[tuple[str | int, ...], str]:
    """Return a key that sorts names with their numbers as numbers: `web`, `web-2`, `web-10`."""
    pieces = re.split("([0-9]+)", name)  # each second one is digits
    return tuple(int(one) if i % 2 else one for i, one in enumerate(pieces)), name


def default_name(*texts: str, suffix: str = "") -> str:
    """Return a job's name made of the first text that gives one: a folder, a prefix, a bucket.

    `logs/2026/` becomes `logs-2026`; of a long text the end is kept, which says most. There will
    be room for `suffix`, which the caller adds.
    """
    for text in texts:
        name = re.sub(r"[^\w.]+", "-", text).strip("-._")
        name = re.sub(r"(\.toml)+$", "", name)[len(suffix) - LONGEST :].strip("-._")
        if name and not _DEVICE.fullmatch(name):
            return name
    return "job"

"""Sizes, durations and moments as people write and read them.

`parse_…` reads a text, and raises an `UnreadableError`, which says what it accepts. There are three
ways to write a value: `format_…` rounds, for the eye; `exact_…` parses back to the same value, for
job files and rules; `told_…` is exact for programs and formatted for people.
"""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from ossh.language import Told, _
from ossh.model import KIB

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_SIZE_LIMIT = 2**63 - 1  # bytes; the largest integer SQLite keeps

# As ossutil and most tools read them: K and KiB are 1024, kB is 1000; case does not matter.
_SIZE_FACTORS = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgtpe", start=1):
    _SIZE_FACTORS[_letter] = _SIZE_FACTORS[f"{_letter}ib"] = 1024**_power
    _SIZE_FACTORS[f"{_letter}b"] = 1000**_power

_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86_400),
    "w": Decimal(604_800),
}
_DURATION_LIMIT = 100 * 366 * 86_400  # seconds; a longer one is a typo

_NUMBER = r"[0-9]{1,20}(?:\.[0-9]{1,20})?"
_SHARE = r"\s*([0-9]{1,18})\s*(%?)\s*"
_ALL = 100  # per cent
_SIZE = rf"(?ai)\s*({_NUMBER})\s*([a-z]*)\s*"
_DURATION_TERM = rf"(?ai)\s*({_NUMBER})\s*({'|'.join(_SECONDS)})(?![a-z])\s*"
_MONTHS = "[0-9. ]+M"  # what some mean by that
_BARE_NUMBER = rf"\s*({_NUMBER})\s*"
_DATE = r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?\s*"


class UnreadableError(ValueError):
    """A text that cannot be read: what is wrong with it, and what is accepted."""

    def __init__(self, problem: str, accepted: str) -> None:
        super().__init__(
            _("{problem}; accepted: {accepted}").format(problem=problem, accepted=accepted)
        )
        self.problem = problem
        self.accepted = accepted


def parse_size(text: str) -> int:
    """Return the bytes that a text such as "500", "1MiB", "20kB" or "1.5G" means, rounded down.

    K, M, G, T, P, E and KiB … EiB count in steps of 1024, kB … EB in steps of 1000. More than 8 EiB
    are refused.
    """
    match = re.fullmatch(_SIZE, text)
    factor = _SIZE_FACTORS.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise UnreadableError(
            _("'{text}' is not a size").format(text=text),
            _("sizes such as 500, 64KiB, 1.5G or 20MB"),
        )
    size = int(Decimal(match[1]) * factor)
    if size > _SIZE_LIMIT:
        raise UnreadableError(_("'{text}' is too large").format(text=text), _("sizes up to 8 EiB"))
    return size


def parse_rate(text: str) -> int:
    """Return the bytes per second of a text such as "20MiB" or "20MiB/s", as `parse_size` does."""
    return parse_size(text.removesuffix("/s"))


def format_size(size: float) -> str:
    """Return bytes for the eye: "512 B", "4.0 KiB", "1.2 GiB"."""
    if round(size) < KIB:
        return f"{size:.0f} B"
    value, power = size / KIB, 1
    while round(value, 1) >= KIB and power < len(_BINARY_UNITS) - 1:
        value, power = value / KIB, power + 1
    return f"{value:.1f} {_BINARY_UNITS[power]}"


def exact_size(size: int) -> str:
    """Return a short text that `parse_size` reads as exactly this size: "16MiB", "1000", "20MB"."""
    for unit in (*reversed(_BINARY_UNITS[1:]), "GB", "MB"):
        factor = _SIZE_FACTORS[unit.lower()]
        if size and size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def told_size(size: int) -> Told:
    """Return bytes: "1234" for programs, "1,234 (1.2 KiB)" for people."""
    return Told(str(size), f"{size:,} ({format_size(size)})")


def told_count(number: int) -> Told:
    """Return a number: "1234" for programs, "1,234" for people."""
    return Told(str(number), f"{number:,}")


def parse_share(text: str) -> tuple[int, bool]:
    """Return the number of a text such as "500" or "50%", and whether it is a percentage."""
    match = re.fullmatch(_SHARE, text)
    if match is None or (match[2] and int(match[1]) > _ALL):
        problem = _("'{text}' is not a number or a percentage").format(text=text)
        raise UnreadableError(problem, _("numbers such as 500 or 50%"))
    return int(match[1]), bool(match[2])


def share_of(text: str, total: int) -> int:
    """Return how many of a total a text that `parse_share` accepts means, rounded down."""
    number, is_percentage = parse_share(text)
    return total * number // _ALL if is_percentage else number


def parse_duration(text: str) -> float:
    """Return the seconds that a text such as "90s", "1h", "7d", "1h30m" or "250ms" means.

    A number without a unit is seconds. More than a hundred years are refused.
    """
    bare = re.fullmatch(_BARE_NUMBER, text)
    seconds = Decimal(bare[1]) if bare else _sum_of_terms(text)
    if seconds > _DURATION_LIMIT:
        raise UnreadableError(
            _("'{text}' is too long").format(text=text), _("durations up to a hundred years")
        )
    return float(seconds)


def format_duration(seconds: float) -> str:
    """Return seconds for the eye, in at most two units: "0.4 s", "1 min 5 s", "3 d 4 h"."""
    if 0 < seconds < 0.95:  # noqa: PLR2004 - from here on it reads as 1 s
        return f"{seconds:.1f} s"
    whole = max(0, round(seconds))
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    for (large, length), (small, part) in pairwise(units):
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length} {large}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def exact_duration(seconds: float) -> str:
    """Return a text that `parse_duration` reads as exactly these seconds: "1h", "90s", "7d".

    Exact down to the microsecond, as timedelta is.
    """
    for unit in ("d", "h", "m"):
        length = float(_SECONDS[unit])
        if seconds and seconds % length == 0:
            return f"{int(seconds // length)}{unit}"
    return f"{int(seconds)}s" if seconds == int(seconds) else f"{Decimal(repr(seconds)):f}s"


def parse_moment(text: str) -> datetime | timedelta:
    """Return the moment that a text means: relative to now ("7d"), or a date with or without time.

    A relative one stays relative, as a timedelta. "2026-01-01" and "2026-01-01T08:00" are local
    time; a trailing "Z" or "+08:00" names the zone. The datetime is always aware.
    """
    if re.fullmatch(_BARE_NUMBER, text) is None:
        try:
            if re.fullmatch(_DATE, text) is None:
                return timedelta(seconds=parse_duration(text))
            moment = datetime.fromisoformat(text.strip())
            moment.astimezone(UTC)  # near the years 1 and 9999 it fails
            return moment if moment.tzinfo else moment.astimezone()
        except (ValueError, OverflowError, OSError):  # OSError: Windows and local times before 1970
            pass
    raise UnreadableError(
        _("'{text}' is not a date or an age").format(text=text),
        _("1m (a minute), 12h, 7d, 30d (about a month), 2026-01-01 and 2026-01-01T08:00:00Z"),
    ) from None


def exact_moment(moment: datetime | timedelta) -> str:
    """Return a text that `parse_moment` reads as this moment: "7d", "2026-01-01T08:00:00Z"."""
    if isinstance(moment, timedelta):
        return exact_duration(moment.total_seconds())
    text = moment.isoformat()
    return f"{text[:-6]}Z" if text.endswith("+00:00") else text


def moment_at(seconds: float) -> datetime:
    """Return the moment so many seconds after 1970 began, in UTC.

    Windows' own clock functions, which `datetime.fromtimestamp` calls, know no earlier one.

    Raises:
        OverflowError: It is outside the calendar.
    """
    return _EPOCH + timedelta(seconds=seconds)


def local_time(moment: datetime) -> str:
    """Return a moment in the reader's own time zone, to the minute."""
    return _here(moment).strftime("%Y-%m-%d %H:%M")


def _here(moment: datetime) -> datetime:
    with suppress(OSError, OverflowError):  # as in `moment_at`; then it is told as it is, in UTC
        return moment.astimezone()
    return moment


def format_moment(moment: datetime) -> str:
    """Return a moment in the reader's own time zone, no longer than it takes: "2026-01-01"."""
    local = _here(moment)
    form = "%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M"
    return local.strftime(form).removesuffix("T00:00")


def utc_time(moment: datetime) -> str:
    """Return a moment for programs: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def told_clock(moment: datetime) -> Told:
    """Return a moment of the next few hours, as `told_moment` does."""
    here = moment.astimezone()
    is_near = moment - datetime.now(UTC) < timedelta(hours=12)
    return Told(utc_time(moment), here.strftime("%H:%M:%S") if is_near else local_time(moment))


def told_moment(moment: datetime) -> Told:
    """Return a moment: in UTC for programs, in their own time zone for people."""
    return Told(utc_time(moment), local_time(moment))


def _sum_of_terms(text: str) -> Decimal:
    """Return the seconds of "1h30m" and its like."""
    seconds, position, term = Decimal(0), 0, re.compile(_DURATION_TERM)
    while match := term.match(text, position):
        seconds += Decimal(match[1]) * _SECONDS[match[2].lower()]
        position = match.end()
    if not position or position < len(text) or re.fullmatch(_MONTHS, text.strip()):
        raise UnreadableError(
            _("'{text}' is not a duration").format(text=text),
            _("durations such as 90s, 1m (a minute), 1h, 7d or 30d (about a month)"),
        )
    return seconds

"""Reads the fields of a job file, a table at a time, and says precisely what is wrong with one."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from ossh.errors import JobFileError
from ossh.language import N_, _
from ossh.paths import printable
from ossh.units import UnreadableError, parse_duration, parse_moment, parse_size

LARGEST = (1 << 63) - 1  # bytes; TOML and SQLite know no larger number
_LONGEST = 200  # characters of a field's name, or of what is said of it
_T = TypeVar("_T")


class Table:
    """One table of a job file; every field that is not asked for is an error in the end.

    Args:
        path: The file, for messages.
        text: Its text, to find lines in.
        name: The table's name, "" for what stands before the first table.
        values: The fields.
    """

    def __init__(self, path: Path, text: str, name: str, values: dict[str, Any]) -> None:
        self._path = path
        self._text = text
        self._name = name
        self._values = values
        self._asked: list[str] = []

    def text(self, field: str, default: str | None = None) -> str:
        """Return a text; without a default it is required, and not empty."""
        value = self._get(field, default)
        if not isinstance(value, str):
            self.refuse(
                field, _("is {what}").format(what=_kind(value)), _("a string in double quotes")
            )
        if default is None and not value.strip():
            self.refuse(field, _("is empty"), _("a string in double quotes"))
        return value

    def choice(self, field: str, default: str, accepted: Iterable[str]) -> str:
        """Return one of a few texts."""
        value = self.text(field, default)
        if value not in accepted:
            choices = _(" or ").join(f'"{one}"' for one in accepted)
            self.refuse(field, _("is '{value}'").format(value=printable(value)), choices)
        return value

    def flag(self, field: str, *, default: bool) -> bool:
        """Return a truth value."""
        value = self._get(field, default)
        if not isinstance(value, bool):
            self.refuse(field, _("is {what}").format(what=_kind(value)), _("true or false"))
        return value

    def number(self, field: str, default: int | None, smallest: int, largest: int) -> int:
        """Return a whole number within bounds, both included."""
        value = self._get(field, default)
        accepted = _("a whole number from {smallest} to {largest}").format(
            smallest=smallest, largest=largest
        )
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(field, _("is {what}").format(what=_kind(value)), accepted)
        if not smallest <= value <= largest:
            self.refuse(field, _("is {what}").format(what=value), accepted)
        return value

    def size(self, field: str, default: int, smallest: int = 0) -> int:
        """Return a number of bytes, written as a number or with a unit."""
        size = self.optional_size(field, smallest)
        return default if size is None else size

    def optional_size(self, field: str, smallest: int = 0) -> int | None:
        """Return a number of bytes, or None when the field is missing."""
        value = self._optional(field)
        if value is None:
            return None
        if isinstance(value, str):
            value = self._parsed(field, parse_size, value)
        if not isinstance(value, int) or isinstance(value, bool):
            self.refuse(
                field, _("is {what}").format(what=_kind(value)), _('a size such as "16MiB" or 500')
            )
        if not smallest <= value <= LARGEST:
            self.refuse(
                field,
                _("is {what}").format(what=value),
                _("a size from {smallest} to {largest}").format(smallest=smallest, largest=LARGEST),
            )
        return value

    def duration(self, field: str, default: float) -> float:
        """Return seconds, written as a number or with a unit."""
        value = self._get(field, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            value = f"{Decimal(repr(value)):f}"
        if not isinstance(value, str):
            self.refuse(
                field,
                _("is {what}").format(what=_kind(value)),
                _('a duration such as "90s" or "1h"'),
            )
        return self._parsed(field, parse_duration, value)

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of texts; a single one may stand without brackets."""
        value = self._optional(field)
        values = [] if value is None else value if isinstance(value, list) else [value]
        for one in values:
            if not isinstance(one, str) or not one:
                self.refuse(
                    field,
                    _("contains {what}").format(what=_kind(one)),
                    _('strings such as ["*.gz", "*.csv"]'),
                )
        return tuple(values)

    def moment(self, field: str) -> datetime | timedelta | None:
        """Return a moment: a date, perhaps with a time, or how long ago it was, such as "7d".

        Dates and times are local ones, unless they name their zone.
        """
        value = self._optional(field)
        if value is None:
            return None
        if isinstance(value, str):
            return self._parsed(field, parse_moment, value)
        if not isinstance(value, date):  # a datetime is one, too
            self.refuse(
                field,
                _("is {what}").format(what=_kind(value)),
                _('2026-01-01, 2026-01-01T08:00:00Z or "7d"'),
            )
        return self._parsed(field, parse_moment, value.isoformat())

    def table(self, field: str) -> "Table":
        """Return a table within this one, an empty one when it is missing."""
        value = self._optional(field)
        if value is not None and not isinstance(value, dict):
            self.refuse(
                field,
                _("is {what}").format(what=_kind(value)),
                _("a table that begins with [{field}]").format(field=field),
            )
        return Table(self._path, self._text, field, value or {})

    def finish(self) -> None:
        """Refuse fields that nobody asked for, and say which there are."""
        for field in self._values:
            if field not in self._asked:
                accepted = ", ".join(sorted(self._asked))
                self.refuse(field, _("is unknown"), accepted)

    def refuse(self, field: str, reason: str, accepted: str) -> NoReturn:
        """Raise the error that names file, line, field, reason, and what is accepted."""
        where = f"[{self._name}] {field}" if self._name else field
        line = _line_of(self._text, self._name, field)
        raise JobFileError(
            (
                _("'{file}', line {line}: '{field}' {reason}")
                if line
                else _("'{file}': '{field}' {reason}")
            ).format(
                file=self._path, line=line, field=_short(printable(where)), reason=_short(reason)
            ),
            hint=_("accepted: {accepted}").format(accepted=accepted),
        )

    def _optional(self, field: str) -> Any:  # noqa: ANN401 - TOML has values of many types
        self._asked.append(field)
        value = self._values.get(field)
        if isinstance(value, int) and abs(value) > LARGEST:  # Python may not even show it
            self.refuse(
                field,
                _("is too large a number"),
                _("numbers up to {largest}").format(largest=LARGEST),
            )
        return value

    def _get(self, field: str, default: object) -> Any:  # noqa: ANN401 - as above
        value = self._optional(field)
        if value is None and default is None:
            self.refuse(
                field,
                _("is missing"),
                _("a line such as {example}").format(
                    example=f"{field} = {_EXAMPLES.get(field, '…')}"
                ),
            )
        return default if value is None else value

    def _parsed(self, field: str, parse: Callable[[str], _T], text: str) -> _T:
        try:
            return parse(text)
        except UnreadableError as error:
            reason = _("is wrong: {reason}").format(reason=printable(error.problem))
            self.refuse(field, reason, error.accepted)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_EXAMPLES = {
    "version": "1",
    "endpoint": '"https://oss-cn-hangzhou.aliyuncs.com"',
    "bucket": '"my-bucket"',
    "directory": '"../downloads"',
}


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, N_("a boolean")),  # before int, which it is as well
    (str, N_("a string")),
    (int, N_("a number")),
    (float, N_("a number")),
    (list, N_("a list")),
    (dict, N_("a table")),
    (date, N_("a date")),
)


def _kind(value: object) -> str:
    """Return what a value is, in the words of TOML; never the value, which may be private."""
    if value == "":
        return _("an empty string")
    known = (_(name) for kind, name in _KINDS if isinstance(value, kind))
    return next(known, _("another type of value"))


def _line_of(text: str, table: str, field: str) -> int:
    """Return the number of the line that sets a field, 0 when it is not set in the plain way."""
    here = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\s*([\w-]+)\s*\]", line)
        if header:
            here = header[1]
        is_table = header is not None and (table, field) == ("", here)
        if is_table or (
            here == table and re.match(rf"""\s*["']?{re.escape(field)}["']?\s*[=.]""", line)
        ):
            return number
    return 0

"""Reads the fields of a table of a job file, and says precisely what is wrong with one."""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from ossh.errors import JobFileError
from ossh.language import _
from ossh.printable import printable, shortened
from ossh.units import (
    UnreadableError,
    exact_size,
    parse_duration,
    parse_moment,
    parse_share,
    parse_size,
)

LARGEST = (1 << 63) - 1  # bytes; TOML and SQLite know no larger number
REQUIRED = object()
"""The default of a field that must be there, and not be blank."""
_LONGEST = 200  # characters of a field's name, or of what is said of it
_T = TypeVar("_T")
Reader = Callable[["Table", str, Any], object]
"""Returns the checked value of a field; given its table, its name, and what TOML has for it."""


class Table:
    """One table of a job file.

    The text is that of the whole file, to find lines in. What stands before the first table is
    a table too, whose name is "".
    """

    def __init__(self, path: Path, text: str, name: str, values: dict[str, Any]) -> None:
        self._path = path
        self._text = text
        self._name = name
        self._values = values

    def read(self, field: str, reader: Reader, default: object = REQUIRED) -> Any:  # noqa: ANN401 - of many types
        """Return the value of a field, as one of the methods below reads it, or its default."""
        value = self._values.get(field)
        if value is None and default is REQUIRED:
            example = f"{field} = {_EXAMPLES[field]}"
            accepted = _("a line such as {example}").format(example=example)
            self.refuse(field, _("is missing"), accepted)
        if value is None:
            return default
        if isinstance(value, int) and abs(value) > LARGEST:  # Python may not even show it
            accepted = _("numbers up to {largest}").format(largest=LARGEST)
            self.refuse(field, _("is too large a number"), accepted)
        if default is REQUIRED and isinstance(value, str) and not value.strip():
            self.refuse(field, _("is empty"), _("a string in double quotes"))
        return reader(self, field, value)

    def text(self, field: str, value: object) -> str:
        return self._typed(field, value, str, _("a string in double quotes"))

    def choice(self, field: str, value: object, accepted: Iterable[str]) -> str:
        text = self.text(field, value)
        if text not in accepted:
            choices = _(" or ").join(f'"{one}"' for one in accepted)
            self.refuse(field, _("is '{value}'").format(value=printable(text)), choices)
        return text

    def flag(self, field: str, value: object) -> bool:
        return self._typed(field, value, bool, _("true or false"))

    def number(self, field: str, value: object, smallest: int, largest: int) -> int:
        """Return a whole number within bounds, both included."""
        accepted = _("a whole number from {smallest} to {largest}").format(
            smallest=smallest, largest=largest
        )
        number = self._typed(field, value, int, accepted)
        if not smallest <= number <= largest:
            self.refuse(field, _("is {what}").format(what=number), accepted)
        return number

    def size(self, field: str, value: object, smallest: int) -> int:
        """Return a number of bytes, written as a number or with a unit."""
        if isinstance(value, str):
            value = self._parsed(field, parse_size, value)
        size = self._typed(field, value, int, _('a size such as "16MiB" or 500'))
        if size < smallest:
            accepted = _("a size of {smallest} or more").format(smallest=exact_size(smallest))
            self.refuse(field, _("is {what}").format(what=size), accepted)
        return size

    def share(self, field: str, value: object) -> str:
        """Return a number or a percentage, as a text."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        text = self._typed(field, value, str, _('a number such as 500, or "50%"'))
        self._parsed(field, parse_share, text)
        return text

    def duration(self, field: str, value: object) -> float:
        """Return seconds, written as a number or with a unit."""
        if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            value = f"{Decimal(repr(value)):f}"
        text = self._typed(field, value, str, _('a duration such as "90s" or "1h"'))
        return self._parsed(field, parse_duration, text)

    def texts(self, field: str, value: object) -> tuple[str, ...]:
        """Return a list of texts; a single one may stand without brackets."""
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str) and one for one in values):
            accepted = _('strings such as ["*.gz", "*.csv"]')
            self.refuse(field, _("contains an empty or wrong value"), accepted)
        return tuple(values)

    def moment(self, field: str, value: object) -> datetime | timedelta:
        """Return a moment: a date, perhaps with a time, or how long ago it was, such as "7d".

        Dates and times are local ones, unless they name their zone.
        """
        if isinstance(value, date):  # a datetime is one, too
            value = value.isoformat()
        text = self._typed(field, value, str, _('2026-01-01, 2026-01-01T08:00:00Z or "7d"'))
        return self._parsed(field, parse_moment, text)

    def table(self, field: str) -> "Table":
        """Return a table within this one, an empty one when it is missing."""
        accepted = _("a table that begins with [{field}]").format(field=field)
        values = self._typed(field, self._values.get(field, {}), dict, accepted)
        return Table(self._path, self._text, field, values)

    def expect(self, fields: Iterable[str]) -> None:
        """Refuse all fields but these; before they are read, for one that lacks may be misspelt."""
        known = sorted(fields)
        for field in self._values:
            if field not in known:
                self.refuse(field, _("is unknown"), ", ".join(known))

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
                file=self._path,
                line=line,
                field=shortened(printable(where), _LONGEST),
                reason=shortened(reason, _LONGEST),
            ),
            hint=_("accepted: {accepted}").format(accepted=accepted),
        )

    def _typed(self, field: str, value: object, kind: type[_T], accepted: str) -> _T:
        if type(value) is not kind:  # a truth value is no number, though an int to Python
            self.refuse(field, _("is of the wrong type"), accepted)
        return value

    def _parsed(self, field: str, parse: Callable[[str], _T], text: str) -> _T:
        try:
            return parse(text)
        except UnreadableError as error:
            reason = _("is wrong: {reason}").format(reason=printable(error.problem))
            self.refuse(field, reason, error.accepted)


_EXAMPLES = {
    "version": "1",
    "endpoint": '"https://oss-cn-hangzhou.aliyuncs.com"',
    "bucket": '"my-bucket"',
    "directory": '"../downloads"',
}


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

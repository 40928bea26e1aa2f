"""What programs read: JSON lines and tab-separated lines. Pure."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ossh.printable import printable
from ossh.units import utc_time


def json_line(record: Mapping[str, Any], *, ascii_only: bool = False) -> str:
    """Return a JSON object on one line; what could control a terminal is a JSON escape.

    So is what is not ASCII if `ascii_only`, for a stream whose encoding is not UTF-8.
    """
    line = json.dumps(record, ensure_ascii=ascii_only, default=_json_value)
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _json_value(value: object) -> str:
    return utc_time(value) if isinstance(value, datetime) else str(value)


def tab_separated(fields: Iterable[str]) -> str:
    """Return one line without a control character other than the tabs between its fields."""
    return "\t".join(map(printable, fields))


def record_lines(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield a record as tab-separated lines: what it is about, then numbers, then names.

    What is a list in JSON has a line for each of its items. What is not known is empty.
    """
    for name, value in record.items():
        for one in value if isinstance(value, list) else [value]:
            facts = one.values() if isinstance(one, dict) else [one]
            names_last = sorted(facts, key=lambda fact: isinstance(fact, str | dict))
            yield tab_separated([name, *map(exact, names_last)])


def attributes(*names: str) -> Callable[[object], dict[str, Any]]:
    """Return what makes a record of so many attributes of an item."""
    return lambda item: {name: getattr(item, name) for name in names}


def exact(fact: Any) -> str:  # noqa: ANN401 - what JSON can hold
    """Return a value of a record as one field; what is not known is empty."""
    match fact:
        case None:
            return ""
        case bool():
            return "yes" if fact else "no"
        case datetime():
            return utc_time(fact)
        case tuple():
            return " ".join(fact)
        case dict():
            return ", ".join(f"{number} {name}" for name, number in fact.items())
        case _:
            return str(fact)

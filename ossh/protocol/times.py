"""Dates and clocks: how answers write them, and what they say of this computer's clock. Pure."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime

from ossh.protocol.error_body import error_fields
from ossh.protocol.headers import QOS_DELAY

_WAIT_LIMIT = 300.0  # seconds; a gateway that asks for a day is asked again sooner
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)


def parse_http_date(text: str) -> float:
    """Return an HTTP date as seconds since the epoch.

    The usual form is read without the standard library's detours, for every download has one;
    the older forms are accepted too.

    Raises:
        ValueError: The text is no date.

    Source: RFC 9110, section 5.6.7.
    """
    match = _HTTP_DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import

        try:
            moment = parsedate_to_datetime(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except OverflowError as error:  # a zone of years
            raise ValueError(str(error)) from None
    day, month, year, hour, minute, second = match.groups()
    days = date(int(year), 1 + _MONTHS.index(month), int(day)).toordinal() - _EPOCH_DAY
    return float(((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second))


def server_time(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the service's clock as an answer shows it, in seconds since the epoch.

    An error's ServerTime comes first: services behind a proxy were seen to send a Date of 1970
    beside a correct ServerTime.
    """
    with suppress(ValueError):
        served = datetime.fromisoformat(error_fields(headers, body).get("ServerTime", ""))
        return (served if served.tzinfo else served.replace(tzinfo=UTC)).timestamp()
    with suppress(ValueError):
        return parse_http_date(headers.get("date", ""))
    return None


def wait_seconds(headers: Mapping[str, str]) -> float:
    """Return how long the service asks to wait, 0.0 when it does not."""
    asked = 0.0
    for name, unit in ((QOS_DELAY, 0.001), ("retry-after", 1.0)):
        with suppress(ValueError):  # a gateway may name a date, which the usual pause will do for
            asked = max(asked, float(headers.get(name, "0")) * unit)
    return min(asked, _WAIT_LIMIT)

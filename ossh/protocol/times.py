"""Dates and clocks: how answers write them, and what they say of this computer's clock. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from ossh.language import Words
from ossh.protocol.error_body import error_fields
from ossh.protocol.headers import QOS_DELAY

_WAIT_LIMIT = 300.0  # seconds; a gateway that asks for a day is asked again sooner
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
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
        try:
            moment = parsedate_to_datetime(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except OverflowError as error:  # a zone of years
            raise ValueError(str(error)) from None
    day, month, year, hour, minute, second = match.groups()
    days = date(int(year), _MONTHS[month], int(day)).toordinal() - _EPOCH_DAY
    return float(((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second))


def server_time(headers: Mapping[str, str], body: bytes) -> float | None:
    """Return the service's clock as an answer shows it, in seconds since the epoch.

    An error's ServerTime comes first: services behind a proxy were seen to send a Date of 1970
    beside a correct ServerTime.
    """
    served = _moment(error_fields(headers, body).get("ServerTime", ""))
    if served is not None:
        return served
    try:
        return parse_http_date(headers.get("date", ""))
    except ValueError:
        return None


def skew_message(fields: Mapping[str, str]) -> str:
    """Return by how much this computer's clock is off, "" when the error does not say so."""
    sent, served = (_moment(fields.get(name, "")) for name in ("RequestTime", "ServerTime"))
    if sent is None or served is None:
        return ""
    minutes = round((sent - served) / 60)
    if minutes > 0:
        return Words("this computer's clock is {minutes} minutes ahead", minutes=minutes)
    return Words("this computer's clock is {minutes} minutes behind", minutes=-minutes)


def _moment(text: str) -> float | None:
    """Return an ISO 8601 time, UTC unless it says otherwise, as seconds since the epoch."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def wait_seconds(headers: Mapping[str, str]) -> float:
    """Return how long the service asks to wait, 0.0 when it does not."""
    asked = 0.0
    for name, unit in ((QOS_DELAY, 0.001), ("retry-after", 1.0)):
        try:
            asked = max(asked, float(headers.get(name, "0")) * unit)
        except ValueError:
            asked = max(asked, _seconds_until(headers, headers[name]))
    return min(asked, _WAIT_LIMIT)


def _seconds_until(headers: Mapping[str, str], moment: str) -> float:
    """Return the seconds from an answer's own date to a moment, 0.0 when either is unreadable."""
    try:
        return parse_http_date(moment) - parse_http_date(headers.get("date", ""))
    except ValueError:
        return 0.0

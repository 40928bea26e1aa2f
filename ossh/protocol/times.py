"""Dates and clocks: how answers write them, and what they say of this computer's clock. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ossh.language import Words
from ossh.protocol.error_body import error_fields
from ossh.protocol.headers import QOS_DELAY

_WAIT_LIMIT = 300.0  # seconds; a gateway that asks for a day is asked again sooner


def parse_http_date(text: str) -> float:
    """Return an HTTP date, of any form, as seconds since the epoch.

    Raises:
        ValueError: The text is no date.

    Source: RFC 9110, section 5.6.7.
    """
    try:
        return _seconds(parsedate_to_datetime(text))
    except OverflowError as error:  # a zone of years
        raise ValueError(str(error)) from None


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
    """Return an ISO 8601 time as seconds since the epoch; None if it is none."""
    try:
        return _seconds(datetime.fromisoformat(text))
    except ValueError:
        return None


def _seconds(moment: datetime) -> float:
    """Return a moment, in UTC unless it says otherwise, as seconds since the epoch."""
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

"""What credentials are, how long they are good, and what is shown of them."""

from datetime import UTC, datetime, timedelta

import pytest

from ossh.store.credentials import ANONYMOUS, Credentials
from ossh.store.credentials.access_keys import parse_expiry
from ossh.units import told_clock

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key_id", "masked"), [("LTAI5tExampleExample", "LTAI…mple"), ("short", "sh…"), ("", "")]
)
def test_a_key_id_is_shown_in_part(key_id: str, masked: str) -> None:
    assert Credentials(key_id, "secret").masked_id == masked


def test_secrets_are_not_shown() -> None:
    shown = repr(Credentials("id", "hush-secret", "hush-token"))

    assert "hush" not in shown


def test_the_kind_is_told_in_words() -> None:
    soon, later = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, 72))
    clock, date = told_clock(soon), told_clock(later)
    role = "acs:ram::1:role/r"

    assert ANONYMOUS.kind == "no signature"
    assert Credentials("id", "s").kind == "long-lived key"
    assert Credentials("id", "s", "t").kind == "STS token"
    assert Credentials("id", "s", "t", expires=soon).kind == f"STS token until {clock}"
    assert Credentials("id", "s", "t", expires=later).kind == f"STS token until {date}"
    assert Credentials("id", "s", "t", role=role, expires=soon).kind == (
        f"role {role} until {clock}"
    )


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-25T12:00:00Z", NOON),
        ("2026-11-25T20:00:00+08:00", NOON),
        ("2026-11-25T12:00:00", NOON),
        (str(int(NOON.timestamp())), NOON),
        ("soon", None),
        ("", None),
        ("0", None),
        (str(10**30), None),
        ("-1", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("9999-12-31T23:59:59-12:00", None),
    ],
)
def test_the_end_is_read_as_any_source_writes_it(value: str, moment: datetime | None) -> None:
    assert parse_expiry(value) == moment

"""Archived objects and their thawing, by a clock of our own."""

import pytest

from ossh.demo.content.buckets import make_object
from ossh.demo.refusal import Refusal
from ossh.demo.service.thawing import Restores

DAY = 86400.0
FROZEN = make_object("frozen", b"x", storage_class="Archive")
COLD = make_object("cold", b"x", storage_class="ColdArchive")


def wish(days: str, tier: str = "") -> bytes:
    job = f"<JobParameters><Tier>{tier}</Tier></JobParameters>" if tier else ""
    return f"<RestoreRequest><Days>{days}</Days>{job}</RestoreRequest>".encode()


def test_restore_takes_its_time_and_ends() -> None:
    archive = Restores(thaw_seconds=60)

    assert archive.header("b", FROZEN, 0) is None
    assert archive.restore("b", FROZEN, wish("2"), 0) == 202
    assert (archive.is_readable("b", FROZEN, 59), archive.header("b", FROZEN, 59)) == (
        False, 'ongoing-request="true"',
    )  # fmt: skip
    assert archive.is_readable("b", FROZEN, 60)
    assert archive.header("b", FROZEN, 60) == (
        'ongoing-request="false", expiry-date="Sat, 03 Jan 1970 00:01:00 GMT"'
    )
    assert archive.is_readable("b", FROZEN, 2 * DAY)
    assert not archive.is_readable("b", FROZEN, 60 + 2 * DAY)
    assert archive.restore("b", FROZEN, b"", 60 + 2 * DAY) == 202


def test_restore_while_it_runs_is_refused_and_later_prolongs() -> None:
    archive = Restores(thaw_seconds=60)
    archive.restore("b", FROZEN, b"", 0)

    with pytest.raises(Refusal) as caught:
        archive.restore("b", FROZEN, b"", 30)
    assert (caught.value.status, caught.value.code) == (409, "RestoreAlreadyInProgress")
    assert archive.restore("b", FROZEN, wish("7"), 100) == 200
    assert archive.is_readable("b", FROZEN, 6 * DAY)


def test_other_objects_are_always_readable_and_never_restored() -> None:
    archive, warm = Restores(), make_object("warm", b"x", storage_class="IA")

    assert archive.is_readable("b", warm, 0)
    assert archive.header("b", warm, 0) is None
    with pytest.raises(Refusal) as caught:
        archive.restore("b", warm, b"", 0)
    assert caught.value.code == "OperationNotSupported"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<RestoreRequest/>", "MalformedXML"),
        (b"<Days>1</Days>", "MalformedXML"),
        (wish("0"), "InvalidArgument"),
        (wish("8"), "InvalidArgument"),
        (wish("1", "Bulk"), "InvalidArgument"),
    ],
)
def test_senseless_wish_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        Restores().restore("b", FROZEN, body, 0)

    assert caught.value.code == code


def test_tier_is_for_cold_classes() -> None:
    assert Restores().restore("b", COLD, wish("1", "Bulk"), 0) == 202
    with pytest.raises(Refusal):
        Restores().restore("b", COLD, wish("1", "Faster"), 0)


def test_deep_cold_archive_has_no_bulk_tier_and_a_year_of_days() -> None:
    deep = make_object("deep", b"x", storage_class="DeepColdArchive")

    assert Restores().restore("b", deep, wish("365", "Expedited"), 0) == 202
    with pytest.raises(Refusal):
        Restores().restore("b", deep, wish("1", "Bulk"), 0)
    with pytest.raises(Refusal):
        Restores().restore("b", deep, wish("366"), 0)


def test_thaw_on_demand_ends_what_is_under_way() -> None:
    archive = Restores(thaw_seconds=60)
    archive.restore("b", FROZEN, b"", 0)

    archive.thaw_now()
    assert archive.is_readable("b", FROZEN, 10)
    archive.freeze_now()
    assert not archive.is_readable("b", FROZEN, 10)


def test_real_time_access_is_for_class_archive_of_one_bucket() -> None:
    archive = Restores()
    archive.real_time.add("b")

    assert archive.is_readable("b", FROZEN, 0)
    assert not archive.is_readable("other", FROZEN, 0)
    assert not archive.is_readable("b", COLD, 0)

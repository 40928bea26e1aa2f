"""The nouns: lengths, totals, and what a source never holds."""

import dataclasses
from collections import Counter
from datetime import UTC, datetime

from ossh.model import (
    MISSING,
    Cause,
    Counts,
    ObjectInfo,
    Source,
    Status,
    Thaw,
    TransferSettings,
)
from ossh.selection import Selection
from ossh.store.credentials import Credentials


def test_totals_are_of_all_statuses() -> None:
    counts = Counts(
        Counter({Status.DONE: 2, Status.GONE: 1}), Counter({Status.DONE: 20, Status.GONE: 5})
    )

    assert (counts.total, counts.total_size) == (3, 25)
    assert (counts.at_target, counts.size_at_target, counts.missing) == (2, 20, 1)
    assert Counts().total == 0


def test_an_entry_is_at_the_target_or_missing_or_pending() -> None:
    for status in Status:
        assert status.is_at_target + (status in MISSING) + (status is Status.PENDING) == 1
    assert [one for one in Status if one.is_resumable] == [Status.PENDING, Status.FAILED]


def test_words_of_causes_and_statuses_are_unlike_each_other() -> None:
    for words in (Cause, Status):
        assert all(word == word.lower() and " " not in word for word in words)
        assert len(set(words)) == len(words)


def test_a_source_has_no_field_for_a_credential() -> None:
    names = {field.name for field in dataclasses.fields(Source)}

    assert not [name for name in names if "secret" in name or "key" in name or "token" in name]


def test_an_archived_object_is_frozen_until_it_has_thawed() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    cold = ObjectInfo("a", 1, "E1", moment, storage_class="ColdArchive")

    assert cold.is_frozen
    assert dataclasses.replace(cold, thaw=Thaw.ONGOING).is_frozen
    assert not dataclasses.replace(cold, thaw=Thaw.DONE).is_frozen
    assert not dataclasses.replace(cold, storage_class="IA").is_frozen


def test_a_repr_shows_what_is_not_as_usual_and_no_secret() -> None:
    assert repr(Source("http://x", "r", "b")) == (
        "Source(endpoint='http://x', region='r', bucket='b')"
    )
    assert repr(TransferSettings()) == "TransferSettings()"
    assert repr(TransferSettings(rate=5)) == "TransferSettings(rate=5)"
    assert repr(Selection(suffix=".gz")) == "Selection(suffix=('.gz',))"
    assert "hush" not in repr(Credentials("id", "hush", "hush"))

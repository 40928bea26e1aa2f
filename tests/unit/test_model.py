"""The nouns: lengths, totals, and what a source never holds."""

import dataclasses
from datetime import UTC, datetime

from ossh.model import ByteRange, Cause, Counts, ObjectInfo, Part, Source, Status, Thaw


def test_a_length_is_stop_minus_start() -> None:
    assert ByteRange(10, 25).length == 15
    assert Part(10, 25, 7).length == 15


def test_totals_are_of_all_statuses() -> None:
    counts = Counts({Status.DONE: 2, Status.GONE: 1}, {Status.DONE: 20, Status.GONE: 5})

    assert (counts.total, counts.total_size) == (3, 25)
    assert Counts({}, {}).total == 0


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

"""The writer: what it recorded is there when the file is opened again; runs have a history."""

import re
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ossh.errors import LocalError
from ossh.manifest import Manifest, NewEntry, Outcome, Sample
from ossh.model import Cause, Entry, Failure, Status
from ossh.paths import NameRules, local_path
from tests.unit.manifest.examples import (
    NOW,
    PRELUDE,
    STALLED,
    Child,
    Fill,
    Info,
    failed,
    statuses,
    there,
)

RULES = NameRules.native(sys.platform)


# Creating and opening


def test_a_job_id_is_random_when_none_is_given(tmp_path: Path) -> None:
    with Manifest.create(tmp_path / "a.sqlite") as a, Manifest.create(tmp_path / "b.sqlite") as b:
        assert len({a.job_id, b.job_id}) == 2
        assert all(re.fullmatch("[0-9a-f]{8}", one.job_id) for one in (a, b))
        assert abs(time.time() - float(a.get_meta("created"))) < 60


def test_another_thread_cannot_use_a_manifest(manifest: Manifest) -> None:
    caught = []

    def use() -> None:
        try:
            manifest.counts()
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()

    assert len(caught) == 1


# Listing and adding


def test_a_listing_that_repeats_itself_gives_one_row_a_key(manifest: Manifest, info: Info) -> None:
    page = [info("a", 1), info("b"), info("a", 2)]

    first = manifest.without_row(page)
    manifest.add([NewEntry(one, one.key) for one in first])

    assert first == [info("a", 1), info("b")]
    assert manifest.without_row([*page, info("c")]) == [info("c")]


@pytest.mark.fault("F8")
@pytest.mark.parametrize(
    "key", ["a\nb", "q\"u'o,te", "photos/\U0001f600", "\u202egpj.x", "nul\0", "é"]
)
def test_awkward_keys_come_back_as_they_were(manifest: Manifest, info: Info, key: str) -> None:
    (path,) = manifest.claim([(key, local_path(key, "", RULES))], RULES)
    manifest.add([NewEntry(info(key), path)])

    found = there(manifest, key)
    assert (found.key, found.path) == (key, path)


# The disk, and processes that die


@pytest.mark.parametrize(
    "act",
    [
        lambda one, _info: one.set_meta("a", "b"),
        lambda one, _info: one.start_listing([("", "")]),
        lambda one, _info: one.cut_listing(1, ["f"]),
        lambda one, info: one.without_row([info("a")]),
        lambda one, _info: one.claim([("b", "b")], RULES),
        lambda one, info: one.add([NewEntry(info("b"), "b")]),
        lambda one, _info: one.relist(),
        lambda one, info: one.compare([info("a")]),
        lambda one, _info: list(one.redated()),
        lambda one, _info: one.note_unwanted(["a"]),
        lambda one, _info: list(one.unlisted()),
        lambda one, _info: one.begin_run(NOW, "boot"),
        lambda one, _info: one.end_run(1, "done", NOW),
        lambda one, _info: one.sample(1, Sample(1.0, 1, 1, 0)),
        lambda one, _info: one.record([failed(1)]),
        lambda one, _info: one.revive_real_time(),
        lambda one, _info: one.remove([1]),
        lambda one, _info: one.put_aside([1]),
        lambda one, _info: one.note_former(),
        lambda one, _info: one.next_former(1),
        lambda one, _info: one.take_back(lambda entry: failed(entry.row)),
        lambda one, _info: one.forget_former([1]),
    ],
)
def test_whatever_fails_names_the_manifest(
    fill: Fill, info: Info, act: Callable[[Manifest, Info], object]
) -> None:
    manifest = fill("a")
    manifest.relist()
    manifest._db.set_progress_handler(lambda: 1, 1)  # SQLite gives up at once

    with pytest.raises(LocalError) as caught:
        act(manifest, info)

    assert str(caught.value) == f"cannot use '{manifest.path}': interrupted"


def test_a_full_disk_is_said_so_and_loses_nothing_that_was_recorded(
    manifest: Manifest, fill: Fill, info: Info
) -> None:
    fill("a")
    manifest._db.execute("PRAGMA max_page_count = 30")  # what a full disk looks like to SQLite
    many = [NewEntry(info(f"{n:0500}"), f"{n}") for n in range(1000)]

    with pytest.raises(LocalError, match="the disk is full") as caught:
        manifest.add(many)

    assert caught.value.hint == "free some space there, then resume with 'get'"
    manifest._db.execute("PRAGMA max_page_count = 100000")
    assert [entry.key for entry in manifest.entries()] == ["a"]
    manifest.add(many)
    assert manifest.counts().total == 1001


WRITER = """
manifest = Manifest.create(path)
(part,) = manifest.start_listing([("", "")])
for page in range(1_000_000):
    keys = [f"{page:09}/{n:03}" for n in range(100)]
    manifest.add([NewEntry(ObjectInfo(key, 1, "E", now), key) for key in keys], part.row, keys[-1])
    rows = range(page * 100 + 1, page * 100 + 51)
    manifest.record([Outcome(row, Status.DONE, 1) for row in rows])
    print(page, flush=True)
"""


def test_a_writer_that_is_killed_leaves_a_manifest_that_opens_whole(
    tmp_path: Path, child: Child
) -> None:
    path = tmp_path / "a.sqlite"
    writer = child(PRELUDE + WRITER, path)
    assert writer.stdout is not None
    promised = [int(writer.stdout.readline()) for _ in range(60)][-1]

    writer.kill()
    writer.wait()

    with Manifest.open(path) as manifest:
        counts = manifest.counts()
        entries = list(manifest.entries())
        (part,) = manifest.listing()
        assert manifest._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert counts.objects[Status.DONE] >= (promised + 1) * 50
    assert counts.total == len(entries)
    assert len(entries) % 100 == 0
    assert entries[-1].key == part.cursor


def test_a_run_begins_with_a_fresh_budget_and_spares_what_is_permanent(fill: Fill) -> None:
    manifest = fill("denied", "stalled", "archived", "gone", "tried", "done")
    manifest.record(
        [
            failed(1),
            failed(2, STALLED, 3),
            Outcome(3, Status.ARCHIVED, 0, Failure(Cause.ARCHIVED, "InvalidObjectState", "frozen")),
            Outcome(4, Status.GONE, 1, Failure(Cause.GONE, "NoSuchKey", "deleted")),
            Outcome(5, Status.PENDING, 2, STALLED),
            Outcome(6, Status.DONE, 1),
        ]
    )

    manifest.begin_run(NOW, "boot", keep={Cause.DENIED, Cause.LOCAL_CONFLICT})

    assert statuses(manifest) == {
        "denied": Status.FAILED,
        "stalled": Status.PENDING,
        "archived": Status.ARCHIVED,  # of these only the bucket knows
        "gone": Status.GONE,
        "tried": Status.PENDING,
        "done": Status.DONE,
    }
    assert manifest.pending(0, 9, tried=True) == []
    assert len(manifest.pending(0, 9, tried=False)) == 2


def test_a_retry_may_take_up_everything_that_is_not_at_the_target(fill: Fill) -> None:
    manifest = fill("denied", "gone")
    manifest.record([failed(1), Outcome(2, Status.GONE, 1, Failure(Cause.GONE, "NoSuchKey", ""))])

    manifest.begin_run(NOW, "boot", again={Status.FAILED, Status.GONE})

    assert set(statuses(manifest).values()) == {Status.PENDING}


def test_the_history_of_runs_is_kept_and_a_killed_run_has_no_end(fill: Fill) -> None:
    manifest = fill("a", "b")
    killed = manifest.begin_run(NOW, "boot 1")
    ended = manifest.begin_run(NOW + timedelta(hours=1), "boot 2")
    manifest.record([Outcome(1, Status.DONE, 1), failed(2)])

    manifest.end_run(ended, "failed", NOW + timedelta(hours=2), fetched=1, bytes_received=10)

    first, second = manifest.runs()
    assert (first.row, first.ended, first.outcome, first.boot_id) == (killed, None, "", "boot 1")
    assert (second.started, second.ended) == (NOW + timedelta(hours=1), NOW + timedelta(hours=2))
    assert (second.outcome, second.fetched, second.bytes_received) == ("failed", 1, 10)
    assert second.objects == {**dict.fromkeys(Status, 0), Status.DONE: 1, Status.FAILED: 1}


def test_entries_are_told_of_once_it_is_recorded_that_they_are_at_the_target(fill: Fill) -> None:
    manifest = fill("a", "b", "c")
    told: list[list[Entry]] = []
    manifest.on_done = told.append

    manifest.record([failed(1), Outcome(2, Status.DONE, 1), Outcome(3, Status.SKIPPED, 0)])
    manifest.record([failed(3)])

    assert told == [[manifest.entry("b")], []]


def test_samples_of_a_run_come_back_in_their_order(manifest: Manifest) -> None:
    manifest.sample(1, Sample(2.0, 20, 2, 0))
    manifest.sample(1, Sample(1.0, 10, 1, 0))
    manifest.sample(2, Sample(1.0, 5, 1, 1))

    manifest.sample(1, Sample(3.0, 30, 3, 0))

    samples = (Sample(1.0, 10, 1, 0), Sample(2.0, 20, 2, 0), Sample(3.0, 30, 3, 0))
    assert manifest.throughput(1) == samples
    assert manifest.throughput(2) == (Sample(1.0, 5, 1, 1),)
    assert manifest.throughput(3) == ()


def test_the_slowest_are_known(manifest: Manifest, info: Info) -> None:
    manifest.add([NewEntry(info(key, size), key) for key, size in (("a", 1), ("b", 9), ("c", 5))])
    run = manifest.begin_run(NOW, "boot")

    manifest.end_run(run, "done", NOW, slowest=[("a", 2.5), ("c", 0.5)])

    assert manifest.slowest(run) == (("a", 2.5, 1), ("c", 0.5, 5))


def test_a_run_without_an_end_received_what_its_last_sample_says(manifest: Manifest) -> None:
    ended = manifest.begin_run(NOW, "boot")
    manifest.sample(ended, Sample(1.0, 9, 0, 0))
    manifest.end_run(ended, "stopped", NOW, bytes_received=7)
    killed = manifest.begin_run(NOW, "boot")
    manifest.sample(killed, Sample(1.0, 10, 0, 0))
    manifest.sample(killed, Sample(2.0, 20, 0, 0))

    assert [run.bytes_received for run in manifest.runs()] == [7, 20]
    assert [run.ended for run in manifest.runs()] == [NOW, None]

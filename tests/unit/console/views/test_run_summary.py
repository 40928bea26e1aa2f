from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ossh.console.views.run_summary import ending, summary_lines
from ossh.console.views.text import Tone, reflowed, unpainted
from ossh.errors import StoreError
from ossh.model import MIB, Counts, Proof, Status
from ossh.transfer.watching import Adopted, Summary
from tests.unit.console.views.test_run_progress import run_of

DONE = Summary(
    ended="done",
    seconds=2.0,
    counts=Counts(
        Counter({Status.DONE: 10, Status.SKIPPED: 2}),
        Counter({Status.DONE: 2048, Status.SKIPPED: 10}),
    ),
    fetched=10,
    bytes_received=2048,
    proofs={Proof.CRC64: 9, Proof.LENGTH: 1},
    verified=Counter({Proof.CRC64: 9, Proof.LENGTH: 1}),
)


def counted(**objects: int) -> Counts:
    """Return counts of so many objects of each status."""
    return Counts(Counter({Status(name): number for name, number in objects.items()}))


def text(summary: Summary, **options: Any) -> str:
    return "\n".join(map(unpainted, summary_lines(summary, "/data/logs", **options)))


@pytest.mark.fault("F14")
def test_a_run_that_got_all_says_where_it_is_and_how_it_was_proved() -> None:
    shown = text(DONE)

    assert shown.startswith("done: 12 objects, 2.0 KiB, all in /data/logs")
    assert "fetched 10 objects, 2.0 KiB in 2 s (1.0 KiB/s); 2 were here already" in shown
    assert "9 by CRC64" in shown
    assert "1 by length only" in shown


def test_what_was_verified_earlier_is_told_from_what_was_verified_now() -> None:
    mixed = replace(
        DONE, counts=counted(done=12), verified=Counter({Proof.CRC64: 3}), has_compared=True
    )
    earlier = (
        "verified earlier: 6 by CRC64, 1 by length only (no checksum is known for them), "
        "2 folders with nothing to verify"
    )

    assert "verified: 3 by CRC64\n" in text(mixed)
    assert text(mixed).endswith(f"\n{earlier}; now compared by size and date")
    assert text(replace(mixed, has_compared=False)).endswith(f"\n{earlier}")
    assert "\nverified: " not in text(replace(mixed, verified=Counter()))


def test_nothing_selected_is_said_plainly() -> None:
    assert text(Summary(ended="done")) == "done: nothing to fetch, no object is selected"


@pytest.mark.fault("F14")
def test_the_line_about_a_background_job_says_what_only_a_length_verifies() -> None:
    run = run_of("logs")

    run.summary = DONE
    assert ending(run)[0].endswith("; verified: 1 by length only (no checksum is known for them)")
    run.summary = replace(DONE, verified=Counter({Proof.CRC64: 10}))
    assert "verified" not in ending(run)[0]


def test_what_is_here_by_size_and_date_only_is_told_unless_it_was_just_adopted() -> None:
    text_of = "here by size and date only: 2 files; --adopt compares their bytes"
    found, run = replace(DONE, here_by_date=2, verified=Counter()), run_of("logs")

    run.summary = found
    assert f"\n{text_of}" in text(found)
    assert ending(run)[0].endswith(f"; {text_of}")
    assert text_of not in text(replace(found, adopted=Adopted(files=2, unknown=2)))
    assert text_of not in text(DONE)


def test_the_first_failed_keys_are_named_with_their_causes() -> None:
    failed = replace(
        DONE,
        ended="failed",
        counts=counted(done=8, failed=3, gone=1),
        first_failed=(("a\x1b.gz", "denied"), ("b.gz", "gone"), ("c.gz", "denied")),
    )
    few = replace(failed, counts=counted(failed=3))

    assert "\nnot here: a\\x1b.gz (denied), b.gz (gone), c.gz (denied) and 1 more\n" in text(failed)
    assert "\nnot here: a\\x1b.gz (denied), b.gz (gone), c.gz (denied)\n" in text(few)


def test_where_only_gone_objects_are_left_nothing_is_said_to_be_tried_again() -> None:
    gone = replace(DONE, ended="failed", counts=counted(done=10, gone=2))
    both = replace(gone, counts=counted(failed=1, gone=2))

    assert "'retry'" not in text(gone)
    assert "'refresh' lists the bucket again" in text(gone)
    assert "'retry' tries again" in text(both)


def test_a_run_that_stopped_while_listing_claims_no_total_and_tells_what_it_keeps() -> None:
    counts = counted(done=1, pending=9)
    stopped = replace(DONE, ended="stopped", counts=counts, unfinished_size=5_000_000)

    shown = text(stopped, is_planned=False).splitlines()

    assert shown[0].startswith("stopped: 1 of 10 objects so far")
    assert "4.8 MiB of unfinished objects are kept and need not be fetched again" in shown
    assert shown[-1] == "next: 'get' resumes where this stopped"


def test_objects_that_arrive_encrypted_are_counted() -> None:
    said = "encrypted on the client side: saved as stored"

    assert "encrypted" not in text(DONE)
    assert f"\n1,200 objects {said}" in text(replace(DONE, client_encrypted=1200))
    assert "\n1 object encrypted on the client side" in text(replace(DONE, client_encrypted=1))


def test_sentences_break_between_words_where_a_terminal_ends() -> None:
    failed = replace(
        DONE,
        ended="failed",
        counts=replace(counted(done=10, failed=2), size=DONE.counts.size),
        by_cause=(("denied", 2, "ask for oss:GetObject, and wait a while"),),
        failed_csv="/data/logs/.oss-failed.csv",
    )

    assert reflowed(text(failed), 40, later="  ") == (
        "not complete: 10 of 12 objects, 2.0 KiB,\n"
        "  in /data/logs\n"
        "fetched 10 objects, 2.0 KiB in 2 s (1.0\n"
        "  KiB/s)\n"
        "verified: 9 by CRC64, 1 by length only\n"
        "  (no checksum is known for them)\n"
        "        2  denied  ask for\n"
        "             oss:GetObject, and wait a\n"
        "             while\n"
        "list: /data/logs/.oss-failed.csv\n"
        "next: 'failures' explains them, 'retry'\n"
        "  tries again"
    )
    assert len(text(failed).splitlines()) == 6  # each of its sentences


@pytest.mark.fault("F28")
def test_archived_objects_of_which_some_thaw_are_told_with_the_commands_that_go_on() -> None:
    counts = counted(done=1, archived=3)

    shown = text(replace(DONE, ended="failed", counts=counts, thawing=1)).splitlines()

    restore = "next: 'restore', then 'get --wait-restore' fetches each as it thaws"
    assert shown[-1] == f"{restore}; 1 is being restored"
    assert not any("retry" in line for line in shown)


def test_a_run_that_was_told_to_stop_and_has_not_ended_is_still_stopping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = run_of("logs")
    monkeypatch.setattr(run, "is_alive", lambda: True)

    assert ending(run) == ("logs is still stopping", Tone.WARN)


def test_an_end_is_told_in_a_line_with_the_job_and_how_it_was() -> None:
    run = run_of("logs")
    assert ending(run) == ("logs was stopped before it began", Tone.WARN)
    assert run.status == 0

    run.summary = replace(DONE, verified=Counter())
    told = f"logs done: 12 objects, 2.0 KiB, all in {run.job.directory}"
    assert ending(run) == (told, Tone.GOOD)
    run.summary = replace(DONE, ended="failed", counts=counted(failed=1))
    assert ending(run)[0].startswith("logs not complete: 0 of 1 object")
    assert (ending(run)[1], run.status) == (Tone.BAD, 1)
    run.summary = replace(DONE, ended="stopped", unfinished_size=3 * MIB)
    assert "; 3.0 MiB of unfinished objects are kept and need not be" in ending(run)[0]


def test_an_error_is_told_without_its_control_characters() -> None:
    run = run_of("logs")
    run.error = StoreError("cannot list '\x1b'")

    assert ending(run) == ("logs failed: cannot list '\\x1b'", Tone.BAD)
    assert run.status == 3
    run.error = ValueError("a bug")
    assert run.status == 70

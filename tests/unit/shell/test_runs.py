from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ossh.errors import StoreError
from ossh.job import Job
from ossh.model import Source, Status, Target, TransferSettings
from ossh.selection import Selection
from ossh.session import Background
from ossh.shell.runs import ending, live_text, status_of, toolbar_text
from ossh.shell.text import Tone
from ossh.store.credentials import Provider
from ossh.transfer.messages import Phase, Progress, Summary
from ossh.transfer.run import Run

MIB = 1024 * 1024
HALF = Progress(
    phase=Phase.FETCHING,
    is_planned=True,
    planned=1000,
    planned_bytes=100 * MIB,
    done=400,
    skipped=100,
    bytes_done=50 * MIB,
)
SUMMARY = Summary(
    status=0,
    ended="done",
    seconds=1,
    objects={Status.DONE: 3},
    size={Status.DONE: 2048},
    fetched=3,
    bytes_received=2048,
    by_cause=(),
    proofs={},
    mapped=0,
)


def run_of(name: str) -> Run:
    """Give a run that has not been started."""
    job = Job(
        path=Path(f"/jobs/{name}.toml"),
        created=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source("https://e", "r", "b"),
        selection=Selection(),
        target=Target("/data"),
        transfer=TransferSettings(),
    )
    return Run(job, Provider(lambda: None))


def queued(name: str, progress: Progress) -> Background:
    one = Background(run_of(name), None, lambda _ended: None, lambda _waiting: None)
    one.execution.progress = progress
    return one


def test_a_run_under_way_shows_what_its_bar_would() -> None:
    running = replace(HALF, failed=3, to_retry=2)

    assert live_text(running, MIB) == (
        "[50 %] 500 of 1,000, 3 failed, 2 to retry · 1.0 MiB/s · 50 s left · 50.0 MiB of 100.0 MiB"
    )


def test_the_toolbar_names_the_first_job_and_counts_the_others() -> None:
    first, second = queued("a", HALF), queued("b", HALF)

    assert toolbar_text([], 80) == ""
    assert toolbar_text([first], 40) == "a: [50 %] 500 of 1,000 · queued"
    assert toolbar_text([first, second], 80).endswith("(+1 queued)")
    assert toolbar_text([first, second], 44) == "a: [50 %] 500 of 1,000 · queued (+1 queued)"
    second.steer(paused=True)
    assert toolbar_text([first, queued("c", HALF), second], 80).endswith("(+1 queued, +1 paused)")


def test_an_end_is_told_in_a_line_with_the_job_and_how_it_was() -> None:
    run = run_of("logs")
    assert ending(run) == ("logs was stopped before its turn", Tone.WARN)
    assert status_of(run) == 0

    run.summary = SUMMARY
    assert ending(run) == (
        f"logs done: 3 objects, 2.0 KiB, all in {run.job.directory}",
        Tone.GOOD,
    )
    run.summary = replace(SUMMARY, status=1, ended="failed", objects={Status.FAILED: 1}, size={})
    assert ending(run)[0].startswith("logs not complete: 0 of 1 object")
    assert (ending(run)[1], status_of(run)) == (Tone.BAD, 1)
    run.summary = replace(SUMMARY, ended="stopped", objects={Status.PENDING: 1}, size={})
    run.summary = replace(run.summary, unfinished_size=3 * MIB)
    assert ending(run)[0].endswith(
        "; 3.0 MiB of unfinished objects are kept and need not be fetched again"
    )


def test_an_error_is_told_without_its_control_characters() -> None:
    run = run_of("logs")
    run.error = StoreError("cannot list '\x1b'")

    assert ending(run) == ("logs failed: cannot list '\\x1b'", Tone.BAD)
    assert status_of(run) == 3
    run.error = ValueError("a bug")
    assert status_of(run) == 70

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from ossh.console.views.run_progress import (
    counts_text,
    first_fitting,
    objects_text,
    percent,
    position,
    progress_line,
    progress_texts,
    share,
    slowest_lines,
    toolbar_text,
)
from ossh.session import BackgroundRun
from ossh.session.background_runs import BackgroundRuns
from ossh.store.credentials import Provider
from ossh.transfer.run import Run
from ossh.transfer.watching import Phase, Progress, UnderWay
from tests import usual
from tests.unit.console.snapshots import HALF, MIB

KIB = 1024


def test_a_bar_counts_objects_when_all_are_empty() -> None:
    empty = replace(HALF, planned_bytes=0, bytes_done=0)

    assert position(empty) == (500, 1000)
    assert share(empty) == 0.5


def test_percent_is_whole_only_when_all_is_there() -> None:
    assert percent(*position(replace(HALF, bytes_done=100 * MIB - 1))) == 99
    assert percent(*position(replace(HALF, bytes_done=101 * MIB))) == 100
    assert percent(*position(Progress())) == 100


def test_objects_that_failed_are_archived_or_are_tried_again_are_counted_apart() -> None:
    running = replace(HALF, failed=15, archived=3, to_retry=99)

    assert objects_text(running) == "[50 %] 500 of 1,000, 12 failed, 3 archived, 99 to retry"
    assert objects_text(HALF) == "[50 %] 500 of 1,000"


def test_a_total_that_is_not_known_yet_is_not_claimed() -> None:
    planning = replace(HALF, is_planned=False)

    assert progress_texts(planning, MIB)[0] == "500 of 1,000 so far · 1.0 MiB/s · 50.0 MiB"


def test_what_matters_least_is_left_out_first() -> None:
    assert progress_texts(HALF, MIB) == (
        "[50 %] 500 of 1,000 · 1.0 MiB/s · 50 s left · 50.0 MiB of 100.0 MiB",
        "[50 %] 500 of 1,000 · 1.0 MiB/s · 50 s left",
        "[50 %] 500 of 1,000 · 50 s left",
        "[50 %] 500 of 1,000",
    )


def test_a_run_that_waits_says_why_instead_of_how_fast() -> None:
    first, *_others, last = progress_texts(replace(HALF, note="waiting for the network"), MIB)

    assert first == "[50 %] 500 of 1,000 · waiting for the network · 50.0 MiB of 100.0 MiB"
    assert last == "[50 %] 500 of 1,000 · waiting for the network"

    assert progress_texts(replace(HALF, is_planned=False, note="it waits"), MIB)[0] == (
        "500 of 1,000 so far · it waits · 50.0 MiB"
    )


def test_a_run_that_has_not_begun_says_only_what_it_waits_for() -> None:
    assert set(progress_texts(Progress(note="queued"), 0.0)) == {"queued"}


def test_a_run_that_stops_says_so() -> None:
    stopping = replace(HALF, phase=Phase.STOPPING)

    assert progress_texts(stopping, MIB)[-1] == "[50 %] 500 of 1,000 · stopping"


def test_the_longest_text_that_fits_is_taken() -> None:
    texts = ("[50 %] 5 of 10 · 名", "[50 %] 5 of 10", "5")
    widths = {19: texts[0], 18: texts[1], 14: texts[1], 13: texts[2], 0: texts[2]}

    assert {width: first_fitting(texts, width) for width in widths} == widths


def test_a_plain_line_tells_the_same_as_the_bar_but_no_speed_before_one_is_known() -> None:
    assert progress_line(HALF, MIB) == progress_texts(HALF, MIB)[0]
    assert progress_line(HALF, 0.0) == "[50 %] 500 of 1,000 · 50.0 MiB of 100.0 MiB"


@pytest.mark.parametrize(
    ("width", "facts"),
    [
        (60, "75 % of 4.0 MiB · 512.0 KiB/s · for 4 s"),
        (40, "75 % of 4.0 MiB"),
        (44, "75 % of 4.0 MiB · 512.0 KiB/s"),
    ],
)
def test_a_narrow_terminal_leaves_out_whole_facts(width: int, facts: str) -> None:
    one = UnderWay(f"{'far/' * 40}a.bin", 4 * MIB, 3 * MIB, 2 * MIB, 4.0)

    [text] = slowest_lines([one], width)

    assert cell_len(text) <= width
    assert text.endswith(f": {facts}")


def test_of_a_long_key_the_end_is_shown() -> None:
    one = UnderWay(f"{'far/' * 40}名\n.bin", 4 * KIB, KIB, 0, 63.0)

    [text, other] = slowest_lines([one, UnderWay("b", 100, 0, 0, 1.0)], 60)

    assert cell_len(text) <= 60
    assert "far/名\\n.bin: 25 % of 4.0 KiB · for 1 min 3 s" in text
    assert other == "  b: 0 % of 100 B · for 1 s"


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (Progress(listed=5000, planned=5000, planned_bytes=MIB), "5,000 objects, 1.0 MiB so far"),
        (
            Progress(listed=9000, planned=1, planned_bytes=MIB),
            "1 object of 9,000 listed, 1.0 MiB so far",
        ),
        (
            Progress(is_planned=True, listed=2, planned=2, note="looking at the target"),
            "looking at the target, 2 objects, 0 B",
        ),
    ],
)
def test_counts_are_said_as_they_come(progress: Progress, text: str) -> None:
    assert counts_text(progress) == text


def run_of(name: str) -> Run:
    """Give a run that has not been started."""
    return Run(usual.job(Path(f"/jobs/{name}.toml")), Provider(lambda: None))


def queued(name: str, progress: Progress) -> BackgroundRun:
    runs = BackgroundRuns()
    one = BackgroundRun(run_of(name), runs)
    runs.queue = (BackgroundRun(run_of("before"), runs), one)
    one.run.progress = progress
    return one


def test_the_toolbar_names_the_first_job_and_counts_the_others() -> None:
    first, second = queued("a", HALF), queued("b", HALF)

    assert toolbar_text([], 80) == ""
    assert toolbar_text([first], 40) == "a: [50 %] 500 of 1,000 · queued"
    assert toolbar_text([first, second], 80).endswith("(+1 queued)")
    assert toolbar_text([first, second], 44) == "a: [50 %] 500 of 1,000 · queued (+1 queued)"
    second.steer(paused=True)
    assert toolbar_text([first, queued("c", HALF), second], 80).endswith("(+1 queued, +1 paused)")

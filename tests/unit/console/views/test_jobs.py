from dataclasses import replace
from datetime import UTC, datetime

from ossh.console.views.jobs import RUNS
from ossh.console.views.text import unpainted
from ossh.manifest import RunRecord
from ossh.model import MIB

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_run_that_has_not_ended_claims_no_more_than_what_it_received() -> None:
    run = RunRecord(1, WHEN, None, "", {}, 0, 0, "")
    told = [run, replace(run, bytes_received=3 * MIB)]

    shown = [line.split()[2:] for line in map(unpainted, RUNS.table(told))]

    assert shown[1:] == [["not", "finished"], ["3.0", "MiB", "not", "finished"]]

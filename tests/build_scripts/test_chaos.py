"""The chaos run: a short one, and proof that its checks see what they are there for."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import environment
import pytest
from chaos_run import checks
from chaos_run.evidence import Evidence, Row, versions_of
from chaos_run.plan import Plan, PlannedObject, make
from chaos_run.process import ProcessRecord

THING = PlannedObject("a/x.bin", 500)
PLAN = Plan("seed", (THING,), (), (), 4, 65_536, 3, 0.0, 1e6, 0)
TRUTH = versions_of(PLAN)
((ETAG, VERSION),) = TRUTH[THING.key].items()
ROW = Row(1, THING.key, THING.key, 500, ETAG, "done", 1, "")
NOTHING = Evidence({}, {}, {}, frozenset(), (), False, None, None)  # noqa: FBT003 - a field
WHOLE = replace(NOTHING, rows={THING.key: ROW}, files={ROW.path: VERSION}, outcome="done")
GET = {"method": "GET", "key": THING.key, "status": 200, "fault": ""}
WELL = checks.Observation(PLAN, TRUTH, {}, NOTHING, ProcessRecord(("get",), requests=[GET]), WHOLE)


@pytest.mark.skipif(sys.platform != "linux", reason="the chaos run looks into /proc")
@pytest.mark.fault("F32")
@pytest.mark.fault("F33")
@pytest.mark.fault("F22b")
def test_a_small_job_survives_its_chaos() -> None:
    words = ("--seed", "small 5911", "--job", "1")
    done = subprocess.run(
        [sys.executable, "build_scripts/chaos.py", *words],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    happened = done.stdout.split("seed small 5911, ")[1]
    assert {"kill", "interrupt", "offline"} <= set(happened.split())


def test_a_seed_always_stands_for_the_same_plan() -> None:
    assert make("s/1") == make("s/1")
    assert make("s/1") != make("s/2")


def test_a_job_that_went_well_passes() -> None:
    assert checks.problems(WELL) == []
    assert list(checks.finished(WELL, {THING.key: VERSION})) == []


def test_requests_are_accounted_for_while_credentials_are_replaced() -> None:
    refused = GET | {"status": 403}
    asked = replace(WELL.record, cuts=["rotate"], requests=[*[refused] * 4, GET])

    assert checks.problems(replace(WELL, record=asked)) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(("after", "seen"), [(WHOLE, []), (NOTHING, ["exit status -15: "])])
def test_a_signal_after_the_last_word_of_a_process_changes_nothing(
    after: Evidence, seen: list[str]
) -> None:
    ended = ProcessRecord(("get",), status=-15, ended_by="terminate")
    observed = replace(WELL, record=ended, after=after)

    assert checks.problems(observed) == seen


def spoilt(**changes: object) -> checks.Observation:
    return replace(WELL, after=replace(WHOLE, **changes))  # type: ignore[arg-type]


def record(**changes: object) -> checks.Observation:
    return replace(WELL, record=replace(WELL.record, **changes))  # type: ignore[arg-type]


def row(**changes: object) -> checks.Observation:
    return replace(WELL, after=replace(WHOLE, rows={THING.key: replace(ROW, **changes)}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("observation", "problem"),
    [
        (spoilt(files={}), "there is no file"),
        (spoilt(files={THING.key: replace(VERSION, size=499)}), "no version of"),
        (spoilt(files=WHOLE.files | {"extra": VERSION}), "an extra file"),
        (spoilt(rows={}), "no row for"),
        (spoilt(partials=("7",)), "a partial file '7' without a row"),
        (spoilt(partials=("1",)), "which is done"),
        (spoilt(has_work_folder=True), "still has a .ossh folder"),
        (spoilt(failed={"a/x.bin": "x"}), "the CSV differs"),
        (spoilt(outcome=None), "the run's row says None"),
        (row(attempts=4), "4 attempts of 3"),
        (row(status="pending"), "still pending"),
        (row(status="failed", cause="reset"), "although no fault hit it"),
        (row(etag="other"), "a different version than its row says"),
        (record(requests=[GET, GET]), "2 GETs of 'a/x.bin', of which at most 1"),
        (record(requests=[GET] * 3, cuts=["freeze"]), "3 GETs of 'a/x.bin', of which at most 2"),
        (record(requests=[GET] * 6, cuts=["rotate"]), "6 GETs of 'a/x.bin', of which at most 5"),
        (replace(WELL, before=WHOLE), "was done but was requested"),
        (record(output="Traceback (most recent call last)"), "a traceback"),
        (record(status=2), "exit status 2"),
        (record(most=Counter({"most threads": 81})), "81 threads"),
        (record(most=Counter({"most descriptors": 81})), "81 descriptors"),
        (record(output="lr-x 7 -> socket:[1]\nossh-lane\n"), "still open after the run"),
        (record(output="ossh-lane\n"), "thread ossh-lane"),
    ],
)
def test_what_does_not_hold_is_seen(observation: checks.Observation, problem: str) -> None:
    assert problem in "\n".join(checks.problems(observation))

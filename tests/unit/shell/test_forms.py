from dataclasses import replace
from datetime import UTC, datetime

from ossh.manifest import RunRecord
from ossh.model import MIB, Cause, Entry, Failure, ObjectInfo, Status, Thaw
from ossh.shell.forms import FAILURES, RUNS, entry_record, long_form, object_record
from ossh.shell.text import Mode, lines

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def info(key: str, size: int = 1) -> ObjectInfo:
    return ObjectInfo(key, size, "E", WHEN)


def test_a_symlink_is_called_one_where_its_class_would_stand() -> None:
    link = ObjectInfo("k", 1, "E", WHEN, type="Symlink")

    [line] = lines([link], long_form("", human=False), Mode.TABS)

    assert line.split("\t")[2] == "Symlink"


def test_people_see_names_without_the_prefix_and_programs_see_keys() -> None:
    form = long_form("logs/", human=True)

    assert list(lines([info("logs/a", 2048)], form, Mode.TABLE))[1].endswith("  a")
    assert next(lines([info("logs/a")], form, Mode.TABS)).endswith("\tlogs/a")


def test_an_object_that_is_gone_has_a_cause_though_no_request_failed() -> None:
    gone = Entry(1, "k", "k", 1, "E", WHEN, status=Status.GONE)

    assert entry_record(gone)["cause"] == "gone"
    assert list(lines([gone], FAILURES, Mode.TABLE))


def test_a_failure_is_shown_with_its_request() -> None:
    failure = Failure(Cause.DENIED, "AccessDenied", "access denied", "REQ")
    entry = Entry(1, "k", "p", 1, "E", WHEN, status=Status.FAILED, attempts=1, failure=failure)

    assert list(lines([entry], FAILURES, Mode.TABS)) == [
        "denied\tAccessDenied\t1\tREQ\taccess denied\tp\tk"
    ]


def test_a_run_that_has_not_ended_claims_no_more_than_what_it_received() -> None:
    run = RunRecord(1, WHEN, None, "", {}, 0, 0, "")
    told = [run, replace(run, bytes_received=3 * MIB)]

    shown = [line.split()[2:] for line in lines(told, RUNS, Mode.TABLE)]

    assert shown[1:] == [["not", "finished"], ["3.0", "MiB", "not", "finished"]]


def test_an_archived_object_says_how_far_it_is_thawed() -> None:
    thawed = ObjectInfo("k", 1, "E", WHEN, storage_class="Archive", thaw=Thaw.DONE)

    [line] = lines([thawed], long_form("", human=False), Mode.TABS)

    assert line.split("\t")[2] == "Archive+thawed"
    assert "Archive thawed" in list(lines([thawed], long_form("", human=False), Mode.TABLE))[1]
    assert object_record(thawed)["thaw"] == "thawed"
    assert "thaw" not in object_record(info("k"))

from datetime import UTC, datetime, timedelta

import pytest

from ossh.model import MIB, Cause, Failure
from ossh.session.diagnosis import verdicts
from ossh.session.diagnosis.verdicts import DoctorCheck, Verdict

NOW = datetime(2026, 11, 25, tzinfo=UTC)
GIB = 1024 * MIB


@pytest.mark.parametrize(
    ("days", "verdict"), [(300, Verdict.OK), (13, Verdict.WARNING), (-1, Verdict.WARNING)]
)
def test_a_certificate_that_ends_soon_is_warned_of(days: int, verdict: Verdict) -> None:
    check = verdicts.certificate("GlobalSign", NOW + timedelta(days=days), NOW)

    assert check.verdict is verdict
    assert f"issued by GlobalSign, valid for {days} more days" in check.found
    assert bool(check.remedy) is (verdict is Verdict.WARNING)


def test_a_stranger_s_certificate_is_named() -> None:
    why = Failure(Cause.TLS, "tls", "SSL certificate problem")

    check = verdicts.untrusted(why, "Corporate Proxy")

    assert check.verdict is Verdict.PROBLEM
    assert check.found.endswith("its certificate was issued by Corporate Proxy")
    assert "SSL_CERT_FILE" in check.remedy


@pytest.mark.parametrize(
    ("offset", "verdict", "words"),
    [
        (2.0, Verdict.OK, "agrees"),
        (300.0, Verdict.WARNING, "5 min behind"),
        (-300.0, Verdict.WARNING, "5 min ahead"),
        (7200.0, Verdict.PROBLEM, "2 h behind; OSS would refuse"),
    ],
)
def test_a_clock_is_judged_by_what_oss_accepts(offset: float, verdict: Verdict, words: str) -> None:
    check = verdicts.clock(offset)

    assert check.verdict is verdict
    assert words in check.found


@pytest.mark.parametrize(
    ("is_internal", "is_reached", "answers", "verdict", "remedy"),
    [
        (True, True, True, Verdict.OK, ""),
        (True, False, False, Verdict.PROBLEM, "connect without --internal"),
        (False, True, True, Verdict.WARNING, "connect --internal"),
        (False, False, True, Verdict.WARNING, "connect --internal"),
        (False, True, False, Verdict.OK, ""),
        (False, False, False, Verdict.SKIPPED, ""),
    ],
)
def test_the_better_kind_of_endpoint_is_named(
    *, is_internal: bool, is_reached: bool, answers: bool, verdict: Verdict, remedy: str
) -> None:
    check = verdicts.internal(is_internal=is_internal, is_reached=is_reached, answers=answers)

    assert (check.verdict, check.remedy) == (verdict, remedy)


def test_a_speed_is_told_with_what_was_read_for_it() -> None:
    assert verdicts.speed("one", 2 * MIB, 0.5).found == "4.0 MiB/s (2.0 MiB read)"
    assert verdicts.speed("one", 100, 0.1).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("check", "verdict"),
    [
        (verdicts.certificate("", None, NOW), Verdict.OK),
        (verdicts.no_tls(is_local=True), Verdict.OK),
        (verdicts.no_tls(is_local=False), Verdict.WARNING),
        (verdicts.space(5 * GIB, GIB, "/d"), Verdict.OK),
        (verdicts.space(5 * GIB, 6 * GIB, "/d"), Verdict.PROBLEM),
        (verdicts.space(MIB, 0, "/d"), Verdict.WARNING),
        (verdicts.unwritable("/d"), Verdict.PROBLEM),
        (verdicts.descriptors(96, 512), Verdict.WARNING),
        (verdicts.descriptors(512, 512), Verdict.OK),
    ],
)
def test_what_keeps_a_download_from_working_is_a_problem_and_less_a_warning(
    check: DoctorCheck, verdict: Verdict
) -> None:
    assert check.verdict is verdict


def test_a_failure_is_told_with_its_request_and_with_advice() -> None:
    why = Failure(Cause.NETWORK, "unreachable", "could not resolve host: x", "5C3D")

    check = verdicts.problem("endpoint", why)

    assert check.found == "could not resolve host: x (request 5C3D)"
    assert "check the network" in check.remedy

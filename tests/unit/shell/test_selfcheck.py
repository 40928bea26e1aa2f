import io

from ossh.shell.selfcheck import run_checks


def broken() -> str:
    raise RuntimeError("no library")


def test_a_part_that_fails_is_named_and_the_rest_is_still_checked() -> None:
    stream = io.StringIO()

    status = run_checks([("one", broken), ("two", lambda: "1.0")], stream)

    assert status == 4
    assert stream.getvalue() == "FAILED  one: RuntimeError: no library\nok      two: 1.0\n"

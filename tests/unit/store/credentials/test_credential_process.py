"""Programs that write keys: real ones, in processes of their own."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ossh.errors import OsshError, StoreError, UsageError
from ossh.store.credentials import Environment, credential_process
from ossh.store.credentials.credential_process import MOST_BYTES, output_of
from tests.unit.store.credentials.standins import joined

OUTSIDE = Environment({**os.environ, "WHO": "me"}, Path("/nowhere"))


def python(code: str) -> str:
    """Return a command that runs some Python."""
    return joined([sys.executable, "-c", code])


def refused(command: str, kind: type[OsshError] = StoreError) -> str:
    """Return all that could be shown of why there are no keys, which the program must not say."""
    with pytest.raises(kind) as caught:
        output_of(OUTSIDE, command, "ME")
    error = caught.value
    assert error.hint
    assert "hush" not in f"{error} {error.__cause__}"
    assert error.__suppress_context__ or error.__context__ is None
    return str(error)


def test_what_a_program_writes_is_returned_and_its_other_talk_is_not() -> None:
    code = "import os, sys; print(os.environ['WHO']); print('talk', file=sys.stderr)"

    assert output_of(OUTSIDE, python(code), "ME").split() == [b"me"]


def test_a_program_is_told_no_secret() -> None:
    told = {"OSS_ACCESS_KEY_SECRET": "hush", "OSSH_PROXY_PASSWORD": "hush", "WHO": "me"}
    code = "import os; print(*os.environ.values())"

    written = output_of(Environment({**os.environ, **told}, Path("/nowhere")), python(code), "ME")

    assert b"me" in written
    assert b"hush" not in written


def test_no_shell_sees_the_command(tmp_path: Path) -> None:
    made = tmp_path / "made"
    command = python("import sys; print(sys.argv[1:])") + f" $HOME ; touch {joined([str(made)])}"

    assert b"$HOME" in output_of(OUTSIDE, command, "ME")
    assert not made.exists()


def test_a_program_that_fails_is_told_by_its_status_and_not_by_its_words() -> None:
    code = "import sys; print('hush-out'); print('hush-err', file=sys.stderr); sys.exit(7)"

    assert refused(python(code)).startswith("the program that ME names failed with exit status 7")


def test_a_program_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_process, "LIMIT_SECONDS", 1)
    code = "import time; print('hush-out', flush=True); time.sleep(600)"
    started = time.monotonic()

    assert "gave no keys within 1 s" in refused(python(code))
    assert time.monotonic() - started < 120


def test_a_program_that_does_not_stop_writing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential_process, "LIMIT_SECONDS", 600)
    code = "import sys\nwhile True: sys.stdout.write('hush-out' * 10_000)"

    assert "the program that ME names prints far more" in refused(python(code))


def test_a_program_may_write_as_much_as_is_allowed() -> None:
    code = f"print('x' * {MOST_BYTES - 2})"

    assert len(output_of(OUTSIDE, python(code), "ME").strip()) == MOST_BYTES - 2


@pytest.mark.skipif(sys.platform == "win32", reason="there a child's end closes what it left open")
def test_what_a_program_leaves_behind_with_its_output_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(credential_process, "LIMIT_SECONDS", 3)
    left = "import time; time.sleep(20)"
    code = (
        "import subprocess, sys; "
        f"subprocess.Popen([sys.executable, '-c', {left!r}], start_new_session=True)"
    )

    assert "gave no keys within 3 s" in refused(python(code))


def test_a_program_does_not_outlive_who_waits_for_it(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("there are no named pipes of this kind")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    hanging = python(f"import time; held = open({str(pipe)!r}, 'w'); time.sleep(600)")
    leaving = (
        "import os, threading\n"
        "from pathlib import Path\n"
        "from ossh.store.credentials import Environment\n"
        "from ossh.store.credentials.credential_process import output_of\n"
        "outside = Environment(os.environ, Path('/nowhere'))\n"
        f"asking = lambda: output_of(outside, {hanging!r}, 'ME')\n"
        "threading.Thread(target=asking, daemon=True).start()\n"
        f"open({str(pipe)!r}).close()\n"  # until the program has opened it too
    )
    held = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    subprocess.run([sys.executable, "-c", leaving], check=True, timeout=110)

    assert select.select([held], [], [], 60)[0]  # nobody has it open for writing any more
    assert os.read(held, 1) == b""
    os.close(held)


@pytest.mark.parametrize("command", ["/no/such/program --token hush", "'hush", "", "a\0hush"])
def test_a_command_that_cannot_be_run_is_refused_and_not_quoted(command: str) -> None:
    assert "ME" in refused(command, UsageError)

"""Which library speaks TLS; each choice in a process of its own, as it is made once in each."""

import os
import subprocess
import sys

from ossh.network import backend


def run(code: str, **environ: str) -> str:
    line = [sys.executable, "-c", code]
    changed = {**os.environ, **environ}
    return subprocess.run(line, check=True, capture_output=True, text=True, env=changed).stdout


def test_schannel_speaks_for_nobody_whatever_the_environment_chooses() -> None:
    code = "import os; from ossh.network import backend; print(backend.name(), os.environ[{0!r}])"

    said = run(code.format("CURL_SSL_BACKEND"), CURL_SSL_BACKEND="schannel")

    assert "Schannel" not in said.partition("(")[0]
    assert said.split()[-1] == "schannel"  # as it was, for programs that are started later


def test_choosing_again_changes_nothing() -> None:
    before = backend.name()

    backend.use_openssl()

    assert backend.name() == before

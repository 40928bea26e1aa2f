"""How a process that fetches is started, and what it is not told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ossh
from ossh.processes.launching import OPTION, command, environment, proxies


@pytest.mark.parametrize(
    "name",
    [
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALICLOUD_SECRET_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "my_password",
        "ACCESSKEYID",
        "https_proxy",
        "ALL_PROXY",
    ],
)
def test_what_may_be_secret_is_not_in_the_environment(name: str) -> None:
    assert name not in environment({name: "x"})


def test_all_else_is_and_so_is_where_this_code_lies() -> None:
    given = {"PATH": "/bin", "SSL_CERT_FILE": "/ca.pem", "PYTHONPATH": "/mine"}

    told = environment(given)

    root = str(Path(ossh.__file__).parents[1])
    assert told == {**given, "PYTHONPATH": f"{root}{os.pathsep}/mine"}


def test_proxies_are_told_by_the_pipe() -> None:
    given = {"https_proxy": "http://a:b@proxy", "NO_PROXY": "*", "PATH": "/bin"}

    assert proxies(given) == {"https_proxy": "http://a:b@proxy", "NO_PROXY": "*"}


def test_an_executable_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle", raising=False)

    assert command() == [sys.executable, OPTION]
    assert environment({})["LD_LIBRARY_PATH"] == "/bundle"


def test_what_fetches_loads_nothing_that_could_sign() -> None:
    program = "import sys, ossh.processes.child; print(*sys.modules)"

    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()

    assert "ossh.workers.worker_session" in loaded
    assert not [name for name in loaded if name.startswith("ossh.store")]

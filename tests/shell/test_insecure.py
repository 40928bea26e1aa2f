"""Certificates are checked; --insecure says otherwise, and then every prompt says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher
from tests.shell.tls import tls_before


@pytest.fixture
def endpoint(server: DemoServer, tmp_path: Path) -> Iterator[str]:
    server.put("a.bin", b"small")
    server.put("large.bin", size=1_000_000)
    with tls_before(server, tmp_path) as endpoint:
        yield endpoint


@pytest.mark.fault("F20")
def test_insecure_believes_it_and_every_prompt_shows_that(fresh: Driver, endpoint: str) -> None:
    connected = fresh(f"connect --endpoint {endpoint} --insecure")

    assert "certificates are not checked" in connected.err
    assert fresh.shell.visible_prompt == "[insecure] oss://demo-bucket/> "
    assert fresh("ls").lines == ["a.bin", "large.bin"]
    assert fresh("stat a.bin").status == 0
    assert fresh("buckets").status == 0
    assert "certificates\tnot checked (--insecure)" in fresh("whoami").lines
    assert fresh("get --to out").status == 0
    assert (fresh.folder / "out" / "a.bin").read_bytes() == b"small"
    assert fresh.shell.visible_prompt.startswith("[insecure] ")


def test_no_job_file_keeps_it_so_that_nobody_gets_it_with_a_job(
    fresh: Driver, endpoint: str
) -> None:
    fresh(f"connect --endpoint {endpoint} --insecure")
    fresh("save mine --to out")

    assert "insecure" not in (fresh.folder / "jobs" / "mine.toml").read_text("utf-8")
    fresh("open mine")
    assert "insecure" not in fresh.shell.visible_prompt


def test_the_command_line_says_it_for_a_script(own: Launcher, endpoint: str) -> None:
    line = ("oss://demo-bucket/", "-c", "get --to out")

    refused = own(*line, OSS_ENDPOINT=endpoint)
    done = own("--insecure", *line, "-c", "jobs --json", OSS_ENDPOINT=endpoint)

    assert refused.returncode == 3
    assert "Traceback" not in refused.stderr
    assert done.returncode == 0
    assert done.stderr.startswith("warning: certificates are not checked")
    assert json.loads(done.stdout.splitlines()[-1])["state"] == "done"

"""A bucket of ossh's own demo server, whose objects cost neither disk nor memory."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.measure import ROOT


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo server."""

    endpoint: str
    environ: dict[str, str]  # with its credentials


@contextlib.contextmanager
def serving(bucket: str, count: int, size: int) -> Iterator[Demo]:
    """Serve a bucket with a number of objects of one size."""
    command = [sys.executable, "-m", "ossh.demo", "--synthetic", f"{bucket}={count}x{size}"]
    process = subprocess.Popen(
        [*command, "--exit-with-parent"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        said = process.stdout.readline().decode() if process.stdout else ""
        facts = dict(re.findall(r'"(endpoint|access_key_id|access_key_secret)": "([^"]*)"', said))
        if "endpoint" not in facts:
            message = "the demo server did not start"
            raise RuntimeError(message)
        environ = {
            "OSS_ACCESS_KEY_ID": facts["access_key_id"],
            "OSS_ACCESS_KEY_SECRET": facts["access_key_secret"],
        }
        yield Demo(facts["endpoint"], environ)
    finally:
        process.terminate()
        process.communicate()

"""Where Dask is not installed, --dask says what to install."""

import os
import subprocess
import sys
from pathlib import Path

import ossh

SCRIPT = """
from ossh.errors import UsageError
from ossh.session.cluster import cluster
try:
    cluster("tcp://127.0.0.1:1")
except UsageError as error:
    print(f"{error.status}: {error} ({error.hint})")
"""


def test_without_dask_the_extra_is_named(tmp_path: Path) -> None:
    missing = "raise ModuleNotFoundError(\"No module named 'distributed'\", name='distributed')"
    (tmp_path / "distributed.py").write_text(missing, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path(ossh.__file__).parents[1])])

    said = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == (
        "2: '--dask' needs Dask, which is not installed (pip install 'ossh[cluster]')\n"
    )

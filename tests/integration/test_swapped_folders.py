"""A target that others can write to: its folders become links while a run is under way."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ossh import job as job_files
from ossh.model import Status
from tests.integration.rig import Place, tree

FOLDERS = ["a", "a/b", "c"]
# Exchanges each folder for a link of its name, and that for the folder, about every 0.3 ms.
SWAPPING = """
import ctypes, os, sys, time
system = ctypes.CDLL(None)
outside, *folders = map(os.fsencode, sys.argv[1:])
for path in folders:
    os.symlink(outside, path + b".link")
print("swapping", flush=True)
while True:
    for path in folders:
        for _there_and_back in range(2):
            system.renameat2(-100, path, -100, path + b".link", 2)  # AT_FDCWD, RENAME_EXCHANGE
            time.sleep(0.0003)
"""


@contextmanager
def swapped(target: Path, outside: Path) -> Iterator[None]:
    """Let another process exchange the folders of a target for links."""
    paths = [str(target / one) for one in FOLDERS]
    line = [sys.executable, "-c", SWAPPING, str(outside), *paths]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.kill()


@pytest.mark.fault("F9")
@pytest.mark.skipif(sys.platform != "linux", reason="exchanges two names at once")
def test_nothing_leaves_a_target_whose_folders_become_links(place: Place) -> None:
    outside = place.folder / "outside"
    for folder in ("", "b", "sub"):
        (outside / folder).mkdir(parents=True)
    (outside / "0001").write_text("theirs")  # has the name of an object
    for folder in ("a", "a/b", "a/sub", "c"):
        (place.target / folder).mkdir(parents=True)
        place.server.fill(f"{folder}/{{:04d}}", 1000, 100)
    place.server.fill("a/large-{}", 3, 700_000)
    job_files.save(place.job(part_size=300_000))
    before = tree(outside)

    with swapped(place.target, outside):
        summary = place.get()

    assert tree(outside) == before
    assert summary.counts.objects[Status.DONE] > 0


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what is open")
def test_nothing_of_a_target_is_open_when_its_run_has_ended(place: Place) -> None:
    place.server.fill("a/{}/x", 50, 100)

    place.get()

    target = str(place.target)
    found = [one.readlink() for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    assert [path for path in found if str(path).startswith(target)] == []

"""Many objects: each once."""

import sys
from pathlib import Path

import pytest

from ossh import demo
from ossh.demo import DemoServer
from ossh.model import Status
from tests.integration.rig import Place, ended

COUNT = 10_000


def test_ten_thousand_objects_arrive_with_one_request_each(place: Place) -> None:
    place.server.fill("{:05d}.bin", COUNT, 1024)

    summary = place.get()

    assert (summary.status, summary.fetched) == (0, COUNT)
    assert summary.counts.objects[Status.DONE] == COUNT
    asked = place.server.counts("GET")
    assert asked.pop("") <= COUNT // 1000 + 1  # one look for a place to cut, if a page was slow
    assert set(asked.values()) == {1}
    found = place.files()
    assert sorted(found) == [f"{number:05d}.bin" for number in range(COUNT)]
    assert all(found[key] == place.server.body(key) for key in list(found)[::97])
    assert not (place.target / ".ossh").exists()


SCRIPT = """
import pathlib, re, sys
from ossh.__main__ import main

status = main(sys.argv[1:])
about = pathlib.Path("/proc/self/status").read_text()  # rusage would count who started it, too
print(status, re.search(r"VmHWM:\\s*(\\d+)", about)[1], file=sys.stderr)
"""


def memory_of_plan(server: DemoServer, folder: Path, bucket: str) -> int:
    """Plan a whole bucket in a process of its own; return the most memory it had, in KiB."""
    place = Place(server, folder)
    line = [sys.executable, "-c", SCRIPT, f"oss://{bucket}/", "--quiet", "-c", "get --dry-run"]
    done = ended(place, line, OSS_ENDPOINT=server.endpoint, OSS_REGION=server.region)
    status, memory = done.stderr.splitlines()[-1].split()
    assert status == "0", done.stderr
    return int(memory)


@pytest.mark.fault("F39")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_memory_does_not_grow_with_the_number_of_keys(tmp_path: Path) -> None:
    sizes = {"few": (5_000, 10), "many": (60_000, 10)}
    with demo.start(empty=True, synthetic=sizes) as server:
        few, many = (memory_of_plan(server, tmp_path, bucket) for bucket in sizes)

    assert many < 150_000
    # SQLite's cache fills up to 32 MiB and then stays; keys in memory would take far more.
    assert many - few < 45_000, (few, many)

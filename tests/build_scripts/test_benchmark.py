"""The benchmark: each tool at its best, ties, a machine that is not quiet, README's table."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import environment
import pytest

if sys.platform != "linux":
    pytest.skip("the benchmark runs on Linux only", allow_module_level=True)

from benchmark import command, meanwhile, quiet, report
from benchmark.data import Bucket
from benchmark.measure import FailedError, Sample
from benchmark.peers import CURL, S5CMD, Peer, numbers
from benchmark.racing import CPU, Metric, Outcome, Trial, fastest

MIB = 1 << 20


@pytest.mark.parametrize("count", [1, 4, 8, 16, 64])
def test_numbers_are_made_for_the_objects_that_there_are(count: int) -> None:
    tried = numbers(Bucket("b", count, 128 * MIB))

    assert max(one.objects for one in tried) == count
    assert max(one.objects * one.parts for one in tried) >= 128
    assert all(one.part_size * one.parts >= 128 * MIB or one.part_size == 16 * MIB for one in tried)
    assert any(one.parts == 1 for one in tried)  # else what knows no parts could not run
    assert len(tried) == len(set(tried))


def shown(peer: Peer, count: int, size: int) -> list[str]:
    return [one.name.partition(", ")[2] for one in peer.candidates(Bucket("b", count, size))]


def test_tools_are_tried_whole_in_parts_and_at_their_defaults_as_they_can() -> None:
    whole = [f"{number} at a time" for number in (8, 4, 2, 1)]

    assert shown(CURL, 8, 128 * MIB) == [*whole, "a process an object"]
    assert "a process an object" not in shown(CURL, 10_000, 4096)
    assert {"its defaults", "4 workers x 8 parts"} < set(shown(S5CMD, 4, 512 * MIB))


def trial(name: str, seconds: float, limits: list[float]) -> Trial:
    """Return a trial that takes so long, and puts down when it would be stopped."""

    def run(_scratch: Path, limit: float) -> Sample:
        limits.append(limit)
        if seconds > limit:
            raise FailedError(f"not finished after {limit} s")
        return Sample(seconds, 1.0, MIB)

    return Trial(name, run)


def test_fastest_of_a_tool_is_chosen_and_slower_ones_are_stopped_at_its_time(
    tmp_path: Path,
) -> None:
    limits: list[float] = []
    tried = [trial("512", 3.0, limits), trial("64", 1.0, limits), trial("8", 2.0, limits)]

    assert fastest("here", tried, tmp_path, 10.0) is tried[1]
    assert limits == [10.0, 3.0, 1.0]


def test_tool_that_is_too_slow_at_every_number_is_not_chosen(tmp_path: Path) -> None:
    tried = [trial("8", 20.0, []), trial("4", 30.0, [])]

    assert fastest("here", tried, tmp_path, 10.0) is None


def race(**took: list[float]) -> Outcome:
    """Return the outcome of tools whose runs took so many seconds each."""
    runs = {
        name: [Sample(seconds, 1.0, MIB) for seconds in several] for name, several in took.items()
    }
    metric = Metric("obj/s", lambda sample: 100 / sample.seconds)
    return Outcome("title", metric, CPU, runs, is_race=True)


@pytest.mark.parametrize(
    ("ours", "theirs", "bold"),
    [
        ([10, 9, 11], [8, 7, 8.5], [True, False]),
        ([10, 9, 11], [9, 8, 9.5], [True, True]),
        ([9, 8, 9.5], [10, 9, 11], [True, True]),
        ([8, 7, 8.5], [10, 9, 11], [False, True]),
        ([10, 10, 10], [10, 10, 10], [True, True]),
    ],
)
def test_fastest_is_bold_and_so_is_what_has_a_range_that_overlaps_with_its(
    ours: list[float], theirs: list[float], bold: list[bool]
) -> None:
    outcome = race(ossh=[100 / speed for speed in ours], curl=[100 / speed for speed in theirs])

    lines = report.table(outcome).splitlines()

    assert [("**" in line) for line in lines[2:]] == bold


def test_table_shows_how_much_of_the_arithmetic_each_tool_reached() -> None:
    outcome = race(ossh=[1.0], curl=[2.0])
    outcome.begun = Metric("MB/s once begun", lambda sample: 300 / sample.seconds)
    outcome.arithmetic = 400.0

    heads, _, ours, theirs = report.table(outcome).splitlines()

    place = heads.split(" | ").index("of the arithmetic")
    assert ours.split(" | ")[place] == "0.75"
    assert theirs.split(" | ")[place] == "0.38"


def test_what_is_no_race_has_no_ratios_and_nothing_twice() -> None:
    outcome = race(ossh=[1.0], nothing=[2.0])
    outcome.is_race = False
    outcome.metric = Metric("peak MiB", lambda sample: sample.peak_bytes / MIB)

    heads = report.table(outcome).splitlines()[0]

    assert "ossh / it" not in heads
    assert heads.count("peak MiB") == 1


def test_machine_with_other_work_is_refused_once_patience_is_at_its_end() -> None:
    with pytest.raises(FailedError, match="other work uses 34% of the cores"):
        quiet.require(lambda: 0.34, patience_seconds=0)


def test_what_a_workload_leaves_behind_is_waited_for() -> None:
    looks = iter([0.8, 0.2, 0.05])

    quiet.require(lambda: next(looks))

    assert not list(looks)


def test_time_that_other_processes_take_is_seen() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    loads = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    try:
        used = quiet.busy()
    finally:
        for one in loads:
            one.kill()
            one.wait()

    assert used > quiet.MOST_BUSY


@pytest.mark.parametrize("runs", [(1.0, 1.2), (1.2, 1.0)])
def test_equal_runs_more_than_a_fifth_apart_are_refused(runs: tuple[float, float]) -> None:
    quiet.require_equal(*runs)

    with pytest.raises(FailedError, match="two equal runs of ossh took"):
        quiet.require_equal(*(seconds**1.01 for seconds in runs))


def test_tables_of_scaled_workloads_are_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["--write", "--scale", "0.5"])

    assert "bench.py: error: --write needs whole workloads" in capsys.readouterr().err


def test_every_workload_has_a_section_in_the_page() -> None:
    page = command.PAGE.read_text(encoding="utf-8")

    assert [name for name in command.WORKS if f"<!-- begin {name} -->\n" not in page] == []
    assert [name for name in command.WORKS if f"<!-- end {name} -->" not in page] == []
    assert report.ROWS.keys() <= command.WORKS.keys()


@pytest.mark.parametrize(("name", "language"), report.PAGES.items())
def test_readme_says_what_the_page_says(name: str, language: int) -> None:
    page = command.PAGE.read_text(encoding="utf-8")

    assert report.speeds(page, language) in (environment.ROOT / name).read_text(encoding="utf-8")


def rate_of(one: socket.socket) -> int:
    return one.getsockopt(socket.SOL_SOCKET, meanwhile.MAX_PACING_RATE)


def test_accepted_connections_inherit_the_rate() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        meanwhile.set_rate(server, 5_000_000)
        with socket.create_connection(server.getsockname()), server.accept()[0] as accepted:
            assert rate_of(accepted) == 5_000_000


SERVING = """
import socket, subprocess, sys
if len(sys.argv) == 2:
    sys.exit(subprocess.run([sys.executable, *sys.orig_argv[1:], "child"]).returncode)
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    with server.accept()[0] as accepted:
        print("accepted", flush=True)
        accepted.recv(1)
        print(accepted.getsockopt(socket.SOL_SOCKET, int(sys.argv[1])), flush=True)
"""


def test_connections_that_are_there_get_another_rate() -> None:
    line = [sys.executable, "-c", SERVING, str(meanwhile.MAX_PACING_RATE)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        port = int(serving.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as ours:
            assert serving.stdout.readline() == "accepted\n"
            try:
                meanwhile.set_rate_of(serving.pid, 5_000_000)
            except PermissionError:
                pytest.skip("sockets of other processes are out of reach here")
            finally:
                ours.sendall(b".")
            shown = serving.stdout.readline()

    assert shown == "5000000\n"


def test_pace_changes_once_enough_has_passed() -> None:
    has_changed = threading.Event()
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        meanwhile.once_passed(100_000, has_changed.set),
        socket.create_connection(listening.getsockname()) as one,
        listening.accept()[0],
    ):
        assert not has_changed.is_set()
        one.sendall(bytes(200_000))
        assert has_changed.wait(30)

"""Both executables, where there is no Python and nothing else: all of ossh works there."""

import gettext
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import environment
import pytest
from executables import notices
from executables.command import Built, build_name, suffix
from packaging.utils import canonicalize_name

import ossh
from ossh.command_line.options import DESCRIPTION
from ossh.demo import DemoServer
from tests.packaging.conftest import ROOT, keys
from tests.packaging.jail import SECONDS, Jail
from tests.planted_modules import Traps
from tests.shell.tls import tls_before
from tests.waiting import wait_until

ONE_FILE_BYTES = 40_000_000 if sys.platform == "win32" else 30_000_000
KILLED = 1 if sys.platform == "win32" else -9
TRANSCRIPT = ROOT / "tests" / "transcripts" / "portable.transcript"


def ended(done: subprocess.CompletedProcess[str], status: int = 0) -> str:
    """Return what a program printed; tell all of it when it ended otherwise than it should."""
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done
    return done.stdout


def arrived(target: Path) -> dict[str, bytes]:
    """Return the objects below d/ that are at a target, by key; none before there is one."""
    return {f"d/{path.name}": path.read_bytes() for path in target.glob("*") if path.is_file()}


def test_every_part_is_inside(alone: Jail) -> None:
    said = ended(alone("--selfcheck"))

    assert "FAILED" not in said
    for part in ("libcurl/", "native CRC64", "SQLite 3", "utf-8", "UTC+0000"):
        assert part in said
    assert "download: 64 objects" in said


def test_messages_in_another_language_are_inside(alone: Jail) -> None:
    chinese = gettext.translation("ossh", ROOT / "ossh" / "locale", ["zh_CN"])

    said = ended(alone("--help", LANG="zh_CN.UTF-8"))

    assert chinese.gettext(DESCRIPTION) in said.replace("\n", "")  # lines end anywhere in Chinese


def test_a_session_is_as_it_is_from_source(alone: Jail) -> None:
    shutil.copy(TRANSCRIPT, alone.root)

    done = alone("--demo", "-t", TRANSCRIPT.name)

    assert ended(done) == ""
    assert "0 differences" in done.stderr
    assert (alone.root / "fetched" / "logs.html").exists()


def test_a_download_over_tls_believes_the_certificates_it_is_given_only(
    alone: Jail, server: DemoServer, tmp_path: Path
) -> None:
    server.put("dir/数据.bin", size=2_000_000)
    get = ("oss://demo-bucket/", "-c", "stat dir/数据.bin", "-c", "get --to got")

    with tls_before(server, tmp_path) as endpoint:
        shutil.copy(tmp_path / "tls.pem", alone.root / "ca.pem")
        refused = alone(*get, **keys(server, endpoint))
        done = alone(*get, SSL_CERT_FILE="ca.pem", **keys(server, endpoint))

    ended(refused, 3)
    assert "done: 1 object" in ended(done)
    assert (alone.root / "got/dir/数据.bin").read_bytes() == server.body("dir/数据.bin")


def test_a_killed_download_goes_on_where_it_was(alone: Jail, server: DemoServer) -> None:
    if sys.platform == "win32" and alone.is_two_processes:
        pytest.skip("there the second process goes on when the first is killed")
    names = [f"d/{number}" for number in range(40)]
    for name in names:
        server.put(name, size=50_000)
    server.fault("slow", key="d/?", rate=200)
    get = ("oss://demo-bucket/d/", "-c", "get --to got --name job")
    environ = {**keys(server), "HOME": "/home"}  # where it is remembered whose job it is
    target = alone.root / "got"

    with alone.start(*get, environ=environ) as process:
        wait_until(lambda: len(arrived(target)) > 10 or process.poll() is not None)
        process.kill()  # of the one file the first process; the second one follows
        process.communicate(timeout=SECONDS)
    assert process.returncode == KILLED
    server.clear_faults()
    server.clear_requests()
    before = arrived(target)
    again = alone(*get, **environ)

    asked = {one["key"] for one in server.requests() if one["method"] == "GET"}
    assert "done: 40 objects" in ended(again)
    assert not asked & before.keys()
    assert arrived(target) == {name: server.body(name) for name in names}


def test_one_ctrl_c_is_one_though_both_processes_of_the_one_file_get_it(
    program: Path, server: DemoServer, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("signals of POSIX")
    for number in range(20):
        server.put(f"d/{number}", size=50_000)
    server.fault("slow", key="d/1?", rate=200)

    with subprocess.Popen(
        [str(program), "oss://demo-bucket/d/", "-c", "get --to got", "-c", "pwd"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), **keys(server)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until(lambda: len(arrived(tmp_path / "got")) > 5 or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        out, err = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert out.startswith("stopped: ")  # gently: a second Ctrl-C says nothing any more
    assert "Traceback" not in err


@pytest.mark.fault("F58")
def test_no_module_in_the_current_folder_runs(
    alone: Jail, server: DemoServer, tmp_path: Path
) -> None:
    inside = Traps(Path("/ran") if sys.platform != "win32" else tmp_path / "ran")
    inside.plant(alone.root)
    job = f"""version = 1
[source]
endpoint = "{server.endpoint}"
region = "{server.region}"
bucket = "{server.bucket}"
[target]
directory = "../got"
[transfer]
processes = 2
"""
    server.fill("{:03d}.bin", 200, 1000)
    server.fault("delay", operation="get", seconds=0.1)  # or one process would do it alone
    (alone.root / "jobs").mkdir(exist_ok=True)
    (alone.root / "jobs" / "j.toml").write_text(job)
    is_source = alone.command[0] == sys.executable
    here = {} if is_source else {"PYTHONPATH": os.pathsep, "PYTHONHOME": "."}  # not looked at

    own = ended(alone("--demo", "-c", "ls", **here))
    fetched = ended(alone("--trust", "jobs/j.toml", "-c", "get", **keys(server), **here))

    assert own.startswith("archive/\n")
    assert "done: 200 objects" in fetched
    assert not (alone.root / "ran").exists()
    assert inside.ran == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("own", [{"LD_LIBRARY_PATH": "/own"}, {}], ids=["of its own", "none"])
def test_programs_that_ossh_starts_use_the_libraries_of_the_system(
    program: Path, own: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [str(program), "-c", '!echo "[$LD_LIBRARY_PATH]"'],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], **own},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended(done) == f"[{own.get('LD_LIBRARY_PATH', '')}]\n"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bring other libraries")
def test_the_bundle_brings_what_glibc_does_not(executables: Built) -> None:
    inside = {path.name for path in executables.folder.rglob("*")}

    assert "libgcc_s.so.1" in inside  # without it a thread that ends early ends the program
    assert not [name for name in inside if "readline" in name]


def test_the_notices_know_all_that_is_inside(executables: Built) -> None:
    overview = (executables.folder / notices.FILE).read_text("utf-8").partition(notices.RULE)[0]

    packages = set(map(canonicalize_name, re.findall(r"(?m)^([^\s:]+) [^:]+: ", overview)))
    hashed = environment.BUILD.read_text("utf-8") + environment.RUN.read_text("utf-8")
    needed = set(map(canonicalize_name, re.findall(r"(?m)^([\w.-]+)==", hashed)))
    assert {"requests", "cmd2", "pyinstaller"} <= packages
    # typing-extensions is of the environment: what imports it works without it
    assert packages <= needed | {"python", "pyinstaller", "typing-extensions"}
    if sys.platform == "linux":  # elsewhere the libraries of Python's builds are called otherwise
        assert "OpenSSL, Apache-2.0" in overview
        assert "origin and license unknown" not in overview


def test_what_is_offered_for_download_is_named_and_summed(executables: Built) -> None:
    name = build_name(ossh.__version__)
    lines = (executables.output / "SHA256SUMS").read_text("utf-8").splitlines()

    packed = ".zip" if sys.platform == "win32" else ".tar.gz"
    endings = (suffix(), packed, ".THIRD-PARTY.txt")
    assert [line.split("  ")[1] for line in lines] == sorted(f"{name}{end}" for end in endings)


def test_one_file_is_small(executables: Built) -> None:
    assert executables.one_file.stat().st_size < ONE_FILE_BYTES

"""What a hostile, broken or unlucky service, bucket or file can make ossh hold: its peak memory."""

import gzip
import io
import shlex
import struct
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmark.contenders import ossh_order
from benchmark.measure import Sample, run
from benchmark.rounds import CPU, PEAK, Outcome, Trial, play
from benchmark.setting import LeftOutError, Setting
from ossh import demo

GOAL_MIB = 200
_COUNT = 3000  # objects that lie about their size
_MEMBERS = 1_000_000
_LISTS = 600  # commands at one prompt
_ENTRY = struct.Struct("<4s6H3L5H2L")  # of a member in the directory of an archive
_ANY = (0, 1, 2, 3)

Prepare = Callable[[demo.DemoServer, Path], list[str]]
"""Arms a server, or puts what is to be met; returns what is typed."""


def hostile(setting: Setting) -> Outcome:
    """Meet each of them once, and take the peak of memory.

    Raises:
        LeftOutError: Nothing here makes a Parquet file.
    """
    if find_spec("pyarrow") is None:
        raise LeftOutError("pyarrow is not installed; the environment of check.py has it")
    trials = [Trial(name, partial(_met, prepare)) for name, prepare in _MEETINGS.items()]
    series = play("hostile", trials, 1, setting.root)
    title = "a session that meets what should not be"
    return Outcome(title, PEAK, CPU, series, [f"Goal: below {GOAL_MIB} MiB each."])


def _met(prepare: Prepare, scratch: Path) -> Sample:
    with demo.start(empty=True) as server:
        commands = (part for one in prepare(server, scratch) for part in ("-c", one))
        words = (f"oss://{server.bucket}/", *commands)
        jobs = scratch / "jobs"
        order = ossh_order(server.endpoint, server.environ, jobs, *words, accepted=_ANY)
        return run(order, scratch)


def _get(scratch: Path) -> str:
    return f"get --to {shlex.quote(str(scratch / 'files'))}"


def _long_bodies(server: demo.DemoServer, scratch: Path) -> list[str]:
    server.fill("o/{:05d}", _COUNT, 200)
    server.fault("flood")
    return [_get(scratch)]


def _interim(server: demo.DemoServer, scratch: Path) -> list[str]:
    server.put("large.bin", size=64 << 20)
    server.fault("interim", operation="get")
    return [_get(scratch), "head large.bin"]


def _nested(server: demo.DemoServer, scratch: Path, size: int = 15 << 20) -> list[str]:
    server.fault("nested", bytes=size)
    return ["ls", _get(scratch)]


def _archive(server: demo.DemoServer, _scratch: Path) -> list[str]:
    file = io.BytesIO()
    for number in range(_MEMBERS):
        name = b"%09d" % number
        lengths = len(name), 0, 0, 0, 0
        file.write(_ENTRY.pack(b"PK\1\2", 20, 20, 0, 0, 0, 33, 0, 0, 0, *lengths, 0, 0) + name)
    size = file.tell()
    file.write(struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, _MEMBERS, _MEMBERS, size, 0))
    file.write(struct.pack("<4sLQL", b"PK\6\7", 0, size, 1))
    file.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, size, 0, 0))
    server.put("a.zip", file.getvalue())
    return ["ls a.zip/"]


def _parquet(server: demo.DemoServer, _scratch: Path) -> list[str]:
    import pyarrow as pa  # noqa: PLC0415 - only for this
    from pyarrow import parquet  # noqa: PLC0415

    file = io.BytesIO()
    table = pa.table({"id": [1, 2], "x": ["a" * 500_000_000, "b"]})
    parquet.write_table(table, file, compression="zstd")
    server.put("a.parquet", file.getvalue())
    return ["head a.parquet", "stat a.parquet"]


def _gzip(server: demo.DemoServer, _scratch: Path) -> list[str]:
    server.put("a.csv.gz", gzip.compress(b"," * 1_000_000_000, 1))
    server.put("b.jsonl.gz", gzip.compress(b"[" * 1_000_000_000, 1))
    return ["head a.csv.gz", "head b.jsonl.gz -n 100000", "head a.csv.gz -c 100"]


def _job(_server: demo.DemoServer, scratch: Path) -> list[str]:
    (scratch / "jobs").mkdir()
    for name, end in (("header", "]"), ("field", " = 1")):
        begin = "[" if end == "]" else ""
        text = f"version = 1\n{begin}{'a.' * 130_000}a{end}\n"
        (scratch / "jobs" / f"{name}.toml").write_text(text, encoding="ascii")
    return ["jobs"]


def _lists(server: demo.DemoServer, _scratch: Path) -> list[str]:
    server.fill("a-rather-long-name-of-an-object-{:05d}", 1500, 0)
    return ["ls"] * _LISTS


_MEETINGS: dict[str, Prepare] = {
    f"{_COUNT:,} objects of 200 bytes whose bodies never end": _long_bodies,
    "100 Continue without end": _interim,
    "a page of 15 MiB of nested elements": _nested,
    "one of 8 MB": partial(_nested, size=8_000_000),
    f"a ZIP directory of {_MEMBERS:,} members": _archive,
    "a value of 500 MB in Parquet": _parquet,
    "lines of 1 GB in gzip": _gzip,
    "names of 130,000 parts in job files": _job,
    f"{_LISTS} listings of 1,500 keys": _lists,
}

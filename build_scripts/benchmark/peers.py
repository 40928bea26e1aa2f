"""The tools that ossh is measured against, how each is started, and what it is tried at.

They run quietly, and sign and check as they always do. rclone is told to take times from the
listing: a HEAD for each object would cost it half its speed.

Numbers of connections are made for the bucket at hand: so many objects at a time and, where a
bucket has fewer objects, so many parts of each. They are never written down for a workload, so that
no tool can run with the numbers of another workload.
"""

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmark.contenders import ACCESS_KEY, REGION, SECRET, Contender, Place
from benchmark.data import Bucket
from benchmark.measure import Order

CONNECTIONS = (512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
MIB = 1 << 20
LARGEST_PART = 16 * MIB
LSF_OPTIONS = ("--fast-list", "", *(f"--checkers {number}" for number in (16, 32, 64, 128)))
FEW = 64  # objects that may have a process each


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is under way at a time."""

    objects: int
    parts: int = 1  # of each; 1 where objects are fetched whole
    part_size: int = LARGEST_PART  # bytes


def numbers(bucket: Bucket) -> list[Numbers]:
    """Return what tools are tried at: the most connections first, each number once."""
    found = []
    for connections in CONNECTIONS:
        objects = min(connections, bucket.count)
        parts = max(1, min(connections // objects, bucket.size // MIB))
        part_size = -(-bucket.size // (parts * MIB)) * MIB  # whole MiB
        found.append(Numbers(objects, parts, min(LARGEST_PART, part_size)))
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool, and how it is told a number of connections."""

    tool: str  # its name, among those found and in tables
    order: Callable[[Numbers | None, Place], Order]  # its program is the tool's name
    objects: str  # what its manual calls objects at a time
    parts: str = ""  # what it calls parts of one; "" where it only fetches whole objects
    unset: str = ""  # how it runs without being told numbers; "" where it cannot
    few: int = 0  # without numbers it is started only for so few objects; 0 for any number

    def candidates(self, bucket: Bucket) -> list[Contender]:
        """Return this tool at every number that makes sense for a bucket."""
        tried = [one for one in numbers(bucket) if self.parts or one.parts == 1]
        made = [self.at(one) for one in tried]
        if self.unset and (not self.few or bucket.count <= self.few):
            made.append(Contender(f"{self.tool}, {self.unset}", partial(self.order, None)))
        return made

    def at(self, tried: Numbers) -> Contender:
        """Return this tool at certain numbers."""
        parts = f" x {tried.parts} {self.parts}" if tried.parts > 1 else ""
        name = f"{self.tool}, {tried.objects} {self.objects}{parts}"
        return Contender(name, partial(self.order, tried))


def found(tools: Mapping[str, str], tool: str, candidates: Sequence[Contender]) -> list[Contender]:
    """Return a tool's candidates with the path of its program; none where it is missing."""
    path = tools.get(tool)

    def started(one: Contender, place: Place) -> Order:
        order = one.order(place)
        program, *arguments = order.command
        return replace(order, command=[str(path) if program == tool else program, *arguments])

    return [replace(one, order=partial(started, one)) for one in candidates] if path else []


def _s5cmd(tried: Numbers | None, place: Place) -> Order:
    line = ["s5cmd", "--endpoint-url", place.server.s3_url, "--log", "error"]
    copy = ["cp"]
    if tried:
        line += ["--numworkers", str(tried.objects)]
        copy += ["--concurrency", str(tried.parts), "--part-size", str(tried.part_size // MIB)]
    return Order([*line, *copy, f"s3://{place.bucket.name}/*", f"{place.target}/"], place.environ)


def _rclone(tried: Numbers | None, place: Place) -> Order:
    """Copy with one listing that ends before the first copy begins."""
    line = ["rclone", "copy", f"bench:{place.bucket.name}", str(place.target), "--config", ""]
    line += ["--use-server-modtime", "--fast-list"]
    if tried:
        line += ["--transfers", str(tried.objects)]
        line += ["--multi-thread-streams", str(tried.parts if tried.parts > 1 else 0)]
        size = f"{tried.part_size}B"
        line += ["--multi-thread-cutoff", size, "--multi-thread-chunk-size", size]
    return Order(line, {**place.environ, **_rclone_environ(place)})


def _rclone_environ(place: Place) -> dict[str, str]:
    """Return the settings of rclone's remote `bench`."""
    settings = {
        "type": "s3",
        "provider": "Other",
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET,
        "region": REGION,
        "endpoint": place.server.s3_url,
        "list_version": "2",
        "no_check_bucket": "true",
        "no_head_object": "true",
    }
    return {f"RCLONE_CONFIG_BENCH_{name.upper()}": value for name, value in settings.items()}


def _curl(tried: Numbers | None, place: Place) -> Order:
    """Give curl every name, as it lists nothing; or start one for each object, all at once."""
    base = f"{place.server.oss_url}/{place.bucket.name}"
    pairs = [(f"{base}/{key}", f"{place.target}/{key}") for key in place.bucket.all_keys()]
    if tried is None:
        one = ["curl", "-sf", "--create-dirs", "-o"]
        script = " & ".join(shlex.join([*one, path, url]) for url, path in pairs)
        wait = " & for one in $(jobs -p); do wait $one || exit 1; done"
        return Order(["bash", "-c", script + wait], place.environ)
    config = place.scratch / "curl.config"
    lines = (f'url = "{url}"\noutput = "{path}"\n' for url, path in pairs)
    config.write_text("".join(lines), encoding="ascii")
    line = ["curl", "--silent", "--fail-early", "--fail", "--create-dirs", "--parallel"]
    line += ["--parallel-immediate", "--parallel-max", str(tried.objects)]
    return Order([*line, "--config", str(config)], place.environ)


def _ossutil(tried: Numbers | None, place: Place) -> Order:
    settings = place.scratch / "ossutil.ini"
    settings.write_text(
        f"[Credentials]\nlanguage=EN\nendpoint={place.server.oss_url}\n"
        f"accessKeyID={ACCESS_KEY}\naccessKeySecret={SECRET}\n",
        encoding="ascii",
    )
    line = ["ossutil 1", "cp", "--recursive", "--force", "--config-file", str(settings)]
    line += ["--checkpoint-dir", str(place.scratch / "checkpoints")]
    line += ["--output-dir", str(place.scratch / "reports")]
    if tried:
        threshold = tried.part_size if tried.parts > 1 else place.bucket.size + 1
        line += ["--jobs", str(tried.objects), "--parallel", str(tried.parts)]
        line += ["--part-size", str(tried.part_size), "--bigfile-threshold", str(threshold)]
    return Order([*line, f"oss://{place.bucket.name}/", f"{place.target}/"], place.environ)


def _go_sdk(tried: Numbers | None, place: Place) -> Order:
    flags = ("-jobs", "-parallel", "-part-size")
    how = [part for pair in zip(flags, _values(tried), strict=True) for part in pair]
    return Order([*_go_line(place), *how, "-target", str(place.target)], place.environ)


def _go_line(place: Place) -> list[str]:
    return ["Go SDK", "-endpoint", place.server.oss_url, "-bucket", place.bucket.name]


def _library(tool: str, tried: Numbers | None, place: Place) -> Order:
    """Return how to run our script on a package of Python; the tool is the Python that has it."""
    script = str(Path(__file__).with_name("download_peer.py"))
    words = (place.server.s3_url, place.bucket.name, str(place.target), *_values(tried))
    return Order([tool, script, tool, *words], place.environ)


def _values(tried: Numbers | None) -> list[str]:
    """Return objects, parts and the size of a part; zeros leave the choice to the tool."""
    return [str(tried.objects), str(tried.parts), str(tried.part_size)] if tried else ["0"] * 3


CURL = Peer("curl", _curl, "at a time", unset="a process an object", few=FEW)
S5CMD = Peer("s5cmd", _s5cmd, "workers", "parts", "its defaults")
PEERS = (
    Peer("ossutil 1", _ossutil, "jobs", "parallel", "its defaults"),
    Peer("Go SDK", _go_sdk, "jobs", "parts"),
    Peer("obstore", partial(_library, "obstore"), "objects", "ranges"),
    Peer("awscrt", partial(_library, "awscrt"), "objects", "parts", "its own choice"),
    S5CMD,
    Peer("rclone", _rclone, "transfers", "streams", "its defaults"),
    CURL,
)


def listers(tools: Mapping[str, str]) -> list[list[Contender]]:
    """Return what lists a bucket: of each tool what it can be told."""
    rclone = [
        Contender(f"rclone lsf {how}".strip(), partial(_lsf, how.split())) for how in LSF_OPTIONS
    ]
    return [
        found(tools, "Go SDK", [Contender("Go SDK, list", _go_list)]),
        found(tools, "s5cmd", [Contender("s5cmd ls", _s5cmd_ls)]),
        found(tools, "rclone", rclone),
    ]


def _go_list(place: Place) -> Order:
    return Order([*_go_line(place), "-list"], place.environ)


def _s5cmd_ls(place: Place) -> Order:
    line = ["s5cmd", "--endpoint-url", place.server.s3_url]
    return Order([*line, "ls", f"s3://{place.bucket.name}/*"], place.environ)


def _lsf(options: Sequence[str], place: Place) -> Order:
    """List everything in one listing, or folder by folder with several checkers."""
    line = ["rclone", "lsf", "--recursive", "--files-only", "--config", "", *options]
    environ = {**place.environ, **_rclone_environ(place)}
    return Order([*line, f"bench:{place.bucket.name}"], environ)

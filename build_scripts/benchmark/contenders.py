"""How each contender is started: ossh as a user starts it, the peers at their best.

The peers run quietly, and sign and check as they always do. rclone is told to take times from the
listing: a HEAD for each object would cost it half its speed. Where a setting matters (workers,
connections), it is part of the contender's name.
"""

import shlex
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmark.data import Bucket
from benchmark.measure import Order
from benchmark.server import Server
from benchmark.tools import Tools

REGION = "cn-hangzhou"
ACCESS_KEY = "benchmark-access-key"
SECRET = "benchmark-secret"  # noqa: S105 - opens nothing: nginx checks no signature
JOB = "bench"
OSS2_PEER = Path(__file__).with_name("oss2_peer.py")
AWSCRT_PEER = Path(__file__).with_name("awscrt_peer.py")
OBSTORE_PEER = Path(__file__).with_name("obstore_peer.py")


@dataclass(frozen=True, slots=True)
class Place:
    """The source and the target of one run."""

    server: Server
    scratch: Path

    @property
    def bucket(self) -> Bucket:
        return self.server.bucket

    @property
    def target(self) -> Path:
        return self.scratch / "files"

    @property
    def jobs(self) -> Path:
        return self.scratch / "jobs"

    @property
    def manifest(self) -> Path:
        return self.jobs / f"{JOB}.sqlite"

    @property
    def environ(self) -> dict[str, str]:
        """Return credentials and, with TLS, the authority, as each tool looks for them."""
        found = {
            "OSS_ACCESS_KEY_ID": ACCESS_KEY,
            "OSS_ACCESS_KEY_SECRET": SECRET,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",  # or some look for a machine of Amazon's first
        }
        if self.server.certificate:
            authority = str(self.server.certificate.authority)
            for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
                found[name] = authority
        return found


@dataclass(frozen=True, slots=True)
class Contender:
    """A tool with its settings: a name, and what to start for one run."""

    name: str
    order: Callable[[Place], Order]
    tool: str = ""  # what it needs, by its name in `Tools`; "" for Python


def available(tools: Tools, contenders: Iterable[Contender]) -> list[Contender]:
    """Return the contenders whose tools are here; their commands have the paths of the programs."""
    return [
        replace(one, order=partial(_with_path, one, tools.found[one.tool])) if one.tool else one
        for one in contenders
        if not one.tool or one.tool in tools.found
    ]


def _with_path(contender: Contender, path: str, place: Place) -> Order:
    order = contender.order(place)
    program, *arguments = order.command
    return replace(order, command=[path if program == contender.tool else program, *arguments])


def ossh_command(place: Place, *commands: str, quiet: bool = False, target: str = "") -> list[str]:
    """Return a command line of ossh, at the bucket unless a job is the target."""
    line = [sys.executable, "-P", "-m", "ossh", target or f"oss://{place.bucket.name}/"]
    line += ["--endpoint", place.server.oss_url, "--region", REGION]
    line += ["--jobs-dir", str(place.jobs)]
    if quiet:
        line.append("--quiet")
    for command in commands:
        line += ["-c", command]
    return line


def ossh(name: str = "ossh", *, quiet: bool = False, options: str = "") -> Contender:
    """Return ossh on a terminal, with its bar: everything a user gets."""

    def order(place: Place) -> Order:
        get = f"get --to {shlex.quote(str(place.target))} --name {JOB} {options}".strip()
        command = ossh_command(place, get, quiet=quiet)
        return Order(command, place.environ, has_terminal=True)

    return Contender(name, order)


def s5cmd(workers: int = 0) -> Contender:
    """Return s5cmd at its defaults, or with a number of workers."""

    def order(place: Place) -> Order:
        line = _s5cmd_line(place, workers)
        copy = ["cp", f"s3://{place.bucket.name}/*", f"{place.target}/"]
        return Order([*line, *copy], place.environ)

    return Contender(f"s5cmd, {workers} workers" if workers else "s5cmd", order, "s5cmd")


def s5cmd_ls() -> Contender:
    """Return `s5cmd ls` of everything."""

    def order(place: Place) -> Order:
        line = ["s5cmd", "--endpoint-url", place.server.s3_url]
        return Order([*line, "ls", f"s3://{place.bucket.name}/*"], place.environ)

    return Contender("s5cmd ls", order, "s5cmd")


def _s5cmd_line(place: Place, workers: int) -> list[str]:
    line = ["s5cmd", "--endpoint-url", place.server.s3_url, "--log", "error"]
    return [*line, "--numworkers", str(workers)] if workers else line


def rclone(transfers: int) -> Contender:
    """Return `rclone copy`, with one listing that ends before the first copy begins."""

    def order(place: Place) -> Order:
        line = ["rclone", "copy", f"bench:{place.bucket.name}", str(place.target), "--config", ""]
        line += ["--transfers", str(transfers), "--use-server-modtime", "--fast-list"]
        return Order(line, {**place.environ, **_rclone_environ(place)})

    return Contender(f"rclone, {transfers} transfers", order, "rclone")


def rclone_lsf(*, is_fast: bool) -> Contender:
    """Return `rclone lsf` of everything, in one listing or folder by folder in parallel."""

    def order(place: Place) -> Order:
        line = ["rclone", "lsf", "--recursive", "--files-only", "--config", ""]
        line += ["--fast-list"] if is_fast else []
        line.append(f"bench:{place.bucket.name}")
        return Order(line, {**place.environ, **_rclone_environ(place)})

    return Contender("rclone lsf --fast-list" if is_fast else "rclone lsf", order, "rclone")


def _rclone_environ(place: Place) -> dict[str, str]:
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


def curl(connections: int) -> Contender:
    """Return one curl with parallel connections, given every name: it lists nothing."""

    def order(place: Place) -> Order:
        base = f"{place.server.oss_url}/{place.bucket.name}"
        config = place.scratch / "curl.config"
        config.write_text(
            "".join(
                f'url = "{base}/{key}"\noutput = "{place.target}/{key}"\n'
                for key in place.bucket.all_keys()
            ),
            encoding="ascii",
        )
        line = ["curl", "--silent", "--fail-early", "--fail", "--create-dirs", "--parallel"]
        line += ["--parallel-immediate", "--parallel-max", str(connections)]
        return Order([*line, "--config", str(config)], place.environ)

    return Contender(f"curl -Z, {connections} connections", order, "curl")


def curls() -> Contender:
    """Return a curl process for each object, all at once."""

    def order(place: Place) -> Order:
        base = f"{place.server.oss_url}/{place.bucket.name}"
        lines = [
            shlex.join(
                ["curl", "-sf", "--create-dirs", "-o", f"{place.target}/{key}", f"{base}/{key}"]
            )
            for key in place.bucket.all_keys()
        ]
        script = " & ".join(lines) + " & for one in $(jobs -p); do wait $one || exit 1; done"
        return Order(["bash", "-c", script], place.environ)

    return Contender("curl, one process an object", order, "curl")


def oss2(threads: int) -> Contender:
    """Return a script on the official Python SDK with a pool of threads."""

    def order(place: Place) -> Order:
        return Order(_oss2_line(place, "get", threads), place.environ)

    return Contender(f"oss2, {threads} threads", order)


def oss2_list() -> Contender:
    """Return the listing iterator of the official Python SDK."""

    def order(place: Place) -> Order:
        return Order(_oss2_line(place, "list", 1), place.environ)

    return Contender("oss2 iterator", order)


def _oss2_line(place: Place, action: str, threads: int) -> list[str]:
    line = [sys.executable, str(OSS2_PEER), action, place.server.oss_url, place.bucket.name]
    return [*line, str(place.target), str(threads)]


def awscrt(objects: int) -> Contender:
    """Return a script on the S3 client of the AWS Common Runtime."""

    def order(place: Place) -> Order:
        line = ["awscrt", str(AWSCRT_PEER), place.server.s3_url, place.bucket.name]
        return Order([*line, str(place.target), str(objects)], place.environ)

    return Contender(f"awscrt, {objects} objects at a time", order, "awscrt")


def obstore(threads: int) -> Contender:
    """Return a script on obstore with a pool of threads."""

    def order(place: Place) -> Order:
        line = ["obstore", str(OBSTORE_PEER), place.server.s3_url, place.bucket.name]
        return Order([*line, str(place.target), str(threads)], place.environ)

    return Contender(f"obstore, {threads} threads", order, "obstore")


def ossutil(jobs: int) -> tuple[Contender, Contender]:
    """Return `ossutil cp` of both generations, of which a machine has at most one."""

    def order(name: str, options: Sequence[str], place: Place) -> Order:
        settings = place.scratch / "ossutil.ini"
        settings.write_text(
            f"[Credentials]\nlanguage=EN\nendpoint={place.server.oss_url}\n"
            f"accessKeyID={ACCESS_KEY}\naccessKeySecret={SECRET}\n",
            encoding="ascii",
        )
        line = [name, "cp", "--recursive", "--force", "--config-file", str(settings), *options]
        line += ["--checkpoint-dir", str(place.scratch / "checkpoints")]
        copy = [f"oss://{place.bucket.name}/", f"{place.target}/"]
        return Order([*line, *copy], place.environ)

    first = ("--jobs", str(jobs))
    second = ("--job", str(jobs), "--region", REGION, "--addressing-style", "path")
    generations = {"ossutil 1": first, "ossutil 2": second}
    one, two = (
        Contender(f"{name}, {jobs} jobs", partial(order, name, options), name)
        for name, options in generations.items()
    )
    return one, two


def go_sdk(jobs: int, *, is_list: bool = False) -> Contender:
    """Return the driver on the official Go SDK that stands in for ossutil 1."""

    def order(place: Place) -> Order:
        line = ["Go SDK", "-endpoint", place.server.oss_url, "-bucket", place.bucket.name]
        line += ["-target", str(place.target), "-jobs", str(jobs)]
        return Order([*line, "-list"] if is_list else line, place.environ)

    how = "list" if is_list else f"{jobs} jobs"
    return Contender(f"Go SDK for OSS, {how} (for ossutil 1)", order, "Go SDK")


def cp() -> Contender:
    """Return `cp` from the server's own files: no network, so a lower bound and not a peer."""

    def order(place: Place) -> Order:
        return Order(["cp", "-R", str(place.server.files), str(place.target)], {})

    return Contender("floor: cp -R, no network", order, "cp")

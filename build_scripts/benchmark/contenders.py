"""What a contender is: a tool with its settings, at a place; and how ossh is started."""

import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmark.data import Bucket
from benchmark.measure import Order
from benchmark.server import Server
from ossh.demo import certificates

REGION = "cn-hangzhou"
ACCESS_KEY = "benchmark-access-key"
SECRET = "benchmark-secret"  # noqa: S105 - opens nothing: nginx checks no signature
JOB = "bench"


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
        if self.server.with_tls:
            authority = str(certificates.AUTHORITY)
            found |= {"SSL_CERT_FILE": authority, "CURL_CA_BUNDLE": authority}
        return found

    def ossh(self, *words: str) -> Order:
        return ossh_order(self.server.oss_url, self.environ, self.jobs, *words)


@dataclass(frozen=True, slots=True)
class Contender:
    """A tool with its settings: a name, and what to start for one run."""

    name: str
    order: Callable[[Place], Order]

    def limited(self, seconds: float) -> "Contender":
        """Return one that is stopped after so many seconds."""
        return replace(self, order=lambda place: replace(self.order(place), seconds=seconds))


def ossh(name: str = "ossh", *options: str) -> Contender:
    """Return `ossh get` on a terminal, with its bar: everything a user gets."""

    def order(place: Place) -> Order:
        target = ("--to", str(place.target), "--name", JOB)
        return place.ossh("get", _address(place), *target, *options)

    return Contender(name, order)


def ossh_line() -> Contender:
    """Return a command of the shell: `ossh oss://bucket/ -c get`, which loads cmd2."""

    def order(place: Place) -> Order:
        get = f"get --to {shlex.quote(str(place.target))} --name {JOB}"
        return place.ossh(_address(place), "-c", get)

    return Contender("ossh -c", order)


def ossh_order(endpoint: str, environ: Mapping[str, str], jobs: Path, *words: str) -> Order:
    """Return how ossh is run on a terminal, with some words."""
    command = [sys.executable, "-P", "-m", "ossh", *words]
    command += ["--endpoint", endpoint, "--region", REGION, "--jobs-dir", str(jobs)]
    return Order(command, environ, has_terminal=True)


def _address(place: Place) -> str:
    return f"oss://{place.bucket.name}/"

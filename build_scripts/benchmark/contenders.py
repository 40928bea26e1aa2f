"""What a contender is: a tool with its settings, at a place; and how ossh is started."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmark.data import Bucket
from benchmark.measure import Sample, run
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
    def manifest(self) -> Path:
        return self.scratch / "jobs" / f"{JOB}.sqlite"

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
        if self.server.oss_url.startswith("https:"):
            authority = str(certificates.AUTHORITY)
            found |= {"SSL_CERT_FILE": authority, "CURL_CA_BUNDLE": authority}
        return found

    def ossh(self, *words: str) -> list[str]:
        return ossh_command(self.server.oss_url, self.manifest.parent, *words)


@dataclass(frozen=True, slots=True)
class Contender:
    """A tool with its settings: a name, and the command of one run."""

    name: str
    command: Callable[[Place], list[str]]

    @property
    def is_ossh(self) -> bool:
        return self.name.startswith("ossh")

    def run(self, place: Place, seconds: float, until: Path | None = None) -> Sample:
        """Run it once; see `measure.run`."""
        return run(
            self.command(place),
            place.scratch,
            seconds,
            place.environ,
            has_terminal=self.is_ossh,
            until=until,
        )


def ossh(name: str = "ossh", *options: str) -> Contender:
    """Return `ossh get` on a terminal, with its bar: everything a user gets."""

    def command(place: Place) -> list[str]:
        target = ("--to", str(place.target), "--name", JOB)
        return place.ossh("get", f"oss://{place.bucket.name}/", *target, *options)

    return Contender(name, command)


def ossh_command(endpoint: str, jobs: Path, *words: str) -> list[str]:
    """Return how ossh is started, with some words."""
    command = [sys.executable, "-P", "-m", "ossh", *words]
    return [*command, "--endpoint", endpoint, "--region", REGION, "--jobs-dir", str(jobs)]

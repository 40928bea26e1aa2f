"""What all workloads share: where data goes, the tools, the number of runs and the scale."""

import shutil
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.data import Bucket, fill, write_pages
from benchmark.measure import FailedError
from benchmark.server import Server, serving

HEADROOM = 1 << 30  # bytes of memory that are left to everything else


@dataclass(frozen=True, slots=True)
class Setting:
    """What all workloads share."""

    root: Path  # a folder for this benchmark only, on tmpfs
    tools: Container[str]  # those that are here
    runs: int  # of each contender
    scale: float  # shrinks every workload; 1 for meaningful figures
    is_kept: bool = False  # the tables are to be kept, so the machine has to be quiet

    def scaled(self, count: int) -> int:
        """Return a number scaled down, but at least 1."""
        return max(1, round(count * self.scale))

    @contextmanager
    def serving(
        self, wanted: Bucket, *, delay_ms: int = 0, with_tls: bool = False
    ) -> Iterator[Server]:
        """Make a bucket and its listing, serve it, and remove it in the end.

        Raises:
            FailedError: There is no room for it and a copy.
        """
        stored = wanted.size if wanted.is_shared else 2 * (wanted.total + wanted.count * 4096)
        self.need(stored + wanted.count * 1024)
        with TemporaryDirectory(dir=self.root, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            bucket = fill(folder, wanted)
            write_pages(folder, bucket)
            with serving(folder, bucket, delay_ms=delay_ms, with_tls=with_tls) as server:
                yield server

    def need(self, size: int) -> None:
        """Check that there is room for `size` bytes in the benchmark's folder.

        Raises:
            FailedError: There is not.
        """
        room = min(shutil.disk_usage(self.root).free, _available())  # its room is memory
        if size + HEADROOM > room:
            message = f"needs {(size + HEADROOM) >> 20} MiB, and {room >> 20} MiB are free"
            raise FailedError(message)


def _available() -> int:
    """Return how many bytes of memory are available."""
    text = Path("/proc/meminfo").read_text(encoding="ascii")
    return int(text.partition("MemAvailable:")[2].split()[0]) * 1024

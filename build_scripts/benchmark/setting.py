"""What all workloads share: where data goes, the tools, the number of runs and the scale."""

import shutil
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from benchmark.measure import FailedError

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

    def need(self, size: int) -> None:
        """Check that there is room for `size` bytes in the benchmark's folder.

        Raises:
            FailedError: There is not.
        """
        memory = Path("/proc/meminfo").read_text(encoding="ascii").partition("MemAvailable:")[2]
        room = min(shutil.disk_usage(self.root).free, int(memory.split()[0]) * 1024)
        if size + HEADROOM > room:
            message = f"needs {(size + HEADROOM) >> 20} MiB, and {room >> 20} MiB are free"
            raise FailedError(message)

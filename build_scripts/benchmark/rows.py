"""The download workloads, each a row of the table of its name."""

from benchmark.downloads import KIB, MIB, Download
from benchmark.paced import Pace

FEW_SLOW, MANY_SLOW = 8, 64  # objects over connections of limited speed
SHOWN_SLOW = ("slow-5", "slow-20", "slow-50", "slow-64-20", "slow-20-20ms")


def _slow(count: int, rate: int, delay_ms: int = 0) -> Download:
    """Return objects of 128 MiB over connections of so many bytes a second."""
    many = f"{count}-" if count != FEW_SLOW else ""
    delay = f"-{delay_ms}ms" if delay_ms else ""
    name = f"slow-{many}{rate // 1_000_000}{delay}"
    is_drained = count > FEW_SLOW  # or they would not fit into memory
    pace = Pace(rate)
    return Download(name, count, 128 * MIB, delay_ms, pace, is_large=True, is_drained=is_drained)


SLOW = {
    work.name: work
    for count in (FEW_SLOW, MANY_SLOW)
    for delay_ms in (0, 20)
    for rate in (5_000_000, 20_000_000, 50_000_000)
    for work in [_slow(count, rate, delay_ms)]
}


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB),
    Download("many", 100_000, 4 * KIB),
    Download("small-20ms", 10_000, 4 * KIB, delay_ms=20),
    Download("medium", 2_000, MIB),
    Download("mixed", 1_000, 64 * MIB, is_mixed=True),
    Download("large", 4, 512 * MIB, is_large=True),
    Download("one", 1, 1024 * MIB, is_large=True),
    Download("huge", 16, 1024 * MIB, is_large=True, is_drained=True),
    *SLOW.values(),
    Download("slow-one", 1, 4096 * MIB, pace=Pace(20_000_000), is_large=True, is_drained=True),
    Download(
        "slow-sets-in", 64, 128 * MIB, pace=Pace(0, 5_000_000), is_large=True, is_drained=True
    ),
    Download("slow-lifted", 64, 128 * MIB, pace=Pace(5_000_000, 0), is_large=True, is_drained=True),
    Download("small-tls", 10_000, 4 * KIB, with_tls=True),
    Download("large-tls", 4, 512 * MIB, with_tls=True, is_large=True),
)
RARE = tuple(name for name in SLOW if name not in SHOWN_SLOW)  # only when they are named

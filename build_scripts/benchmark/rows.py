"""The download workloads, each a row of the table of its name."""

from benchmark.downloads import KIB, MIB, Download
from benchmark.paced import Pace

SLOW = 5_000_000  # bytes a second on a connection


DOWNLOADS = (
    Download("small", 10_000, 4 * KIB),
    Download("many", 100_000, 4 * KIB),
    Download("small-20ms", 10_000, 4 * KIB, delay_ms=20),
    Download("medium", 2_000, MIB),
    Download("mixed", 1_000, 64 * MIB, is_mixed=True),
    Download("large", 4, 512 * MIB, is_large=True),
    Download("one", 1, 1024 * MIB, is_large=True),
    Download("huge", 16, 1024 * MIB, is_large=True, is_drained=True),
    Download("slow-5", 8, 128 * MIB, pace=Pace(SLOW), is_large=True),
    Download("slow-20", 8, 128 * MIB, pace=Pace(20_000_000), is_large=True),
    Download("slow-50", 8, 128 * MIB, pace=Pace(50_000_000), is_large=True),
    Download("slow-20-20ms", 8, 128 * MIB, 20, Pace(20_000_000), is_large=True),
    Download("slow-64-20", 64, 128 * MIB, pace=Pace(20_000_000), is_large=True, is_drained=True),
    Download("slow-one", 1, 4096 * MIB, pace=Pace(20_000_000), is_large=True, is_drained=True),
    Download("slow-sets-in", 64, 128 * MIB, pace=Pace(0, SLOW), is_large=True, is_drained=True),
    Download("slow-lifted", 64, 128 * MIB, pace=Pace(SLOW, 0), is_large=True, is_drained=True),
    Download("small-tls", 10_000, 4 * KIB, with_tls=True),
    Download("large-tls", 4, 512 * MIB, with_tls=True, is_large=True),
)

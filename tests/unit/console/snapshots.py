"""A run as it is seen half way."""

from ossh.transfer.watching import Phase, Progress

MIB = 1024 * 1024
HALF = Progress(
    phase=Phase.FETCHING,
    is_planned=True,
    planned=1000,
    planned_bytes=100 * MIB,
    done=500,
    bytes_done=50 * MIB,
    bytes_resumed=10 * MIB,
    bytes_received=40 * MIB,
)

"""A sink that a test can read."""

import sys
from dataclasses import dataclass, field

from ossh.network import ResponseParser
from ossh.network.connection import BLOCK


@dataclass
class Collector:
    """A sink that keeps what it is given, as long as it wants any."""

    wants: int = sys.maxsize  # bytes, before it wants no more; below 0: nothing of the body
    space: int = BLOCK  # bytes that may be read at once
    data: bytearray = field(default_factory=bytearray)
    blocks: list[int] = field(default_factory=list)  # their lengths
    status: int = 0

    def begin(self, answer: ResponseParser) -> bool:
        """Note the status."""
        assert not self.status
        self.status = answer.status
        return self.wants >= 0

    def room(self) -> int:
        """Return what it was set to."""
        return self.space

    def write(self, data: memoryview) -> bool:
        """Keep bytes."""
        self.data += data
        self.blocks.append(len(data))
        return len(self.data) < self.wants

"""What each tool is tried at: numbers of connections, made for the bucket at hand.

A number of connections means so many objects at a time and, where a bucket has fewer objects, so
many parts of each. It is never written down for a workload, so that no tool can run with the
numbers of another workload.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from benchmark.contenders import Contender, Place
from benchmark.data import Bucket
from benchmark.measure import Order
from benchmark.tools import Tools

CONNECTIONS = (512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
MIB = 1 << 20
LARGEST_PART = 16 * MIB


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is under way at a time."""

    objects: int
    parts: int = 1  # of each; 1 where objects are fetched whole
    part_size: int = LARGEST_PART  # bytes


def numbers(bucket: Bucket) -> list[Numbers]:
    """Return what tools are tried at: the most connections first, each number once."""
    found = []
    for connections in CONNECTIONS:
        objects = min(connections, bucket.count)
        parts = max(1, min(connections // objects, bucket.size // MIB))
        found.append(Numbers(objects, parts, min(LARGEST_PART, _mebibytes(bucket.size, parts))))
    return list(dict.fromkeys(found))


def _mebibytes(size: int, parts: int) -> int:
    """Return the bytes of each of so many parts, in whole MiB."""
    return -(-size // (parts * MIB)) * MIB


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool, and how it is told a number of connections."""

    tool: str  # its name, in `Tools` and in tables
    order: Callable[[Numbers | None, Place], Order]  # its program is the tool's name
    objects: str  # what its manual calls objects at a time
    parts: str = ""  # what it calls parts of one; "" where it only fetches whole objects
    unset: str = ""  # how it runs without being told numbers; "" where it cannot
    few: int = 0  # without numbers it is started only for so few objects; 0 for any number

    def candidates(self, bucket: Bucket) -> list[Contender]:
        """Return this tool at every number that makes sense for a bucket."""
        tried = [one for one in numbers(bucket) if self.parts or one.parts == 1]
        made = [self.at(one) for one in tried]
        if self.unset and (not self.few or bucket.count <= self.few):
            made.append(Contender(f"{self.tool}, {self.unset}", partial(self.order, None)))
        return made

    def at(self, tried: Numbers) -> Contender:
        """Return this tool at certain numbers."""
        return Contender(self._name(tried), partial(self.order, tried))

    def _name(self, tried: Numbers) -> str:
        parts = f" x {tried.parts} {self.parts}" if tried.parts > 1 else ""
        return f"{self.tool}, {tried.objects} {self.objects}{parts}"


def found(tools: Tools, tool: str, candidates: Sequence[Contender]) -> list[Contender]:
    """Return a tool's candidates with the path of its program; none where it is missing."""
    path = tools.found.get(tool)

    def started(one: Contender, place: Place) -> Order:
        order = one.order(place)
        program, *arguments = order.command
        return replace(order, command=[str(path) if program == tool else program, *arguments])

    return [replace(one, order=partial(started, one)) for one in candidates] if path else []

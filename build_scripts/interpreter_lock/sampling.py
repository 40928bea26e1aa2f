"""Looks into another Python process to see who holds its interpreter's lock.

The lock is a word in the interpreter's memory, 1 while a thread holds it, and the word before it
points to the last thread that did. Where it lies is found in this process, which is the same
program: the one word that is 1 while this thread holds the lock, and 0 while it does not. Reading
another process costs that nothing, and stops it at no point.
"""

import ctypes
import random
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

PAUSE_SECONDS = 100e-6  # on average twice that: never in step with what is watched
_SEARCHED = 128 * 1024  # bytes of the interpreter's state
_OF_THREAD = 512  # bytes of a thread's state that hold its number


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie in a process that runs this program."""

    library: str  # the file that the interpreter's state comes from
    lock: int  # behind the first byte of that file in memory
    thread_id: int  # in a thread's state


@dataclass(slots=True)
class Held:
    """How long each thread held the lock, by its name, and in which time."""

    seconds: float = 0.0
    by_thread: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> float:
        return sum(self.by_thread.values())


def layout() -> Layout:
    """Find out where things lie.

    Raises:
        RuntimeError: The lock is not to be told from other words of this interpreter.
    """
    state = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    held = [_copied(ctypes.PyDLL(None), state) for _ in range(2)]
    free = _copied(ctypes.CDLL(None), state)  # calls of this kind let the lock go
    words = zip(*(struct.unpack(f"{_SEARCHED // 4}i", one) for one in (*held, free)), strict=True)
    found = [4 * number for number, word in enumerate(words) if word == (1, 1, 0)]
    if len(found) != 1:
        message = f"{len(found)} words of this interpreter look like its lock"
        raise RuntimeError(message)
    library, base = _mapped("self", state)
    ctypes.pythonapi.PyThreadState_Get.restype = ctypes.c_void_p
    thread = ctypes.string_at(ctypes.pythonapi.PyThreadState_Get(), _OF_THREAD)
    number = threading.get_native_id()
    return Layout(library, state + found[0] - base, thread.index(struct.pack("Q", number)))


def _copied(library: ctypes.CDLL, address: int) -> bytes:
    buffer = ctypes.create_string_buffer(_SEARCHED)
    library.memcpy(buffer, ctypes.c_void_p(address), ctypes.c_size_t(_SEARCHED))
    return buffer.raw


def _mapped(pid: str, inside: int | str) -> tuple[str, int]:
    """Return the file that an address, or a file's own name, belongs to, and where it begins."""
    begins: dict[str, int] = {}
    for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines():
        fields = line.split(maxsplit=5)
        start, stop = (int(number, 16) for number in fields[0].split("-"))
        name = fields[5] if len(fields) > 5 else next(reversed(begins), "")  # noqa: PLR2004
        begins.setdefault(name, start)
        if inside == name or (isinstance(inside, int) and start <= inside < stop):
            return name, begins[name]
    raise LookupError(inside)


def watch(pid: int, where: Layout) -> list[tuple[float, str]]:
    """Watch a process until it ends; return who held the lock at which moment, "" for nobody."""
    seen: list[tuple[float, str]] = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory, suppress(OSError):
        address = _begun(pid, memory, where) - 8
        while len(found := _read(memory, address, 12)) == 12:  # noqa: PLR2004
            holder, is_held = struct.unpack("Qi", found)
            name = ""
            if is_held:
                with suppress(OSError, struct.error):  # its thread has just ended
                    (thread,) = struct.unpack("Q", _read(memory, holder + where.thread_id, 8))
                    name = _name(pid, thread)
            seen.append((time.monotonic(), name))
            time.sleep(random.uniform(0, 2 * PAUSE_SECONDS))  # noqa: S311 - a pause
    return seen


def _begun(pid: int, memory: FileIO, where: Layout) -> int:
    """Wait until a process has loaded the interpreter; return where its lock is."""
    while True:
        with suppress(LookupError, OSError):
            address = _mapped(str(pid), where.library)[1] + where.lock
            _read(memory, address, 4)
            return address
        time.sleep(PAUSE_SECONDS)


def _read(memory: FileIO, address: int, count: int) -> bytes:
    memory.seek(address)
    return memory.read(count)


def _name(pid: int, thread: int) -> str:
    if thread == pid:
        return "main"
    return Path(f"/proc/{pid}/task/{thread}/comm").read_text(encoding="utf-8").strip()


def while_busy(seen: list[tuple[float, str]], workers: tuple[str, ...]) -> Held:
    """Return how long the lock was held from the first to the last time that a worker held it."""
    turns = [number for number, (_, name) in enumerate(seen) if name in workers]
    held = Held()
    if turns:
        for (at, name), (then, _) in zip(
            seen[turns[0] : turns[-1]], seen[turns[0] + 1 : turns[-1] + 1], strict=True
        ):
            held.seconds += then - at
            held.by_thread[name] += then - at  # type: ignore[assignment]
        del held.by_thread[""]
    return held

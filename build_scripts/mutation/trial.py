"""A copy of the repository in which mutants are tried, one after the other.

Tests run in a process that is forked from one that has loaded pytest already, which halves the time
of a mutant. Nothing of ossh is loaded there: each process imports the mutant's modules anew.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mutation.mutants import Mutant

if sys.platform == "win32":  # where mutants.py does not run
    _CONTEXT = multiprocessing.get_context("spawn")
else:
    import resource

    _CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "mutation.trial",
        "pytest",
        "hypothesis.strategies",
        "hypothesis.internal.conjecture.engine",
        "pycurl",
        "regex",
        "pathspec",
    ]
)
_OPTIONS = (
    "-x",
    "-q",
    "--hypothesis-seed=0",
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:pytest_cov"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of what is loaded already
)
_TIMES_LONGER = 6
_MOST_MEMORY = 8 << 30  # bytes; a mutant may ask for all that there is
_MADE = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "demo-run", "downloads")


class TestsFailError(Exception):
    """Tests fail without a mutant, so they can tell nothing."""


class Copy:
    """A copy of the repository; only one thread uses it.

    Args:
        root: What is copied.
        folder: Where to.
        least_seconds: What any test is given, for the machine may be busy.
    """

    def __init__(self, root: Path, folder: Path, least_seconds: float = 20.0) -> None:
        self._least_seconds = least_seconds
        self._root = folder / "tree"
        self._temporary = folder / "tmp"
        self._output = folder / "output"
        folder.mkdir(exist_ok=True)
        shutil.copytree(root, self._root, ignore=_MADE)
        self._temporary.mkdir()

    def seconds(self, tests: Sequence[str]) -> float:
        """Return how long tests take without a mutant.

        Raises:
            TestsFailError: They fail.
        """
        started = time.monotonic()
        if not self._passes(tests, None):
            said = self._output.read_text(encoding="utf-8", errors="replace")
            raise TestsFailError(f"without a mutant, too, these fail: {' '.join(tests)}\n{said}")
        return time.monotonic() - started

    def survives(self, mutant: Mutant, tests: Sequence[str], usual: float) -> bool:
        """Try a mutant with tests that usually take that many seconds; endless ones notice it."""
        with self._changed(mutant):
            return self._passes(tests, self._least_seconds + _TIMES_LONGER * usual)

    @contextmanager
    def _changed(self, mutant: Mutant) -> Iterator[None]:
        """Have the mutant in its place; what is compiled of one would be taken for the other."""
        path = self._root / mutant.path
        compiled = Path(importlib.util.cache_from_source(str(path)))
        original = path.read_bytes()
        compiled.unlink(missing_ok=True)
        path.write_text(mutant.code, encoding="utf-8")
        try:
            yield
        finally:
            path.write_bytes(original)
            compiled.unlink(missing_ok=True)

    def _passes(self, tests: Sequence[str], patience: float | None) -> bool:
        """Return whether tests pass, and in so many seconds."""
        given = (self._root, self._temporary, self._output, tests)
        process = _CONTEXT.Process(target=_test, args=given)
        process.start()
        process.join(patience)
        passes = process.exitcode == 0
        if sys.platform != "win32" and process.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # it, and what it started
        process.kill()
        process.join()
        _unmount_below(self._temporary)
        return passes


def _unmount_below(folder: Path) -> None:
    """Unmount what a test had mounted there when it was killed."""
    with suppress(FileNotFoundError):  # on macOS, where no test mounts anything
        for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
            place = line.split()[1]
            if place.startswith(f"{folder}/"):
                subprocess.run(["umount", "--lazy", place], check=True)  # noqa: S607


def _test(root: Path, temporary: Path, output: Path, tests: Sequence[str]) -> None:
    """Run tests in this process, whose exit status becomes pytest's."""
    import pytest  # noqa: PLC0415 - preloaded

    if sys.platform != "win32":
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    with output.open("wb") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    os.chdir(root)
    here = str(Path(__file__).resolve().parent.parent)
    sys.path[:] = [path for path in sys.path if path not in {here, str(Path(here).parent)}]
    sys.path.insert(0, str(root))
    os.environ |= {"PYTHONPATH": str(root), "TMPDIR": str(temporary)}
    status = pytest.main([*_OPTIONS, f"--basetemp={temporary / 't'}", *tests])
    sys.stdout.flush()
    os._exit(status)

"""Run ossh with threads that the system knows by the names ossh gives them.

Usage: python named_threads.py ARGUMENTS-OF-OSSH
"""

import threading
from pathlib import Path

from ossh.__main__ import main

_run = threading.Thread._bootstrap_inner  # type: ignore[attr-defined] # noqa: SLF001


def _named(thread: threading.Thread) -> None:
    name = Path(f"/proc/self/task/{threading.get_native_id()}/comm")
    name.write_text(thread.name[:15], encoding="utf-8")
    _run(thread)


if __name__ == "__main__":
    threading.Thread._bootstrap_inner = _named  # type: ignore[attr-defined] # noqa: SLF001
    raise SystemExit(main())

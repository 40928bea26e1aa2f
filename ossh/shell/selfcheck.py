"""Whether every part of ossh works on this machine: `ossh --selfcheck`."""

import platform
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TextIO

from ossh.errors import OsshError
from ossh.language import _
from ossh.session import Options, Session, Wish

# What each part of ossh cannot do without.
_PARTS = {
    "prompt": "cmd2",
    "progress": "alive_progress",
    "official SDK": "ossh.store.oss",
    "network": "ossh.network",
    "manifest": "ossh.manifest",
    "job files": "ossh.job",
    "transfer": "ossh.transfer.run",
}


def selfcheck(stream: TextIO) -> int:
    """Write one line for each part to a stream; return 0 when all of them work, else 1."""
    print(f"Python {platform.python_version()} on {platform.platform()}", file=stream)
    parts = [(name, partial(_imported, module)) for name, module in _PARTS.items()]
    return run_checks([*parts, ("download", _downloaded)], stream)


def run_checks(checks: Iterable[tuple[str, Callable[[], str]]], stream: TextIO) -> int:
    """Run every check, whatever the others say; return 0 when all went well, else 1.

    Args:
        checks: A name, and a function that returns what to show or raises.
        stream: Gets one line for each.
    """
    status = 0
    for name, check in checks:
        try:
            print(f"ok      {name}: {check()}", file=stream)
        except Exception as error:  # noqa: BLE001 - whatever fails is what the check is for
            print(f"FAILED  {name}: {type(error).__name__}: {error}", file=stream)
            status = 1
    return status


def _imported(name: str) -> str:
    module = import_module(name)
    return str(getattr(module, "__version__", "loads"))


def _downloaded() -> str:
    """Download the logs of the built-in bucket into a folder that is removed again."""
    import ossh.demo

    with ossh.demo.start() as server, tempfile.TemporaryDirectory() as folder:
        session = Session(
            environ={
                "OSS_ACCESS_KEY_ID": server.access_key_id,
                "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
            },
            home=Path(folder),
            jobs_directory=Path(folder) / "jobs",
            options=Options(endpoint=server.endpoint, region=server.region),
        )
        session.enter(f"oss://{server.bucket}/logs/")
        run = session.start(session.job_for(Wish(directory=f"{folder}/files")))
        run.join()
        if run.error is not None:
            raise run.error
        if run.summary is None or run.summary.status:
            raise OsshError(_("some objects of the built-in bucket did not arrive"))
        return f"{run.summary.fetched:,} objects from the built-in bucket, each proved"

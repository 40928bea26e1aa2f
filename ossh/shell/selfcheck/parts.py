"""What every part of ossh does on this machine; one line for each."""

import platform
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TextIO

from ossh.errors import STATUS_FINDINGS, LocalError, OsshError
from ossh.language import _
from ossh.session import JobRequest, Options, Session

# What each part of ossh cannot do without.
_PARTS = {
    "prompt": "cmd2",
    "progress": "alive_progress",
    "official SDK": "ossh.store.sdk",
    "job files": "ossh.job",
    "transfer": "ossh.transfer.run",
}
_CHECKED = b"123456789"  # what catalogs of checksums give for each kind
_CRC64_XZ = 0x995DC9BBDF1939FA
_NAME = "对象 ключ 🪣.txt"  # a key may hold any character


def selfcheck(stream: TextIO) -> int:
    """Check every part, even after one has failed, and write a line for each to a stream.

    Returns:
        0 when all of them work, else 4.
    """
    print(f"Python {platform.python_version()} on {platform.platform()}", file=stream)
    checks: dict[str, Callable[[], str]] = {
        **{name: partial(_imported, module) for name, module in _PARTS.items()},
        "network": _network,
        "certificates": _certificates,
        "checksums": _checksums,
        "manifest": partial(_imported, "ossh.manifest.database", "ENGINE"),
        "file names": _file_names,
        "time zone": _time_zone,
        "download": _downloaded,
    }
    status = 0
    for name, check in checks.items():
        try:
            print(f"ok      {name}: {check()}", file=stream)
        except Exception as error:  # noqa: BLE001 - whatever fails is what the check is for
            print(f"FAILED  {name}: {type(error).__name__}: {error}", file=stream)
            status = STATUS_FINDINGS
    return status


def _imported(name: str, version: str = "__version__") -> str:
    return str(getattr(import_module(name), version, "loads"))


def _network() -> str:
    from ossh.network import libcurl

    return libcurl.version()


def _certificates() -> str:
    """Have libcurl read the CA bundle, and refuse whoever cannot prove who it is."""
    from ossh.demo import certificates
    from ossh.demo.impostor import Impostor
    from ossh.network import Http, libcurl
    from ossh.shell.selfcheck import refusals

    http = Http()
    with closing(Impostor(certificates.SELF_SIGNED)) as server:
        libcurl.read_authorities(http, server.endpoint)
    return f"{refusals.examine()} bad certificates refused"


def _checksums() -> str:
    """Check the CRC64 of ossh and that of the SDK; without its compiled part that crawls."""
    import anycrc
    import crcmod.crcmod
    import fastcrc

    found = fastcrc.crc64.xz(_CHECKED), anycrc.Model("CRC64-XZ").calc(_CHECKED)
    if found != (_CRC64_XZ, _CRC64_XZ):
        raise LocalError(_("the checksums are wrong: {found}").format(found=found))
    if not crcmod.crcmod._usingExtension:  # noqa: SLF001 - it tells in no other way
        raise LocalError(_("crcmod lacks its compiled part here; reinstall crcmod-plus"))
    return "native CRC64"


def _file_names() -> str:
    """Write a file whose name needs Unicode, and find it again."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _NAME
        path.write_text(_NAME, encoding="utf-8")
        found = [(one.name, one.read_text(encoding="utf-8")) for one in Path(folder).iterdir()]
    if found != [(_NAME, _NAME)]:
        text = _("a file named '{name}' was written but cannot be found")
        raise LocalError(text.format(name=_NAME))
    return f"{sys.getfilesystemencoding()}, {_NAME}"


def _time_zone() -> str:
    now = datetime.now().astimezone()
    return f"{now:%Z, UTC%z}, {now:%Y-%m-%d %H:%M}"


def _downloaded() -> str:
    """Download the logs of the built-in bucket into a folder that is removed again."""
    import ossh.demo
    from ossh.session.jobs.job_choice import job_for
    from ossh.session.jobs.running import new_run

    with ossh.demo.start() as server, tempfile.TemporaryDirectory() as folder:
        session = Session(
            environ=server.environ,
            home=Path(folder),
            jobs_directory=Path(folder) / "jobs",
            options=Options(endpoint=server.endpoint, region=server.region),
        )
        session.enter(f"oss://{server.bucket}/logs/")
        job = job_for(session, JobRequest(directory=f"{folder}/files"))
        summary = session.start(new_run(session, job)).result()
        if summary.status:
            raise OsshError(_("some objects of the built-in bucket did not arrive"))
        return f"{summary.fetched:,} objects from the built-in bucket, all verified"

"""Where code of ossh comes from: its installation alone, here and in the processes that it starts.

Python looks for modules in the current folder, where downloads lie, before all others: when one is
started with `-m`, and when PYTHONPATH has an empty or a relative entry. What arrives there under
the name tempfile.py is an object, and must not run. So whatever process of its own ossh needs, it
starts this file, by its path; that needs nothing but the standard library.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location

# Each is an option, hidden, as an executable has no Python of its own and starts itself.
DEMO_SERVER, FETCH_FOR_RUN = "--demo-server", "--fetch-for-run"
PROCESSES = {DEMO_SERVER: "ossh.demo.main", FETCH_FOR_RUN: "ossh.processes.child"}

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_ROOT = os.path.dirname(_PACKAGE)
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))

_FOLDERS = ("PYTHONHOME", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "PYTHONUSERBASE")
# What a process needs of the system, of Python and of libcurl. Any other variable may be a secret.
# Windows minds no case of names.
_NEEDED = (
    r"(?i)PATH|HOME|USERPROFILE|(?:LOCAL)?APPDATA|SYSTEM(?:ROOT|DRIVE)|WINDIR|TMPDIR|TE?MP"
    r"|LANG|LANGUAGE|LC_[A-Z]+|TZ|TZDIR|LOCALDOMAIN|RES_OPTIONS"
    r"|(?:LD|DYLD)_\w+|LIBPATH|MALLOC_\w+|GLIBC_TUNABLES|PYTHON[A-Z0-9]+|PYTHON_(?:CPU_COUNT|GIL)"
    r"|SSL_CERT_(?:FILE|DIR)|(?:CURL|REQUESTS)_CA_BUNDLE|CURL_SSL_BACKEND|OPENSSL_\w+"
    r"|_PYI_\w+"  # by which the processes of one executable share what was unpacked
    r"|COVERAGE_PROCESS_\w+"  # by which the tests of ossh see which of its lines ran
)


def leave_out_current_folder() -> None:
    """Have this process take no code from the current folder any more.

    What Python loaded before this was called cannot be helped.
    """
    if sys.platform == "win32":  # or cmd, which runs what follows "!" and "|", looks there first
        os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"
    named = _entries(os.environ.get("PYTHONPATH", ""))
    fixed = _fixed(named)
    with suppress(OSError):  # the folder may be gone
        if not sys.flags.safe_path and sys.path[0] in {"", os.getcwd()} - {*fixed}:
            del sys.path[0]  # put there by `-m`
        loose = {os.path.abspath(one) for one in named} - {*fixed, _ROOT, _LIBRARY}
        sys.path[:] = [one for one in sys.path if one not in loose]


def command(process: str) -> list[str]:
    """Return the command that starts one of `PROCESSES`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, process]
    as_here = "E" * sys.flags.ignore_environment + "s" * sys.flags.no_user_site
    return [sys.executable, f"-P{as_here}", os.path.abspath(__file__), process]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that such a process gets, of those that this one has."""
    kept = {name: text for name, text in given.items() if re.fullmatch(_NEEDED, name)}
    if getattr(sys, "frozen", False):
        # The bundle's start program sets this for a program from outside, not for its own child.
        kept["LD_LIBRARY_PATH"] = sys._MEIPASS  # type: ignore[attr-defined] # noqa: SLF001 - PyInstaller's
    folders = {name: os.pathsep.join(_fixed(_entries(kept.pop(name, "")))) for name in _FOLDERS}
    return kept | {name: text for name, text in folders.items() if text}


def run(arguments: Sequence[str]) -> int:
    """Be one of `PROCESSES`; return its exit status."""
    status: int = import_module(PROCESSES[arguments[0]]).main(arguments[1:])
    return status


def _entries(folders: str) -> list[str]:
    return folders.split(os.pathsep) if folders else []


def _fixed(folders: Sequence[str]) -> list[str]:
    """Return those folders that are the same wherever one is."""
    return [one for one in folders if os.path.isabs(one)]


def _import_this_package() -> None:
    """Make this folder the package, whatever else is called so; what is beside it comes last."""
    file = f"{_PACKAGE}{os.sep}__init__.py"
    spec = spec_from_file_location("ossh", file, submodule_search_locations=[_PACKAGE])
    if spec is not None and spec.loader is not None:
        sys.modules["ossh"] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules["ossh"])
    if _ROOT not in sys.path:
        sys.path.append(_ROOT)


if __name__ == "__main__":
    _import_this_package()
    sys.exit(run(sys.argv[1:]))

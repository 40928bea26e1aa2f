"""The licenses of everything in an executable, from what is installed where it is built."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

FILE = "THIRD-PARTY.txt"
RULE = "=" * 80
_TEXT = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
_BUILDER = "pyinstaller"  # its start program is the first thing in every executable

# Native libraries come without a license file: project and license, by start of the file name
# behind the "lib" that names have on most systems.
_LIBRARIES: Mapping[str, str] = {
    "api-ms-win": "Microsoft C runtime, Microsoft's, redistributable",
    "brotli": "Brotli, MIT",
    "bz2": "bzip2, bzip2-1.0.6",
    "com_err": "MIT Kerberos, MIT",
    "crypto": "OpenSSL, Apache-2.0",
    "curl": "curl, curl",
    "expat": "Expat, MIT",
    "ffi": "libffi, MIT",
    "gcc_s": "GCC runtime, GPL-3.0-or-later WITH GCC-exception-3.1",
    "gssapi_krb5": "MIT Kerberos, MIT",
    "icu": "ICU, Unicode-3.0",
    "idn2": "GNU Libidn2, LGPL-3.0-or-later OR GPL-2.0-or-later",
    "k5crypto": "MIT Kerberos, MIT",
    "krb5": "MIT Kerberos, MIT",
    "lzma": "XZ Utils, 0BSD",
    "mpdec": "libmpdec, BSD-2-Clause",
    "msvcp": "Microsoft C++ runtime, Microsoft's, redistributable",
    "nghttp": "nghttp2 and nghttp3, MIT",
    "ngtcp2": "ngtcp2, MIT",
    "psl": "libpsl, MIT",
    "python": "Python, PSF-2.0",
    "sfparse": "sfparse, MIT",
    "sqlite3": "SQLite, public domain",
    "ssh2": "libssh2, BSD-3-Clause",
    "ssl": "OpenSSL, Apache-2.0",
    "ucrtbase": "Microsoft C runtime, Microsoft's, redistributable",
    "unistring": "GNU libunistring, LGPL-3.0-or-later OR GPL-2.0-or-later",
    "uuid": "libuuid, BSD-3-Clause",
    "vcruntime": "Microsoft C runtime, Microsoft's, redistributable",
    "z": "zlib, Zlib",
    "zstd": "Zstandard, BSD-3-Clause",
}


def add(analysis: Any, path: Path) -> None:  # noqa: ANN401 - PyInstaller has no types
    """Write the notices of a PyInstaller analysis to a file, and add it to the bundle."""
    files = [
        Path(source)
        for table in (analysis.pure, analysis.binaries, analysis.datas)
        for _, source, _ in table
        if source
    ]
    inside = packages(files)
    loose = [Path(source) for name, source, kind in analysis.binaries if kind == "BINARY"]
    path.write_text(render(inside, libraries(loose)), encoding="utf-8")
    analysis.datas.append((FILE, str(path), "DATA"))


def packages(files: Iterable[Path]) -> list[Distribution]:
    """Return the installed distributions that files belong to, and PyInstaller, by name."""
    wanted = {str(file) for file in files}
    found = (
        one
        for one in distributions()
        if one.name == _BUILDER or any(str(one.locate_file(f)) in wanted for f in one.files or ())
    )
    return sorted(found, key=lambda one: one.name.lower())


def libraries(files: Iterable[Path]) -> dict[str, Path]:
    """Return native libraries by file name; not the extension modules of Python packages."""
    module = re.compile(r"\.(cpython-|abi3\.|pyd$|cp3)")
    return {file.name: file for file in sorted(files) if not module.search(file.name)}


def origin(library: str) -> str:
    """Return the project and license for a library's file name."""
    name = library.lower().removeprefix("lib")
    stem = max((s for s in _LIBRARIES if name.startswith(s)), key=len, default="")
    return _LIBRARIES.get(stem, "origin and license unknown")


def render(inside: Iterable[Distribution], native: Mapping[str, Path]) -> str:
    """Return the notices as one text: an overview first, then every license text available."""
    inside = list(inside)
    overview = [f"Python {sys.version.split()[0]}: PSF-2.0"]
    overview += [f"{one.name} {one.version}: {licence(one)}" for one in inside]
    overview += [f"{name}: {origin(name)}" for name in sorted(native)]
    texts = [("Python", text) for text in _python_licence()]
    texts += [(f"{one.name} {one.version}", text) for one in inside for text in _texts(one)]
    texts += [(name, text) for name, path in sorted(native.items()) for text in _of_system(path)]
    parts = ["ossh's own license is in LICENSE. The executable also contains:", ""]
    parts += overview
    for title, text in _without_repeats(texts):
        parts += ["", RULE, title, RULE, "", text.strip()]
    return "\n".join(parts) + "\n"


def licence(one: Distribution) -> str:
    """Return what a distribution says about its license, in one line."""
    said = one.metadata
    for short in (*said.get_all("License-Expression", ()), *said.get_all("License", ())):
        if short and "\n" not in short:
            return str(short)
    classes = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier", ()) if "License" in c]
    return ", ".join(classes) or "see its text"


def _texts(one: Distribution) -> Iterator[str]:
    for file in one.files or ():
        if ".dist-info/" in file.as_posix() and _TEXT.search(file.as_posix()):
            yield Path(str(one.locate_file(file))).read_text(encoding="utf-8", errors="replace")


def _python_licence() -> Iterator[str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    stdlib = Path(sysconfig.get_path("stdlib"))
    places = (stdlib, Path(sys.base_prefix), Path("/usr/share/doc") / version)
    for path in (place / name for place in places for name in ("LICENSE.txt", "copyright")):
        if path.is_file():
            yield path.read_text(encoding="utf-8", errors="replace")
            return


def _of_system(library: Path) -> Iterator[str]:
    """Yield the license text that the system's packages have for a library, if any."""
    dpkg = shutil.which("dpkg-query")
    if dpkg is None or not library.is_relative_to("/usr"):
        return
    command = [dpkg, "--search", str(library.resolve())]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    said = Path("/usr/share/doc") / found.partition(":")[0] / "copyright"
    if found and said.is_file():
        yield said.read_text(encoding="utf-8", errors="replace")


def _without_repeats(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    titles: dict[str, list[str]] = {}
    for title, text in texts:
        titles.setdefault(text, []).append(title)
    return [(", ".join(dict.fromkeys(several)), text) for text, several in titles.items()]

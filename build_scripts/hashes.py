"""Write the hashes of all that check.py, demo.py and build.py install, for every system.

Usage:
    python3 build_scripts/hashes.py     after a change to pyproject.toml or to constraints.txt

Writes what constraints.txt pins for building, for ossh and for its developers, and what that needs
in turn and is in no file before, with the SHA-256 of every file that the registry has of that
version. Needs uv, which asks the registry.
Exit status: 0 written, 1 uv failed, 2 there is none.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import environment

HEAD = "# Made by build_scripts/hashes.py from pyproject.toml and constraints.txt.\n"
TOOLS = "editables\nhatchling\nsetuptools\n"  # what builds packages
WANTED = {
    environment.BUILD: ("-",),
    environment.RUN: ("pyproject.toml",),
    environment.DEV: ("pyproject.toml", "--extra", "dev"),
}
ENTRY = re.compile(r"\S.*\n(?: .*\n)*")  # a package with its hashes


def main() -> int:
    uv = shutil.which("uv")
    if uv is None:
        print("error: there is no uv here; pip install uv brings it", file=sys.stderr)
        return 2
    floor = ".".join(map(str, environment.FLOOR))
    options = (
        *("--universal", "--python-version", floor, "--constraint", str(environment.CONSTRAINTS)),
        *("--generate-hashes", "--no-annotate", "--no-header", "--quiet"),
    )
    known: set[str] = set()
    for file, what in WANTED.items():
        command = (uv, "pip", "compile", *what, *options)
        ended = environment.ran(
            *command, stdin=None, input=TOOLS, stdout=subprocess.PIPE, text=True
        )
        if ended.returncode:
            return 1
        new = [entry for entry in ENTRY.findall(ended.stdout) if entry not in known]
        known.update(new)
        file.write_text(HEAD + "".join(new), encoding="utf-8", newline="\n")
        print(f"wrote {file.relative_to(environment.ROOT)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write the hashes of all that check.py, demo.py and build.py install, for every system.

Usage:
    python3 build_scripts/hashes.py     after a change to pyproject.toml or to constraints.txt

For each environment, writes what constraints.txt pins for it, and what that needs in turn, with the
SHA-256 of every file that the registry has of that version. Needs uv, which asks the registry.
Exit status: 0 written, 1 uv failed, 2 there is none.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import environment

HEAD = "# Made by build_scripts/hashes.py from pyproject.toml and constraints.txt.\n"
TOOLS = "editables\nhatchling\nsetuptools\n"  # what builds packages


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
    for extras, file in environment.HASHED.items():
        what = ("-",) if extras is None else ("pyproject.toml",)
        more = ("--extra", extras.strip("[]")) if extras else ()
        command = (uv, "pip", "compile", *what, *more, *options)
        ended = environment.ran(
            *command, stdin=None, input=TOOLS, stdout=subprocess.PIPE, text=True
        )
        if ended.returncode:
            return 1
        file.write_text(HEAD + ended.stdout, encoding="utf-8", newline="\n")
        print(f"wrote {file.relative_to(environment.ROOT)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

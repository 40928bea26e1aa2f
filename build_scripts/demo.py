"""Show ossh doing its main job, on its built-in bucket: no account and no network needed.

Usage:
    python3 build_scripts/demo.py

Browses, selects some objects, previews the download, fetches them and shows the result. Everything
goes to `demo-run/` in the repository, which is created again each time.
Exit status: that of ossh, 2 if the environment cannot be created, 130 when stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import environment

FOLDER = environment.ROOT / "demo-run"
COMMANDS = (
    f"set echo true > {os.devnull}",  # shows each command as it runs
    "ls",
    "filter add --suffix .gz,.jpg",
    "preview --to demo-run/files --limit 3",
    "get --to demo-run/files --name demo",
    "status",
)


def main() -> int:
    folder = environment.prepare("demo", environment.BUILD, environment.RUN)
    ossh = environment.executable(folder, "ossh")
    shutil.rmtree(FOLDER, ignore_errors=True)
    arguments = ["--demo", "--jobs-dir", "demo-run/jobs"]
    for command in COMMANDS:
        arguments += ["-c", command]
    print(f"\n$ ossh {_quoted(arguments)}\n", flush=True)
    ended = environment.ran(str(ossh), *arguments, stdin=None)
    if ended.returncode == 0:
        where = f"in {FOLDER / 'files'}, the job and its manifest in {FOLDER / 'jobs'}."
        print(f"\nThe files are {where}")
        by_hand = [str(ossh), "--demo", "--jobs-dir", str(FOLDER / "jobs")]
        print(f"Try it yourself; 'jobs' shows this job:\n\n    {_quoted(by_hand)}\n")
    return ended.returncode


def _quoted(arguments: list[str]) -> str:
    return subprocess.list2cmdline(arguments) if os.name == "nt" else shlex.join(arguments)


if __name__ == "__main__":
    environment.exit_with(main)

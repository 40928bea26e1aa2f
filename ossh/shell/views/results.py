"""What the results of downloads, restores and verifications have in common. Pure."""

from collections.abc import Mapping

from ossh.language import N_, _
from ossh.model import Proof
from ossh.shell.views.text import count, listed

_PROOFS = {
    Proof.CRC64: N_("{number:,} by CRC64"),
    Proof.MD5: N_("{number:,} by MD5"),
    Proof.LENGTH: N_("{number:,} by length only (the service offers no checksum for them)"),
    Proof.LINK: N_("{number:,} as links that point where they should"),
}

COUNT_WIDTH = 11  # columns of a number and of what separates it from its text


def count_row(number: int, text: str) -> str:
    """Return a number among others of its column, and what it counts."""
    return f"{number:>9,}  {text}"


def proofs_text(proofs: Mapping[Proof, int], folders: int = 0) -> str:
    """Return how objects were verified: "1,200 by CRC64, 3 by length only"; "" for none."""
    texts = [_(_PROOFS[proof]).format(number=number) for proof, number in proofs.items() if number]
    if folders:
        text = _("{folders} with nothing to verify")
        texts.append(text.format(folders=count(folders, "folder")))
    return listed(*texts)


def waiting_for_thaw(go_on: str) -> str:
    """Return what to type to fetch objects as they thaw, where `go_on` would resume the job."""
    return go_on.replace("'get'", "'get --wait-restore'")

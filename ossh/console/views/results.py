"""What the results of downloads, restores and verifications have in common. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from ossh.console.views.text import count, listed
from ossh.language import N_, _, n_
from ossh.model import Proof, Status

_PROOFS = {
    Proof.CRC64: N_("{number:,} by CRC64"),
    Proof.MD5: N_("{number:,} by MD5"),
    Proof.LENGTH: N_("{number:,} by length only (no checksum is known for them)"),
    Proof.LINK: N_("{number:,} as links that point where they should"),
}

COUNT_WIDTH = 11  # columns of a number and of what separates it from its text


def count_row(number: int, text: str) -> str:
    """Return a number among others of its column, and what it counts."""
    return f"{number:>9,}  {text}"


def proofs_text(proofs: Iterable[tuple[Proof | None, int]]) -> str:
    """Return how objects were verified: "1,200 by CRC64, 3 by length only"; "" for none.

    None stands for folders, which are named beside other objects only.
    """
    numbers = dict(proofs)
    texts = [
        _(text).format(number=number)
        for proof, text in _PROOFS.items()
        if (number := numbers.get(proof))
    ]
    if texts and (folders := numbers.get(None)):
        texts.append(_("{folders} with nothing to verify").format(folders=count(folders, "folder")))
    return listed(*texts)


def waiting_for_thaw(go_on: str) -> str:
    """Return what to type to fetch objects as they thaw, where `go_on` would resume the job."""
    return go_on.replace("'get'", "'get --wait-restore'")


def missing_lines(objects: Mapping[Status, int], thawing: int, go_on: str) -> Iterator[str]:
    """Yield what to do next about objects, by status, that `get` alone does not bring.

    `thawing` of the archived ones are being restored; `go_on` is what to type to resume the job.
    """
    failures = _instead(go_on, "'failures'")
    if objects.get(Status.FAILED):
        text = _("next: {failures} explains them, 'retry' tries again")
        yield text.format(failures=failures)
    elif objects.get(Status.GONE):
        text = _("next: {failures} names them, 'refresh' lists the bucket again")
        yield text.format(failures=failures)
    if archived := objects.get(Status.ARCHIVED):
        yield _thaw(archived, thawing, go_on)


def _instead(go_on: str, command: str) -> str:
    """Return what to type to give a command to the job that `go_on` would resume."""
    return go_on.replace("'get'", command).rstrip(",")


def _thaw(archived: int, thawing: int, go_on: str) -> str:
    """Return what to do about archived objects, some of which may be being restored."""
    state = n_("{number:,} is being restored", "{number:,} are being restored", thawing)
    if archived == thawing:
        text = _("next: {command} fetches each as it thaws; {state}")
        return text.format(command=waiting_for_thaw(go_on), state=state)
    restore = _instead(go_on, "'restore'")
    text = _("next: {restore}, then 'get --wait-restore' fetches each as it thaws")
    if thawing:
        text = _("next: {restore}, then 'get --wait-restore' fetches each as it thaws; {state}")
    return text.format(restore=restore, state=state)

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


def line_about(job: str, command: str, options: str = "") -> str:
    """Return what to type to give a command to a job, by its name; "" is the open one."""
    if command == "resume" and not job:
        command = "get"
    return f"'{' '.join(filter(None, (command, job, options)))}'"


def missing_lines(
    objects: Mapping[Status, int], thawing: int, job: str, *, retries: bool = True
) -> Iterator[str]:
    """Yield what to do next about objects, by status, that `get` alone does not bring.

    `thawing` of the archived ones are being restored; `job` is as for `line_about`. `retries` tells
    whether `retry` alone may help.
    """
    failures = line_about(job, "failures")
    if objects.get(Status.FAILED):
        text = _("next: {failures} explains them")
        if retries:
            text = _("next: {failures} explains them, {retry} tries again")
        yield text.format(failures=failures, retry=line_about(job, "retry"))
    elif objects.get(Status.GONE):
        text = _("next: {failures} names them, {refresh} lists the bucket again")
        yield text.format(failures=failures, refresh=line_about(job, "refresh"))
    if archived := objects.get(Status.ARCHIVED):
        yield _thaw(archived, thawing, job)


def _thaw(archived: int, thawing: int, job: str) -> str:
    """Return what to do about archived objects, some of which may be being restored."""
    state = n_("{number:,} is being restored", "{number:,} are being restored", thawing)
    get = line_about(job, "resume", "--wait-restore")
    if archived == thawing:
        text = _("next: {command} fetches each as it thaws; {state}")
        return text.format(command=get, state=state)
    restore = "'restore'"
    if job:
        restore = _("{first}, then {second}").format(first=f"'open {job}'", second=restore)
    text = _("next: {restore}, then {get} fetches each as it thaws")
    if thawing:
        text = _("next: {restore}, then {get} fetches each as it thaws; {state}")
    return text.format(restore=restore, get=get, state=state)

"""What the results of downloads, restores and verifications have in common. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ossh.console.views.text import Tone, count, count_sentence, listed, paint, some_of
from ossh.language import N_, _, n_, said
from ossh.model import Proof, Status
from ossh.printable import printable
from ossh.transfer.watching import Removed
from ossh.units import format_size

_PROOFS = {
    Proof.CRC64: N_("{number:,} by CRC64"),
    Proof.MD5: N_("{number:,} by MD5"),
    Proof.LENGTH: N_("{number:,} by length only (no checksum is known for them)"),
    Proof.LINK: N_("{number:,} as links that point where they should"),
}

MOVED = 5  # paths shown of what is moved to the trash
COUNT_WIDTH = 11  # columns of a number and of what separates it from its text


def count_row(number: int, word: str, text: str, tone: Tone = Tone.BAD) -> str:
    """Return a number among others of its column, and what it counts."""
    return f"{number:>9,}  {paint(word, tone)}  {text}".rstrip()


def proofs_text(proofs: Iterable[tuple[Proof | None, int]], *, by_date: int = 0) -> str:
    """Return how objects were verified: "1,200 by CRC64, 3 by length only"; "" for none.

    None stands for folders, which are named beside other objects only. So many of those by length
    are here by size and date, whatever checksum their objects have.
    """
    numbers = Counter(dict(proofs)) - Counter({Proof.LENGTH: by_date})
    texts = [
        _(text).format(number=number)
        for proof, text in _PROOFS.items()
        if (number := numbers[proof])
    ]
    if by_date:
        texts.append(
            _("{number:,} by length only (ossh did not fetch them)").format(number=by_date)
        )
    if texts and (folders := numbers[None]):
        texts.append(_("{folders} with nothing to verify").format(folders=count(folders, "folder")))
    return listed(*texts)


def line_about(named: str, command: str, options: str = "") -> str:
    """Return what to type to give a command what is named; without a name the open job."""
    return f"'{' '.join(filter(None, (command, named, options)))}'"


# What to do about a listing that was interrupted.
UNLISTED = N_("the listing has not ended, so there may be more objects: 'get' goes on with it")


def missing_lines(
    objects: Mapping[Status, int], thawing: int, *, retry_helps: bool = True
) -> Iterator[str]:
    """Yield what to do next about objects, by status, that `get` alone does not bring.

    `thawing` of the archived ones are being restored.
    """
    if objects.get(Status.FAILED) and not retry_helps:
        yield _("next: 'failures' explains them")
    elif objects.get(Status.FAILED):
        yield _("next: 'failures' explains them, 'retry' tries again")
    elif objects.get(Status.GONE):
        yield _("next: 'failures' names them, 'refresh' lists the bucket again")
    if archived := objects.get(Status.ARCHIVED):
        text = _("next: 'restore', then 'get --wait-restore' fetches each as it thaws")
        if archived == thawing:
            text = _("next: 'get --wait-restore' fetches each as it thaws")
        note = n_("{number:,} is being restored", "{number:,} are being restored", thawing)
        yield _("; ").join([text, note] if thawing else [text])


def mirror_lines(removed: Removed, *, is_done: bool = False) -> Iterator[str]:
    """Yield what a mirror takes away, or has taken, and which files stay and why."""
    text = _("gone from the bucket: {files} to be moved to the trash, {size}")
    if is_done:
        text = _("gone from the bucket: {files} moved to {folder}")
    size, folder = format_size(removed.size), printable(removed.folder)
    text = paint(text, Tone.WARN)
    yield from count_sentence(removed.files, "file", text, size=size, folder=folder)
    yield from some_of([*map(printable, removed.first[:MOVED])], removed.files)
    if removed.refused:
        text = _("'get --mirror' will refuse: more are gone than --max-gone allows")
        yield paint(text, Tone.BAD)
    if removed.obstacle and not is_done:
        yield paint(removed.obstacle, Tone.BAD)
    text = _("left alone: {files}, gone from the bucket or no longer selected")
    yield from count_sentence(removed.kept, "file", text)
    kept = [
        _("{path}  ({why})").format(path=printable(path), why=said(why))
        for path, why in removed.first_kept
    ]
    yield from some_of(kept, removed.kept)


def removed_record(removed: Removed) -> dict[str, Any]:
    return {
        "to_trash": {"files": removed.files, "bytes": removed.size},
        "to_trash_refused": removed.refused or bool(removed.obstacle),
        "to_trash_first": [{"path": path} for path in removed.first],
        "left_alone": {"files": removed.kept},
        "left_alone_first": [{"path": path, "why": why} for path, why in removed.first_kept],
    }

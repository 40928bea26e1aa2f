"""Messages, and what watchers see: plain, frozen data that may cross a thread or a process."""

import pickle
from collections import Counter
from pathlib import Path

import mypy.api
import pytest

from ossh.model import Cause, Counts, ObjectInfo, OwnFile, Part, Proof, Status
from ossh.transfer.messages import (
    CheckPart,
    Crashed,
    Differs,
    Done,
    Failed,
    Fetch,
    Link,
    ListingFailed,
    Look,
    Page,
    Readlink,
    Returned,
    Seal,
    Served,
)
from ossh.transfer.watching import Controls, Progress, Summary
from tests.unit.transfer.rig import MODIFIED, entry, failure

ENTRY = entry(1, 100)
FETCH = Fetch(ENTRY)
PART = Part(0, 10, 2**64 - 1)
SERVED = Served(100, "E1", None, 0.0)
COUNTS = Counts(Counter({Status.DONE: 1}), Counter({Status.DONE: 9}))
SUMMARY = Summary("done", 1.0, COUNTS, 1, 9, proofs={Proof.MD5: 1})
ALL = [
    FETCH,
    Look(ENTRY),
    Readlink(ENTRY),
    Link(ENTRY, "a/b"),
    CheckPart(ENTRY, PART),
    Seal(ENTRY, 7, SERVED),
    SERVED,
    Done(FETCH, PART, SERVED, OwnFile(100, 1, 7), Proof.CRC64, has_moved=True),
    Failed(FETCH, failure(Cause.RESET), PART, SERVED),
    Differs(CheckPart(ENTRY, PART)),
    Returned(FETCH, PART),
    Crashed("trace"),
    Page(1, (ObjectInfo("k", 1, "E1", MODIFIED),), "k", finished=True),
    ListingFailed(1, failure(Cause.RESET)),
    Progress(note="waiting"),
    Controls(paused=True),
]


@pytest.mark.parametrize("message", [*ALL, SUMMARY], ids=lambda message: type(message).__name__)
def test_a_message_can_be_sent_anywhere(message: object) -> None:
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - our own bytes


def test_a_message_cannot_be_changed_on_its_way(tmp_path: Path) -> None:
    """The type checker sees to it; at run time it would cost more than all else about them."""
    kinds = sorted({(type(one).__module__, type(one).__name__) for one in ALL})
    lines = ["; ".join(f"from {module} import {name}" for module, name in kinds)]
    for message in ALL:
        name = next(iter(message.__dataclass_fields__))  # type: ignore[attr-defined] # each is one
        kind = type(message).__name__
        lines.append(f"def change(message: {kind}, other: {kind}) -> None:")
        lines.append(f"    message.{name} = other.{name}")
    changer = tmp_path / "changer.py"
    changer.write_text("\n".join(lines), encoding="utf-8")

    report, _, _ = mypy.api.run([str(changer)])

    for number, message in enumerate(ALL):
        assert f"changer.py:{3 + 2 * number}: error: Property" in report, type(message).__name__

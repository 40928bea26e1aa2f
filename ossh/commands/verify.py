"""verify: whether the files of a job still are their objects."""

import argparse
from collections.abc import Iterator
from typing import Any

from ossh.commands.command import command, flag
from ossh.commands.interrupts import watch_to_end
from ossh.commands.options import add_json, job_argument, limit_option
from ossh.console.console import Console
from ossh.console.parser import from_zero
from ossh.console.views.results import UNLISTED, count_row, missing_lines, proofs_text
from ossh.console.views.text import Tone, count, labelled, paint
from ossh.errors import STATUS_MISSING
from ossh.language import N_, _, said
from ossh.model import Status
from ossh.printable import printable
from ossh.session.jobs.running import start_verifying
from ossh.transfer.disk.proof import FindingKind
from ossh.transfer.verification import Verified
from ossh.units import format_size

_MEANINGS = {
    FindingKind.MISSING: N_("no longer there"),
    FindingKind.CHANGED: N_("edited or replaced since the download"),
    FindingKind.CORRUPT: N_("damaged, though size and date are unchanged"),
    FindingKind.DIFFERENT: N_("same size and date as the object, but different contents"),
    FindingKind.TAKEN: N_("something else is in their place, so they were not downloaded"),
    FindingKind.UNREADABLE: N_("cannot be read"),
    FindingKind.FOREIGN: N_("not part of the job; left as they are"),
}


@command(
    "verify logs --limit 5",
    description="Verify the files of a job again: size, then CRC64. It reports what is "
    "missing, changed, different or corrupt, and which files below the target belong to no "
    "job; it changes none of them. The exit status is 0 if all objects are listed and "
    "verified (with --strict, by more than their length); foreign files do not count.",
    arguments=[
        job_argument(),
        limit_option(type=from_zero, default=20, help="number of names to show of each kind (20)"),
        flag("--strict", help="exit with 1 too if only the length of an object could be verified"),
        add_json,
    ],
)
def verify(console: Console, args: argparse.Namespace) -> None:
    """Verify the files of a job again."""
    verification = start_verifying(console.session, args.job, args.limit)
    job, result = verification.job, watch_to_end(console, verification)
    # first: the reader of the output may have left
    console.status = result.status or (STATUS_MISSING if args.strict and result.by_length else 0)
    if args.json:
        console.say_json([verified_record(job.name, result)])
    else:
        console.say_sentences(verified_lines(result, str(job.directory)))


def verified_lines(result: Verified, target: str) -> Iterator[str]:
    """Yield what was found: how much is verified and how, what is not, and what to do next."""
    yield _headline(result, printable(target))
    proofs = [*result.proved.items(), (None, result.folders)]
    if verified := proofs_text(proofs, by_date=result.here_by_date):
        yield _("verified: {proofs}").format(proofs=verified)
    for status, number in result.absent.items():
        yield count_row(number, status, _("not downloaded"))
    for kind in FindingKind:
        if number := result.found[kind]:
            tone = Tone.WARN if kind is FindingKind.FOREIGN else Tone.BAD
            yield count_row(number, kind, _(_MEANINGS[kind]), tone)
    yield from _names(result)
    if not result.is_listed:
        yield _(UNLISTED)
    yield from _next(result)


def _headline(result: Verified, folder: str) -> str:
    tone, state, objects = Tone.GOOD, _("all verified"), result.whole
    text = _("{objects}, {size}, in {folder}")
    if not result.is_whole:
        tone, state, objects = Tone.WARN, _("stopped"), result.objects
        text = _("{done:,} of {objects} so far, {size}, verified in {folder}")
    elif result.status:
        tone, state, objects = Tone.BAD, _("not all verified"), result.objects
        text = _("{done:,} of {objects}, {size}, in {folder}")
    elif result.by_length:
        tone = Tone.WARN
        state = _("all there, {number:,} by length only").format(number=result.by_length)
    text = text.format(
        done=result.whole,
        objects=count(objects, "object"),
        size=format_size(result.proved_size),
        folder=folder,
    )
    return labelled(paint(state, tone), text)


def _names(result: Verified) -> Iterator[str]:
    for kind in FindingKind:
        if not (findings := result.findings.get(kind)):
            continue
        yield f"{kind}:"
        for one in sorted(findings, key=lambda one: one.path):
            path, why = printable(one.path), said(one.message)
            yield "  " + (_("{path}  ({why})").format(path=path, why=why) if why else path)
        if more := result.found[kind] - len(findings):
            yield "  " + _("and {number:,} more (--limit shows them)").format(number=more)


def _next(result: Verified) -> Iterator[str]:
    found = result.found
    to_fetch = found[FindingKind.MISSING] or found[FindingKind.CORRUPT]
    if to_fetch or result.absent.get(Status.PENDING):
        yield _("next: 'get' fetches what is missing or damaged")
    yield from missing_lines(result.absent, result.thawing)
    if found[FindingKind.TAKEN]:
        yield _("next: 'failures --by cause' says what to do about what is in the way")
    if result.replaceable:
        yield _(
            "next: 'retry --replace' moves edited files, and those of other programs, to the "
            "target's trash, and fetches their objects; 'get' keeps them"
        )
    if result.immovable:
        yield _("next: move away yourself what ossh leaves alone; then 'retry' fetches the objects")
    if result.here_by_date:
        yield _("next: 'get --adopt' compares the bytes of what ossh did not fetch")
    if found[FindingKind.UNREADABLE]:
        yield _("next: make what cannot be read readable, then 'verify'")


def verified_record(name: str, result: Verified) -> dict[str, Any]:
    """Return what was found as JSON has it; `name` is the job's."""
    return {
        "job": name,
        "objects": result.objects,
        "proved": result.whole,
        "bytes": result.proved_size,
        "proofs": {str(proof): number for proof, number in sorted(result.proved.items())},
        "by_length": result.by_length,
        "here_by_date": result.here_by_date,
        "folders": result.folders,
        **{str(kind): result.found[kind] for kind in FindingKind},
        "not_downloaded": {str(status): number for status, number in result.absent.items()},
        "complete": result.is_whole and result.is_listed,
        "findings": [
            {"kind": str(one.kind), "path": one.path, "key": one.key, "message": one.message}
            for findings in result.findings.values()
            for one in findings
        ],
    }

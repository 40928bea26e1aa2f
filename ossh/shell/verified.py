"""What `verify` found, for people and as JSON. Pure."""

from collections.abc import Iterator
from typing import Any

from ossh.language import N_, _, said
from ossh.paths import printable
from ossh.shell.summary import PROOFS
from ossh.shell.text import Paint, Tone, colourless, count, listed, rate
from ossh.transfer.proof import Kind
from ossh.transfer.verify import Verified
from ossh.units import format_duration, format_size

_TONES = {Kind.FOREIGN: Tone.WARN}
_MEANINGS = {
    Kind.MISSING: N_("no longer there"),
    Kind.CHANGED: N_("edited or replaced since the download"),
    Kind.CORRUPT: N_("damaged, though size and date are unchanged"),
    Kind.UNREADABLE: N_("cannot be read"),
    Kind.FOREIGN: N_("not part of the job; left as they are"),
}


def verified_lines(
    result: Verified, target: str, paint: Paint = colourless, *, go_on: str = "'get'"
) -> Iterator[str]:
    """Yield what was found: how much is verified and how, what is not, and what to do next.

    Args:
        result: Of a verification that has ended.
        target: Where the files are.
        paint: How text is coloured.
        go_on: What to type to resume the job.
    """
    yield _headline(result, printable(target), paint)
    proofs = [_(PROOFS[proof]).format(number=n) for proof, n in sorted(result.proved.items())]
    if result.folders:
        folders = count(result.folders, "folder")
        proofs.append(_("{folders} with nothing to verify").format(folders=folders))
    if proofs:
        yield _("verified: {proofs}").format(proofs=listed(*proofs)) + _pace(result)
    for status, number in result.absent.items():
        yield f"{number:>9,}  {paint(str(status), Tone.BAD)}  {_('not downloaded')}"
    for kind in Kind:
        if number := result.found[kind]:
            word = paint(kind, _TONES.get(kind, Tone.BAD))
            yield f"{number:>9,}  {word}  {_(_MEANINGS[kind])}"
    yield from _names(result)
    yield from _next(result, go_on)


def _headline(result: Verified, where: str, paint: Paint) -> str:
    if not result.is_whole:
        state = paint(_("stopped"), Tone.WARN)
        far = _("{done:,} of {objects} so far, {size}, verified in {folder}")
    elif result.differing:
        state = paint(_("not all verified"), Tone.BAD)
        far = _("{done:,} of {objects}, {size}, in {folder}")
    else:
        state = paint(_("all verified"), Tone.GOOD)
        far = _("{objects}, {size}, in {folder}")
    proved = result.whole
    is_all = result.is_whole and not result.differing
    far = far.format(
        done=proved,
        objects=count(proved if is_all else result.objects, "object"),
        size=format_size(result.proved_size),
        folder=where,
    )
    return _("{state}: {text}").format(state=state, text=far)


def _pace(result: Verified) -> str:
    if result.seconds < 1:
        return ""
    pace = rate(result.proved_size / result.seconds)
    return _(" in {time} ({rate})").format(time=format_duration(result.seconds), rate=pace)


def _names(result: Verified) -> Iterator[str]:
    for kind, findings in sorted(result.findings.items(), key=lambda one: list(Kind).index(one[0])):
        if findings:
            yield f"{kind}:"
        for one in sorted(findings, key=lambda one: one.path):
            path, why = printable(one.path), said(one.message)
            yield "  " + (_("{path}  ({why})").format(path=path, why=why) if why else path)
        if (more := result.found[kind] - len(findings)) and findings:
            yield "  " + _("and {number:,} more (--limit shows them)").format(number=more)


def _next(result: Verified, go_on: str) -> Iterator[str]:
    again = result.found[Kind.MISSING] + result.found[Kind.CORRUPT] + sum(result.absent.values())
    if again:
        yield _("next: {command} fetches what is missing or damaged").format(command=go_on)
    if result.found[Kind.CHANGED]:
        yield _(
            "next: {command} keeps edited files; to get the object instead, move the file away "
            "first"
        ).format(command=go_on)


def verified_record(name: str, result: Verified) -> dict[str, Any]:
    """Return what was found as JSON has it.

    Args:
        name: Of the job.
        result: Of a verification that has ended.
    """
    return {
        "job": name,
        "objects": result.objects,
        "proved": result.whole,
        "bytes": result.proved_size,
        "proofs": {str(proof): number for proof, number in sorted(result.proved.items())},
        "folders": result.folders,
        **{str(kind): result.found[kind] for kind in Kind},
        "not_downloaded": {str(status): number for status, number in result.absent.items()},
        "complete": result.is_whole,
        "findings": [
            {"kind": str(one.kind), "path": one.path, "key": one.key, "message": one.message}
            for findings in result.findings.values()
            for one in findings
        ],
    }

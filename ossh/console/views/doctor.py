"""What `doctor` found. Pure."""

from collections.abc import Iterator

from ossh.console.views.table import Form
from ossh.console.views.text import Tone, cell_len, paint, wrapped
from ossh.language import _, said
from ossh.printable import printable
from ossh.session.diagnosis.verdicts import DoctorCheck, Verdict

_VERDICT, _NAME = 9, 20  # columns
_WIDE = 70  # from this width on, a check fits on one line
_TONES = {
    Verdict.OK: Tone.GOOD,
    Verdict.WARNING: Tone.WARN,
    Verdict.PROBLEM: Tone.BAD,
    Verdict.SKIPPED: Tone.DIM,
}


def check_lines(check: DoctorCheck, width: int) -> Iterator[str]:
    """Yield a check for people: verdict, name, what was found, and below it what to do."""
    verdict, name = _(check.verdict), _(check.name)
    first = paint(verdict, _TONES[check.verdict]) + " " * (_VERDICT - cell_len(verdict)) + name
    later = "  "
    if width < _WIDE:
        yield first
        first = later
    else:
        first += " " * (_NAME - cell_len(name))
        later = " " * (_VERDICT + _NAME)
    yield from wrapped(printable(said(check.found)), width - 1, first=first, later=later) or [first]
    if check.remedy:
        text = f"-> {printable(said(check.remedy))}"
        yield from wrapped(text, width - 1, first=later, later=later)


CHECKS: Form[DoctorCheck] = Form(
    record=lambda check: {
        "check": check.name,
        "verdict": str(check.verdict),
        "found": check.found,
        "remedy": check.remedy,
    },
    fields=("verdict", "check", "found", "remedy"),
    lines=check_lines,
)

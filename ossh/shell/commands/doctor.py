"""Finding out what is wrong: doctor."""

import argparse
from collections import Counter
from collections.abc import Iterator
from shutil import get_terminal_size

from cmd2 import Cmd2ArgumentParser, CommandSet, with_argparser
from rich.cells import cell_len

from ossh.errors import STATUS_FINDINGS
from ossh.language import _, said
from ossh.paths import printable
from ossh.session import resolve
from ossh.session.verdicts import Check, Verdict
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, command_parser
from ossh.shell.text import Cell, Column, Form, Paint, Tone, count, listed
from ossh.shell.wrapping import wrapped

_VERDICT, _NAME = 9, 20  # columns
_WIDE = 70  # from this width on, a check fits on one line
_TONES = {
    Verdict.OK: Tone.GOOD,
    Verdict.WARNING: Tone.WARN,
    Verdict.PROBLEM: Tone.BAD,
    Verdict.SKIPPED: Tone.DIM,
}

CHECKS: Form[Check] = Form(
    columns=(Column(""), Column(""), Column("")),
    cells=lambda check: (
        Cell(_(check.verdict), _TONES[check.verdict]),
        _(check.name),
        _("; ").join(filter(None, [said(check.found), said(check.remedy)])),
    ),
    fields=lambda check: (check.verdict, check.name, check.found, check.remedy),
    record=lambda check: {
        "check": check.name,
        "verdict": str(check.verdict),
        "found": check.found,
        "remedy": check.remedy,
    },
)


class Doctor(CommandSet[OsshShell]):
    """The command that looks for what is wrong."""

    DEFAULT_CATEGORY = "Connect"

    @staticmethod
    def _doctor_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Check everything a download needs: credentials, endpoint, TLS, clock, permission to "
            "list and to read, which endpoint is better here, speed (reads at most 6 MiB), free "
            "space and open files. Each line says what to do. The exit status is 4 if there is a "
            "problem.",
            "doctor",
            "doctor oss://demo-bucket/logs/",
        )
        parser.add_argument(
            "place",
            nargs="?",
            default="",
            metavar="PLACE",
            completer=OsshShell.prefix_complete,
            suppress_tab_hint=True,
            help="where to list and to read: a prefix or oss://BUCKET/PREFIX, by default here",
        )
        add_json(parser)
        return parser

    @with_argparser(_doctor_parser)
    def do_doctor(self, args: argparse.Namespace) -> None:
        """Check everything a download needs, and say what to do."""
        from ossh.session.doctor import examine

        shell, verdicts = self._cmd, Counter[Verdict]()
        here = shell.session.place
        for check in examine(shell.session, resolve(here, args.place) if args.place else here):
            verdicts[check.verdict] += 1
            if verdicts[Verdict.PROBLEM]:
                shell.status = STATUS_FINDINGS
            if shell.is_table and not args.json:
                shell.say(check_lines(check, get_terminal_size().columns, shell.paint))
            else:
                shell.show([check], CHECKS, as_json=args.json)
        problems, warnings = verdicts[Verdict.PROBLEM], verdicts[Verdict.WARNING]
        shell.note(listed(count(problems, "problem"), count(warnings, "warning")))


def check_lines(check: Check, width: int, paint: Paint) -> Iterator[str]:
    """Yield a check for people: verdict, name, what was found, and below it what to do.

    Args:
        check: One of `doctor`.
        width: Of the terminal, in columns.
        paint: How text is colored.
    """
    verdict, name = _(check.verdict), _(check.name)
    begin = paint(verdict, _TONES[check.verdict]) + " " * (_VERDICT - cell_len(verdict))
    is_narrow = width < _WIDE
    indent = 2 if is_narrow else _VERDICT + _NAME
    text = wrapped(printable(said(check.found)), width - indent - 1) or [""]
    if check.remedy:
        text += wrapped(f"-> {printable(said(check.remedy))}", width - indent - 1)
    if is_narrow:
        yield f"{begin}{name}"
    else:
        yield f"{begin}{name}{' ' * (_NAME - cell_len(name))}{text.pop(0)}"
    for line in text:
        yield " " * indent + line

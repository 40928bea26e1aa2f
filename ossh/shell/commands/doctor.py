"""doctor: what is wrong, and what to do about it."""

import argparse
from collections import Counter

from cmd2 import CommandSet

from ossh.errors import STATUS_FINDINGS
from ossh.session import resolve
from ossh.session.diagnosis.verdicts import Verdict
from ossh.shell import completion
from ossh.shell.commands.options import add_json, argument, command
from ossh.shell.console import Console
from ossh.shell.views.doctor import CHECKS, check_lines
from ossh.shell.views.text import count, listed


class DoctorCommands(CommandSet[Console]):
    DEFAULT_CATEGORY = "Connect"

    @command(
        "doctor",
        "doctor oss://demo-bucket/logs/",
        description="Check everything a download needs: credentials, endpoint, TLS, clock, "
        "permission to list and to read, which endpoint is better here, speed (reads at most 6 "
        "MiB), free space and open files. Each line says what to do. The exit status is 4 if "
        "there is a problem.",
        adds=[
            argument(
                "place",
                nargs="?",
                default="",
                metavar="PLACE",
                completer=completion.prefixes,
                help="where to list and to read: a prefix or oss://BUCKET/PREFIX, by default here",
            ),
            add_json,
        ],
    )
    def do_doctor(self, args: argparse.Namespace) -> None:
        """Check everything a download needs, and say what to do."""
        from ossh.session.diagnosis.doctor import examine

        shell, verdicts = self._cmd, Counter[Verdict]()
        here = shell.session.place
        for check in examine(shell.session, resolve(here, args.place) if args.place else here):
            verdicts[check.verdict] += 1
            if verdicts[Verdict.PROBLEM]:
                shell.status = STATUS_FINDINGS
            if shell.is_table and not args.json:
                shell.say(check_lines(check, shell.width))
            else:
                shell.show([check], CHECKS, as_json=args.json)
        problems, warnings = verdicts[Verdict.PROBLEM], verdicts[Verdict.WARNING]
        shell.note(listed(count(problems, "problem"), count(warnings, "warning")))

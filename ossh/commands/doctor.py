"""doctor: what is wrong, and what to do about it."""

import argparse
from collections import Counter

from ossh.commands.command import command, optional
from ossh.commands.options import add_json
from ossh.console.console import Console
from ossh.console.views.doctor import CHECKS
from ossh.console.views.text import count, listed
from ossh.errors import STATUS_FINDINGS
from ossh.session import resolve
from ossh.session.diagnosis.verdicts import Verdict


@command(
    "doctor",
    "doctor oss://demo-bucket/logs/",
    description="Check everything a download needs: credentials, endpoint, TLS, clock, "
    "permission to list and to read, which endpoint is better here, speed (reads at most 6 "
    "MiB), free space and open files. Each line says what to do. The exit status is 4 if "
    "there is a problem.",
    arguments=[
        optional(
            "place",
            metavar="PLACE",
            help="where to list and to read: a prefix or oss://BUCKET/PREFIX, by default here",
        ),
        add_json,
    ],
)
def doctor(console: Console, args: argparse.Namespace) -> None:
    """Check everything a download needs, and say what to do."""
    from ossh.session.diagnosis.doctor import examine

    verdicts = Counter[Verdict]()
    here = console.session.place
    for check in examine(console.session, resolve(here, args.place) if args.place else here):
        verdicts[check.verdict] += 1
        if verdicts[Verdict.PROBLEM]:
            console.status = STATUS_FINDINGS
        console.show([check], CHECKS, as_json=args.json)
    problems, warnings = verdicts[Verdict.PROBLEM], verdicts[Verdict.WARNING]
    console.note(listed(count(problems, "problem"), count(warnings, "warning")))

"""connect, whoami, buckets and doctor: the endpoint and the credentials, and what is wrong."""

import argparse
from collections import Counter
from collections.abc import Iterator
from functools import partial

from ossh.commands.command import command, flag, optional
from ossh.commands.connection_options import add_connection
from ossh.commands.options import add_json, add_order
from ossh.console.console import Console
from ossh.console.dialogue.questions import ask_credentials
from ossh.console.views.ls import BUCKETS
from ossh.console.views.ordering import SortOrder
from ossh.console.views.table import Form
from ossh.console.views.text import Tone, cell_len, count, listed, paint, wrapped
from ossh.errors import STATUS_FINDINGS
from ossh.language import N_, Words, _, said
from ossh.model import NO_PROXY, BucketInfo
from ossh.printable import printable
from ossh.session import Connection, Options, resolve
from ossh.session.diagnosis.verdicts import DoctorCheck, Verdict
from ossh.store.credentials import Provider
from ossh.store.transport_options import INSECURE

WITHOUT_REGION = N_(
    "without a region, requests get version 1 signatures, which new accounts and buckets refuse: "
    "add --region REGION"
)
_BUCKET_ORDERS: dict[str, SortOrder[BucketInfo]] = {
    "name": SortOrder(lambda bucket: bucket.name),
    "region": SortOrder(lambda bucket: bucket.region),
    "created": SortOrder(lambda bucket: bucket.created, descending=True),
}
_VERDICT, _NAME = 9, 20  # columns of a check of `doctor`
_WIDE = 70  # from this width on, a check fits on one line
_TONES = {
    Verdict.OK: Tone.GOOD,
    Verdict.WARNING: Tone.WARN,
    Verdict.PROBLEM: Tone.BAD,
    Verdict.SKIPPED: Tone.DIM,
}


@command(
    "connect --profile work --region cn-hangzhou",
    description="Choose the endpoint and the credentials to use. Credentials come from "
    "--profile or --ecs-role, the environment (OSS_*, ALIBABA_CLOUD_*), ~/.ossutilconfig or "
    "~/.aliyun/config.json; if there are none, you are asked for them, without echo. A "
    "background job that is waiting for new credentials continues with these. Accounts opened "
    "since March 2025 can read data in the Chinese mainland only through the bucket's own "
    "domain: --cname --endpoint https://DOMAIN --region REGION.",
    arguments=[
        add_connection,
        flag("--ask", help="ask for an access key, even if others are configured"),
    ],
)
def connect(console: Console, args: argparse.Namespace) -> None:
    """Choose the endpoint and the credentials to use."""
    options = Options(**{name: getattr(args, name) for name in Options.__slots__})
    known = options.with_defaults(console.session.defaults)
    ask = partial(ask_credentials, console, known)
    keys = ask(are_missing=False) if args.ask else None
    provider = Provider(lambda: keys) if keys is not None else None
    connection = console.session.connect(
        options, ask=ask if console.interactive else None, provider=provider
    )
    if options.insecure:
        console.warn(_(INSECURE))
    _tell(console, connection)


def _tell(console: Console, connection: Connection) -> None:
    """Say whose credentials are used now, and which jobs were waiting for them."""
    if connection.signs_by_v1:
        console.warn(_(WITHOUT_REGION))
    found, text = connection.credentials(), _("as {who} from {source}: {kind}")
    who = found.masked_id or _("nobody")
    console.note(text.format(who=who, source=said(found.source), kind=said(found.kind)))
    runs, profile = console.session.runs, connection.options.profile
    for one in runs.renew_credentials(connection.provider, profile):
        text = _("{name} continues with these credentials")
        console.note(text.format(name=one.job.name))


@command("whoami", arguments=[add_json])
def whoami(console: Console, args: argparse.Namespace) -> None:
    """Show which credentials and endpoint are used, and where they come from."""
    session, connection = console.session, console.session.connection
    source = connection.source(session.place)
    who, options = connection.credentials(), connection.options
    facts = {
        N_("access_key_id"): who.masked_id or Words("(anonymous)"),
        N_("kind"): who.kind,
        N_("temporary"): Words("yes") if who.security_token else Words("no"),
        N_("source"): who.source,
        N_("endpoint"): source.endpoint,
        N_("region"): source.region or Words("(unknown: V1 signatures)"),
    }
    if options.proxy not in {"", NO_PROXY}:
        facts[N_("proxy")] = options.proxy
    if options.ca_bundle:
        facts[N_("certificates")] = options.ca_bundle
    if options.unsigned_host:
        facts[N_("host")] = Words("not signed (--unsigned-host)")
    if session.is_insecure:
        facts[N_("certificates")] = Words("not checked (--insecure)")
    console.show_facts(facts, as_json=args.json)


@command(
    "buckets --sort created --limit 5",
    arguments=[partial(add_order, orders=_BUCKET_ORDERS), add_json],
)
def buckets(console: Console, args: argparse.Namespace) -> None:
    """List the buckets of this account."""
    buckets = console.session.connection.buckets(fresh=True)
    console.show_in_order(buckets, BUCKETS, args, _BUCKET_ORDERS)


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

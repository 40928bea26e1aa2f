"""Endpoint and credentials: connect, whoami, buckets."""

import argparse
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from cmd2 import Cmd2ArgumentParser, CommandSet, Completions, with_argparser

from ossh.language import N_, Words, _, said
from ossh.model import NO_PROXY
from ossh.paths import printable
from ossh.session import Options
from ossh.shell import completion, forms
from ossh.shell.app import OsshShell
from ossh.shell.arguments import add_json, add_order, command_parser
from ossh.shell.guide import ask_credentials
from ossh.shell.order import Order
from ossh.shell.where import add_kinds
from ossh.store.credentials import ANY_ROLE, Credentials, Provider
from ossh.store.route import CA_BUNDLE, PROXY, checked_bundle, checked_proxy

if TYPE_CHECKING:
    from ossh.store.oss import BucketInfo

INSECURE = N_("certificates are not checked: anyone along the way can read and change what is sent")
WITHOUT_REGION = N_(
    "without a region, requests get version 1 signatures, which new accounts and buckets refuse: "
    "add --region REGION"
)
_BUCKET_ORDERS: "dict[str, Order[BucketInfo]]" = {
    "name": Order(lambda bucket: bucket.name),
    "region": Order(lambda bucket: bucket.region),
    "created": Order(lambda bucket: bucket.created, descending=True),
}


def _way(options: Options) -> Iterator[tuple[str, str]]:
    yield N_("proxy"), "" if options.proxy == NO_PROXY else options.proxy
    yield N_("certificates"), options.ca_bundle


class Connection(CommandSet[OsshShell]):
    """Commands about the connection."""

    DEFAULT_CATEGORY = "Connect"

    def complete_profiles(self, text: str, line: str, begidx: int, endidx: int) -> Completions:
        """Offer the profiles of other tools."""
        return completion.profiles(self._cmd.session, text)

    @staticmethod
    def _connect_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Choose the endpoint and the credentials to use. Credentials come from --profile or "
            "--ecs-role, the environment (OSS_*, ALIBABA_CLOUD_*), ~/.ossutilconfig or "
            "~/.aliyun/config.json; if there are none, you are asked for them, without echo. A "
            "background job that is waiting for new credentials continues with these. Accounts "
            "opened since March 2025 can read data in the Chinese mainland only through the "
            "bucket's own domain: --cname --endpoint https://DOMAIN --region REGION.",
            "connect --profile work --region cn-hangzhou",
        )
        flag, whose = parser.add_argument, parser.add_mutually_exclusive_group()
        whose.add_argument(
            "--profile",
            default="",
            help="a profile of ossutil or of the aliyun CLI",
            completer=Connection.complete_profiles,
            suppress_tab_hint=True,
        )
        whose.add_argument(
            "--ecs-role",
            nargs="?",
            const=ANY_ROLE,
            default="",
            metavar="NAME",
            help="use the role NAME of this ECS instance, by default the one it has",
        )
        whose.add_argument(
            "--anonymous", action="store_true", help="do not sign requests, for public buckets"
        )
        whose.add_argument(
            "--ask",
            action="store_true",
            help="ask for an access key, even if others are configured",
        )
        flag(
            "--endpoint",
            default="",
            metavar="URL",
            help="for example https://oss-cn-hangzhou.aliyuncs.com",
        )
        flag("--region", default="", help="for example cn-hangzhou")
        add_kinds(parser)
        flag("--proxy", type=checked_proxy, default="", metavar="URL", help=PROXY)
        flag(
            "--ca-bundle",
            type=checked_bundle,
            default="",
            metavar="FILE",
            help=CA_BUNDLE,
            completer=OsshShell.path_complete,
            suppress_tab_hint=True,
        )
        flag("--insecure", action="store_true", help="accept any certificate; the prompt shows it")
        flag("--requester-pays", action="store_true", help="agree to pay for the requests")
        flag(
            "--unsigned-host",
            action="store_true",
            help="do not sign the host, for a gateway that rewrites it",
        )
        return parser

    @with_argparser(_connect_parser)
    def do_connect(self, args: argparse.Namespace) -> None:
        """Choose the endpoint and the credentials to use."""
        options = Options(**{name: getattr(args, name) for name in Options.__slots__})
        known = options.over(self._cmd.session.defaults)
        ask = partial(ask_credentials, self._cmd, known)
        provider = _typed(ask(are_missing=False)) if args.ask else None
        connection = self._cmd.session.connect(
            options, ask=ask if self._cmd.interactive else None, provider=provider
        )
        found = connection.credentials()
        if options.insecure:
            self._cmd.warn(_(INSECURE))
        if connection.signs_by_v1:
            self._cmd.warn(_(WITHOUT_REGION))
        text = _("as {who} from {source}: {kind}")
        who = found.masked_id or _("nobody")
        self._cmd.note(text.format(who=who, source=said(found.source), kind=said(found.kind)))
        for one in self._cmd.session.runs.mend(connection.provider, connection.options.profile):
            self._cmd.note(
                _("{name} continues with these credentials").format(name=printable(one.job.name))
            )

    @staticmethod
    def _whoami_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show which credentials and endpoint are used, and where they come from.", "whoami"
        )
        add_json(parser)
        return parser

    @with_argparser(_whoami_parser)
    def do_whoami(self, args: argparse.Namespace) -> None:
        """Show which credentials and endpoint are used, and where they come from."""
        session = self._cmd.session
        who, source = session.connection.credentials(), session.source()
        facts = {
            N_("access_key_id"): who.masked_id or Words("(anonymous)"),
            N_("kind"): who.kind,
            N_("temporary"): Words("yes") if who.security_token else Words("no"),
            N_("source"): who.source,
            N_("endpoint"): source.endpoint,
            N_("region"): source.region or Words("(unknown: V1 signatures)"),
        }
        facts |= {name: text for name, text in _way(session.connection.options) if text}
        if session.connection.options.unsigned_host:
            facts[N_("host")] = Words("not signed (--unsigned-host)")
        if session.is_insecure:
            facts[N_("certificates")] = Words("not checked (--insecure)")
        if args.json:
            self._cmd.show([facts], forms.RECORD, as_json=True)
        else:
            self._cmd.show(facts.items(), forms.PAIRS)

    @staticmethod
    def _buckets_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "List the buckets of this account.", "buckets --sort created --limit 5"
        )
        add_order(parser, _BUCKET_ORDERS)
        add_json(parser)
        return parser

    @with_argparser(_buckets_parser)
    def do_buckets(self, args: argparse.Namespace) -> None:
        """List the buckets of this account."""
        buckets = self._cmd.session.connection.buckets(fresh=True)
        self._cmd.show_in_order(buckets, forms.BUCKETS, args, _BUCKET_ORDERS)


def _typed(keys: Credentials) -> Provider:
    return Provider(lambda: keys)

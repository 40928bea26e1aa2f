"""What 'get' would do: preview, and refresh, which lists the bucket again."""

import argparse

from cmd2 import Cmd2ArgumentParser, with_argparser, with_category

from ossh.language import _
from ossh.session import Wish
from ossh.session.ledger import current_job, set_aside_unusable
from ossh.shell.arguments import add_json, command_parser, positive
from ossh.shell.commands.watching import Watching
from ossh.shell.telling import tell_other_source
from ossh.shell.what import add_inventory, add_names, add_shard, add_target, shard_of


class Plan(Watching):
    """Commands that plan a job and fetch nothing."""

    DEFAULT_CATEGORY = "Transfer"

    @staticmethod
    def _preview_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "Show what 'get' would do: how much is new, changed or already here, the free space, "
            "archived objects, and files whose names will differ from their keys. Nothing is "
            "downloaded.",
            "preview --limit 5",
            "preview dataset/**/*.csv.gz",
        )
        add_names(parser)
        add_target(parser, "compare with this folder")
        add_shard(parser)
        add_inventory(parser)
        flag = parser.add_argument
        flag(
            "--limit",
            type=positive,
            default=5,
            metavar="N",
            help="number of keys to show of each kind (5)",
        )
        add_json(parser)
        return parser

    @with_category("Select")
    @with_argparser(_preview_parser)
    def do_preview(self, args: argparse.Namespace) -> None:
        """Show what 'get' would do, and download nothing."""
        from ossh.shell.planned import show_plan
        from ossh.transfer.preflight import Preflight

        sheet = Preflight(first_limit=args.limit)
        session = self._cmd.session
        wish = Wish(
            tuple(args.names), args.to, shard=shard_of(session, args), inventory=args.inventory
        )
        with session.preflight(wish, sheet) as run:
            tell_other_source(
                self._cmd,
                run.job,
                args.names,
                _("previewing {name}, {place}; 'preview .' shows everything here"),
            )
            self.watch(run)
            show_plan(self._cmd, run, sheet, limit=args.limit, as_json=args.json)

    @staticmethod
    def _refresh_parser() -> Cmd2ArgumentParser:
        parser = command_parser(
            "List the bucket again for the open job and show what is new, changed or gone; 'get' "
            "then fetches it. Local files are kept, even if their objects are gone. A manifest "
            "that is damaged, or whose bucket or prefix was edited, is set aside and rebuilt from "
            "the job file and the files already here. A symlink counts as changed if it was "
            "created again. A listing does not show whether the object it points to was replaced: "
            "to fetch that again, move its file away first.",
            "refresh",
        )
        add_json(parser)
        return parser

    @with_argparser(_refresh_parser)
    def do_refresh(self, args: argparse.Namespace) -> None:
        """List the bucket again for the open job, and show what has changed."""
        from ossh.shell.planned import show_plan
        from ossh.transfer.preflight import Changes, Preflight

        session = self._cmd.session
        job = current_job(session)
        session.runs.refuse_if_alive(job)
        if (aside := set_aside_unusable(job)) is not None:
            self._cmd.note(
                _("the old manifest is kept as {name}; a new one was created").format(
                    name=aside.name
                )
            )
        sheet, changes = Preflight(), Changes() if job.manifest_path.exists() else None
        run = session.start(job, sheet=sheet, changes=changes)
        self.watch(run)
        show_plan(self._cmd, run, sheet, as_json=args.json)

"""get: downloads, as what was asked for wants it: files, a tar, members of an archive, a plan."""

import argparse
import os
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from ossh.catalog.catalog import NothingThereError
from ossh.commands import options
from ossh.commands.command import argument, command, flag, text_option
from ossh.commands.interrupts import watch_run, watch_to_end
from ossh.commands.preview import show_preview
from ossh.commands.running import run_job
from ossh.console.console import Console
from ossh.console.dialogue import archives
from ossh.console.dialogue.events import Events, telling
from ossh.console.dialogue.run_outcome import tell_name, tell_other_source
from ossh.console.parser import pause, quota
from ossh.errors import OsshError, UsageError
from ossh.job import Job
from ossh.job.lookup import sharing_target
from ossh.language import _
from ossh.paths import expanded
from ossh.printable import printable
from ossh.session import SCHEME, JobRequest, Session
from ossh.session.browsing.place import resolve
from ossh.session.combinations import Situation, check, given
from ossh.session.jobs.job_choice import job_for

_ARGUMENTS = (
    options.add_names,
    options.target_option(help="the target folder; by default one named after the job"),
    text_option("--as", dest="file", metavar="FILE", help="the local file name of a single object"),
    text_option(
        "--name",
        metavar="JOB",
        help="the job's name; by default that of DIR or FILE, otherwise the prefix",
    ),
    text_option(
        "--from",
        dest="keys_from",
        metavar="FILE|JOB",
        help="fetch the keys listed in a file (.oss-failed.csv, or one whole key per line; - for "
        "stdin), or what failed in another job; oss://BUCKET/PREFIX/ beside it names their "
        "bucket, and what local names leave out",
    ),
    options.add_inventory,
    *options.LAYOUT,
    options.add_shard,
    options.add_version,
    flag(
        "--links",
        help="create symlinks as local links; by default, the objects they point to are downloaded",
    ),
    options.add_adopt,
    options.add_mirror,
    argument(
        "--max-gone",
        type=quota,
        metavar="N|P%",
        help="with --mirror: stop if more objects than this are gone (50%%)",
    ),
    flag(
        "--follow",
        help="keep checking for new and changed objects until stopped (Ctrl-C or 'stop')",
    ),
    argument(
        "--every", type=pause, metavar="DURATION", help="with --follow: how often to check (5m)"
    ),
    options.add_wait_restore,
    argument(
        "--tar",
        choices=["-"],
        metavar="-",
        help="write a tar of the objects to stdout instead, in key order: | zstd > logs.tar.zst",
    ),
    flag("--dry-run", help="show the plan, as 'preview' does, and leave nothing behind"),
    *options.OF_A_RUN,
    options.add_filters,
)


@command(
    "get logs/ --to ./logs --name logs",
    "get readme.txt --as welcome.txt",
    "get oss://demo-bucket/photos/ photos",
    "get logs/ --to large --suffix .gz --min-size 14KiB",
    "get logs/*/01/*.gz --to january",
    "get dataset/ --to dataset --mirror",
    "get dataset/ --to dataset --adopt",
    "get logs/ --tar - > logs.tar",
    description="Download keys or prefixes; by default everything here that passes the "
    "filters, or what the open job is still missing. The download is saved as a job, which "
    "can be stopped and resumed at any time. For a single object, the path of its file is "
    "printed, and the job is removed once the file is verified, unless --name is given. Behind "
    "sources that are addresses (oss://...), the last word can say where they go.",
    arguments=_ARGUMENTS,
)
def get(console: Console, args: argparse.Namespace) -> None:
    """Download keys or prefixes, or what the open job is still missing."""
    with telling(console, is_wanted=args.json and not args.dry_run) as events:
        _get(console, args, events)


def _get(console: Console, args: argparse.Namespace, events: Events | None) -> None:
    from ossh.session.jobs.archive_members import archive_members

    _take_target(console.session, args)
    session = console.session
    request = replace(options.request_of(session, args), once=not (args.name or args.follow))
    if (unpacking := archive_members(session, request)) is not None:
        check(given(vars(args)) | {Situation.MEMBERS})
        archives.unpack_and_tell(console, unpacking)
        return
    if args.tar:
        _stream(console, request, args)
        return
    if args.dry_run:
        show_preview(console, request, adopts=args.adopt, as_json=args.json)
        return
    job = _job_for(session, request, args)
    tell_other_source(
        console,
        job,
        args.names,
        _("resuming {name}, {place}; 'get .' downloads everything here"),
    )
    if others := sharing_target(job, session.job_files()):
        names = ", ".join(_("job '{name}'").format(name=one) for one in others)
        text = _("{folder} is also the target of {jobs}")
        console.warn(text.format(folder=job.directory, jobs=names))
    run_job(console, job, args, request, events=events)
    if session.run is not None and not (args.background or args.json or args.name):
        tell_name(console, session.run)


def _take_target(session: Session, args: argparse.Namespace) -> None:
    """Take a last name that is no address, behind addresses, for where it goes.

    Raises:
        UsageError: It is "-", by which other programs mean stdout.
    """
    *sources, last = args.names or [""]
    if "-" in {last if sources else "", args.directory, args.file}:
        raise UsageError(
            _("get writes an object to a file, not to stdout"),
            hint=_("'cat KEY' writes an object to stdout, 'get PREFIX --tar -' an archive"),
        )
    is_behind = bool(sources) and all(one.startswith(SCHEME) for one in sources)
    if not is_behind or last.startswith(SCHEME) or args.directory or args.file or args.tar:
        return
    args.names = sources
    if _names_file(session, sources, last, args.version_id):
        args.file = last
    else:
        args.directory = last


def _names_file(session: Session, sources: Sequence[str], last: str, version_id: str) -> bool:
    """Return whether a last name, as a destination, is the file of a single object."""
    if len(sources) > 1 or last.endswith(("/", os.sep)) or expanded(last).is_dir():
        return False
    return bool(version_id) or session.names.find(sources[0]).info is not None


def _job_for(session: Session, request: JobRequest, args: argparse.Namespace) -> Job:
    """Return the job that is meant; a last name that is no key may have been meant as a folder."""
    try:
        job = job_for(session, request)
    except NothingThereError as error:
        with suppress(OsshError, OSError):  # the bucket may answer no more; this error matters
            _advise_option(session, error, args)
        raise
    request.check(job)
    return job


def _advise_option(session: Session, error: NothingThereError, args: argparse.Namespace) -> None:
    """Name the option for a last name that is no key."""
    *sources, last = args.names or [""]
    if sources and not (args.directory or args.file):
        sought = printable(resolve(session.place, last).prefix)
        if str(error) == _("no key starts with '{name}'").format(name=sought):
            is_file = _names_file(session, sources, last, args.version_id)
            option = f"{'--as' if is_file else '--to'} {shlex.quote(printable(last))}"
            error.advise(_("if it is where the download goes: {option}").format(option=option))


def _stream(console: Console, request: JobRequest, args: argparse.Namespace) -> None:
    """Write what was asked for to stdout as a tar; no job is kept."""
    from ossh.session.jobs.running import preflight, start_streaming
    from ossh.transfer.planning.preflight import Preflight

    write = archives.begin_tar(console)
    sheet = Preflight(looks_around=False)
    with preflight(console.session, request, sheet, is_for_stream=True) as plan:
        tell_other_source(
            console,
            plan.job,
            args.names,
            _("writing {name}, {place}; 'get . --tar -' writes everything here"),
        )
        watch_run(console, plan)
        archives.check_planned(plan)
        with start_streaming(console.session, plan, write) as stream:
            archives.report_tar(console, watch_to_end(console, stream, console.bar))

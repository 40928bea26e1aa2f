"""get: downloads, as what was asked for wants it: files, a tar, members of an archive, a plan."""

import argparse
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from ossh.catalog.catalog import NothingThereError
from ossh.commands import options
from ossh.commands.command import argument, command, flag, text_option
from ossh.commands.interrupts import watch_run, watch_to_end
from ossh.commands.preview import show_preview
from ossh.commands.running import run_job
from ossh.console.console import Console
from ossh.console.dialogue.events import telling
from ossh.console.dialogue.run_outcome import tell_name, tell_other_source
from ossh.console.live_count import told_live
from ossh.console.parser import pause, quota
from ossh.console.views.text import count, some_of
from ossh.errors import STATUS_MISSING, STATUS_STOPPED, OsshError, UsageError
from ossh.job import Job
from ossh.job.lookup import sharing_target
from ossh.language import _, n_
from ossh.paths import expanded
from ossh.printable import as_word, printable
from ossh.session import SCHEME, JobRequest, Session
from ossh.session.browsing.place import resolve
from ossh.session.combinations import Situation, check, given
from ossh.session.jobs.job_choice import job_for
from ossh.session.jobs.job_request import TO_STDOUT
from ossh.units import format_duration, format_size

if TYPE_CHECKING:
    from ossh.transfer.streaming.tar_stream import Streamed
    from ossh.transfer.unpacking import Unpacked, Unpacking

_FEW_NAMED = 5  # members that have other names here
_MOST_NAMED = 20  # members that could not be had

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
    "can be stopped and resumed at any time; the bucket is not listed again then, but by "
    "'refresh'. For a single object, the path of its file is printed, and the job is removed once "
    "the file is verified, unless --name is given. Behind sources that are addresses (oss://...), "
    "the last word can say where they go.",
    arguments=_ARGUMENTS,
)
def get(console: Console, args: argparse.Namespace) -> None:
    """Download keys or prefixes, or what the open job is still missing."""
    with telling(console, is_wanted=args.json and not args.dry_run) as events:
        from ossh.session.jobs.archive_members import archive_members

        session = console.session
        _take_target(session, args)
        request = replace(options.request_of(session, args), once=not (args.name or args.follow))
        if (unpacking := archive_members(session, request)) is not None:
            check(given(vars(args)) | {Situation.MEMBERS})
            _unpack(console, unpacking)
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
        raise UsageError(_("get writes an object to a file, not to stdout"), hint=_(TO_STDOUT))
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
    if not sources or args.directory or args.file:
        return
    if error.name and error.name == resolve(session.place, last).prefix:
        is_file = _names_file(session, sources, last, args.version_id)
        option = f"{'--as' if is_file else '--to'} {as_word(printable(last))}"
        error.advise(_("if it is where the download goes: {option}").format(option=option))


def _unpack(console: Console, unpacking: "Unpacking") -> None:
    def far(state: "Unpacked") -> str:
        done = _("{done:,} of {number:,}").format(done=state.written, number=len(unpacking.members))
        return f"{done} · {format_size(state.size)}"

    last = deque(told_live(unpacking.steps(), far, sys.stderr, quiet=console.quiet), maxlen=1)
    if not last:
        console.note(_("the filters hide everything; nothing was unpacked"))
        return
    _report_unpacked(console, unpacking, last[0])


def _report_unpacked(console: Console, unpacking: "Unpacking", last: "Unpacked") -> None:
    shown = printable(str(unpacking.target))
    text = _("unpacked and verified: {files}, {size}, in {folder}")
    if last.missing or not console.quiet:
        files, size = count(last.written, "file"), format_size(last.size)
        console.say([text.format(files=files, size=size, folder=shown)])
    if last.kept:
        console.note(_("{number:,} unchanged").format(number=last.kept))
    if last.mapped:
        text = _("{members} renamed for this file system")
        console.note(text.format(members=count(len(last.mapped), "member")))
        names = [
            _("'{key}' is '{path}'").format(key=key, path=path)
            for key, path in last.mapped[:_FEW_NAMED]
        ]
        for line in some_of(names, len(last.mapped)):
            console.note(line)
    for key, why in islice(dict.fromkeys(last.missing), _MOST_NAMED):
        console.warn(why if f"'{printable(key)}'" in why else f"{key}: {why}")
    if last.missing:
        number = len(last.missing)
        console.warn(n_("{number:,} member is not here", "{number:,} members are not here", number))
        console.status = STATUS_MISSING


def _stream(console: Console, request: JobRequest, args: argparse.Namespace) -> None:
    """Write what was asked for to stdout as a tar, and nothing else; no job is kept."""
    from ossh.session.jobs.running import preflight, start_streaming
    from ossh.transfer.planning.preflight import Preflight

    write = _begin_tar(console)
    sheet = Preflight(looks_around=False)
    with preflight(console.session, request, sheet, is_for_stream=True) as plan:
        tell_other_source(
            console,
            plan.job,
            args.names,
            _("writing {name}, {place}; 'get . --tar -' writes everything here"),
        )
        watch_run(console, plan)
        summary = plan.result()
        if summary.ended != "done":
            raise OsshError(
                summary.error or _("stopped; the archive is incomplete"),
                hint=summary.hint,
                status=summary.status or STATUS_STOPPED,
            )
        with start_streaming(console.session, plan, write) as stream:
            _report_tar(console, watch_to_end(console, stream, console.bar))


def _begin_tar(console: Console) -> Callable[[memoryview], int]:
    """Begin an archive on stdout, and return what writes the rest of it.

    Before anything else is asked: some readers take no bytes at all for an archive without members.

    Raises:
        UsageError: It is a terminal.
    """
    if console.is_table:
        raise UsageError(
            _("an archive cannot be written to a terminal"),
            hint=_("for example: get logs/ --tar - | zstd > logs.tar.zst"),
        )
    from ossh.transfer.streaming.tar_format import BEGINNING

    console.stdout.flush()
    output = console.stdout.fileno()
    os.write(output, BEGINNING)
    return partial(os.write, output)


def _report_tar(console: Console, streamed: "Streamed") -> None:
    """Say what is in the archive, and what is not.

    Raises:
        OsshError: There is no archive, as nothing would be in it.
    """
    console.status = streamed.status
    for key in streamed.gone_keys:
        text = _("'{key}' is not in the archive: the object no longer exists")
        console.warn(text.format(key=key))
    if (more := streamed.gone - len(streamed.gone_keys)) > 0:
        console.warn(_("{number:,} more missing").format(number=more))
    if not streamed.has_members:
        raise OsshError(
            _("no objects to put into the archive, so it is incomplete"),
            hint=_("'preview' shows what the filters choose"),
            status=streamed.status,
        )
    objects, size = count(streamed.objects, "object"), format_size(streamed.size)
    text = _("{objects}, {size}, written and verified in {time}")
    took = format_duration(streamed.seconds)
    console.note(text.format(objects=objects, size=size, time=took))
    if streamed.by_length:
        text = _("{objects} without a checksum: only the length is verified")
        console.warn(text.format(objects=count(streamed.by_length, "object")))

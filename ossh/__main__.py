"""Start ossh: read the command line, put the parts together, and return the exit status."""

import signal

from ossh import installation

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `main`, Ctrl-C ends it without a word
if __name__ == "__main__":  # `python -m ossh` looks in the current folder; not from here on
    installation.leave_out_current_folder()

import argparse
import gc
import os
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ossh.command_line import first_word
from ossh.command_line.completion_scripts import SCRIPTS
from ossh.command_line.first_word import HELP, NAMES
from ossh.command_line.options import beginning, parser
from ossh.console.system import close_stdout, local_error, prepare_streams
from ossh.console.untimely_signals import interrupt, raise_forgotten
from ossh.console.windows_console import is_emulated, is_terminal
from ossh.errors import (
    STATUS_BUG,
    STATUS_FINDINGS,
    STATUS_INTERRUPTED,
    LocalError,
    OsshError,
    UsageError,
    limits_explained,
)
from ossh.language import AUTO, _, speak
from ossh.model import NO_PROXY
from ossh.shell.scripting import scripts

if TYPE_CHECKING:  # every import of the shell waits until it is known that there will be one
    from ossh.console.console import Console
    from ossh.session import Session
    from ossh.shell.app import OsshShell

# Pages of a listing and windows of objects come and go by the ten thousand, without cycles. With
# Python's own thresholds, looking through them takes a tenth of the time of a listing.
GC_THRESHOLDS = (20_000, 20, 20)

_TYPED = r"(?:(?<=['\uff1a])|(?<=: ))ossh (?=[a-z./])"  # begins a line to be typed


def main(argv: Sequence[str] | None = None) -> int:
    """Run ossh, by default as the process that was started, and return its exit status."""
    if argv is None:
        installation.leave_out_current_folder()
        sys.unraisablehook = raise_forgotten
    gc.disable()  # what is loaded at the start stays: to look through it costs a third of the start
    gc.set_threshold(*GC_THRESHOLDS)
    signal.signal(signal.SIGINT, interrupt)
    speak(AUTO, os.environ)
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in installation.PROCESSES:
        gc.enable()
        return installation.run(arguments)
    try:
        prepare_streams(os.environ)  # first: the help may be in Chinese
        args = _read(arguments)
        with limits_explained():
            return _with_demo(args) if args.demo else _run(args, os.environ)
    except OsshError as error:
        if "--demo" in arguments:
            error.advise(re.sub(_TYPED, "ossh --demo ", error.hint or ""))
        return _report(error)
    except OSError as error:
        return _report(local_error(error))
    except KeyboardInterrupt:
        return STATUS_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python's own status, 1, has another meaning
        sys.excepthook(type(error), error, error.__traceback__)
        return STATUS_BUG
    finally:
        close_stdout()
        gc.freeze()  # nor need the interpreter look through it as it ends
        gc.enable()


def _read(words: Sequence[str]) -> argparse.Namespace:
    """Return what a command line says; `verb` is the command in it, "" for none."""
    options = parser()
    at = first_word.first_word(words, options)
    word = "" if at is None else words[at]
    args = options.parse_args(words[:at])
    if at is not None and word not in NAMES:
        if word:
            first_word.check(word)
        args = options.parse_args(words)
    from ossh.session.combinations import Situation, check, given

    args.verb = word if word in NAMES else ""
    situations = {Situation.COMMAND} if args.verb else set()
    if at is not None and args.verb:
        from ossh.command_line import verbs

        verbs.read(words[at + 1 :], args)
    if args.complete:
        from ossh.command_line.completing import read

        read(args)
    check({*given(vars(args)), args.ends_at, *situations})
    return args


def _with_demo(args: argparse.Namespace) -> int:
    from ossh.demo import DemoError, start

    try:
        server = start()
    except DemoError as error:
        hint = _("run 'ossh --selfcheck' to find out what is wrong")
        raise LocalError(str(error), hint=hint) from error
    with server:
        # Only our own memory holds the keys: no argument, no variable of this process.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSS_", "ALIBABA_CLOUD"))}
        environ = kept | server.environ
        args.endpoint, args.region = server.endpoint, server.region
        args.proxy = NO_PROXY  # whatever the environment says: it is on this machine
        args.start = f"oss://{server.bucket}/"
        args.target = args.target or args.start
        return _run(args, environ)


def _run(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.verb:
        return _run_verb(args, environ)
    if args.complete:
        return _complete(args, environ)
    if args.completion:
        sys.stdout.write(SCRIPTS[args.completion])
        return 0
    if args.selfcheck:
        from ossh.shell.selfcheck.parts import selfcheck

        return selfcheck(sys.stdout)
    return _replay(args, environ) if args.transcripts else _run_shell(args, environ)


def _run_shell(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    script = _script(args)
    if args.commands is None and script is None:
        if is_terminal(sys.stdin) and is_terminal(sys.stdout):
            return _interactive(args, environ)
        if is_emulated(sys.stdin):
            raise UsageError(
                _("interactive mode needs a Windows console"),
                hint=_("run 'winpty ossh', or ossh in Windows Terminal; -c and scripts work here"),
            )
    shell = _standing_shell(args, environ)
    shell.begin = f"{beginning(args)} "
    try:
        commands = args.commands or script or scripts.given(sys.stdin)
        shell.runcmds_plus_hooks(commands, stop_on_keyboard_interrupt=True)
    finally:
        shell.park()
    return shell.exit_code or shell.status


def _script(args: argparse.Namespace) -> list[str] | None:
    """Return the lines of the script that the target names; None when it names something else."""
    name: str = args.target
    if not first_word.is_script(name):
        return None
    if args.commands is not None:
        raise UsageError(_("'{name}' is a script; it cannot be combined with -c").format(name=name))
    lines = scripts.read(name, lambda: first_word.what_instead(name))
    args.target = args.start
    return lines


def _run_verb(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ossh.command_line import verbs
    from ossh.session import SCHEME

    if args.verb == HELP:
        verbs.show_help(args.given)
        return 0
    session = _session(args, environ)
    if args.verb == "get" and args.given.names[:1] and args.given.names[0].startswith(SCHEME):
        address, *others = args.given.names
        is_alone = not any(one.startswith(SCHEME) for one in others)
        words = [*others, args.given.name, args.given.directory]
        _prefetch(session, address, words, is_get=is_alone)
    console = verbs.Terminal(session, beginning(args))
    _tell_options(console, args)
    verbs.obey(console)
    return verbs.run(console, args.verb, args.given)


def _complete(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Answer a completion script of the system's shell; nothing is asked, nothing waited for."""
    from ossh.command_line import completing

    shell, line = args.complete
    answer = completing.answer(_session(args, environ), shell, line)
    sys.stdout.writelines(f"{one}\n" for one in answer)
    return 0


def _tell_options(console: "Console", args: argparse.Namespace) -> None:
    """Tell a console what the command line says of it, and warn of what makes it unsafe."""
    from ossh.store.transport_options import INSECURE

    console.quiet = args.quiet
    if args.trust:
        console.session.trusted_jobs.vouches = lambda _job, _reasons: True
    gc.freeze()
    gc.enable()
    if args.insecure:
        console.warn(_(INSECURE))


def _replay(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ossh.shell.scripting.transcript import replay

    differences = 0
    for name in args.transcripts:
        shell = _standing_shell(args, environ)
        try:
            differences += replay(shell, name)
        finally:
            shell.park()
    return STATUS_FINDINGS if differences else 0


def _standing_shell(args: argparse.Namespace, environ: Mapping[str, str]) -> "OsshShell":
    """Return a shell for a script, at the target that the command line names."""
    from ossh.session import SCHEME, parse_address

    session = _session(args, environ)
    first, *_others = args.commands or [""]
    words = [*first.split(), ""]
    is_address = args.target.startswith(SCHEME)
    is_for_doctor = is_address and words[0].startswith("doctor")
    if is_address and not is_for_doctor:
        is_get = words[0] == "get" and (not words[1] or words[1].startswith("-"))
        _prefetch(session, args.target, words, is_get=is_get)

    shell = _shell(args, session)
    try:
        if is_for_doctor:  # which finds out why nobody can go there
            session.go_to(parse_address(args.target))
        else:
            shell.start_at(args.target)
    except OsshError as error:  # no prompt comes at which its hint could be typed
        from ossh.command_line import verbs

        error.advise(verbs.Terminal(session, beginning(args)).phrased(error.hint or ""))
        raise
    shell.renew_prompt()
    return shell


def _interactive(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from platformdirs import user_config_path, user_state_path

    from ossh.console.system import private_file, user_file

    history = user_file(user_state_path, "history")
    startup_script = user_file(user_config_path, "osshrc")
    is_first_start = not args.target and not (history and history.exists())
    shell = _shell(
        args,
        _session(args, environ),
        history_file=str(history) if history and private_file(history) else "",
        startup_script=str(startup_script or ""),
    )

    # Only there a question can be asked.
    shell.register_preloop_hook(lambda: shell.welcome(args.target, is_first_start=is_first_start))
    try:
        return shell.cmdloop() or 0
    finally:
        shell.park()


def _session(args: argparse.Namespace, environ: Mapping[str, str]) -> "Session":
    from ossh.job import own_folder
    from ossh.paths import roomy
    from ossh.session import Options, Session, parse_address
    from ossh.session.trust.trusted_jobs import TrustedJobs
    from ossh.store.credentials.environment import home

    folder = Path(args.jobs_dir or "jobs").absolute()
    session = Session(
        environ=environ,
        home=home(),
        jobs_directory=roomy(folder) if args.jobs_dir or folder.is_dir() else None,
        own_jobs=own_folder,
        options=Options(**{k: v for k, v in vars(args).items() if k in Options.__slots__}),
        trusted_jobs=TrustedJobs.of_user(),
    )
    if args.start and (args.verb or args.complete):  # a shell goes there as it starts
        session.go_to(parse_address(args.start))
    return session


def _prefetch(session: "Session", address: str, words: Sequence[str], *, is_get: bool) -> None:
    """Connect and ask for what the start needs, so that this is under way while code loads.

    A guess at what is wanted costs nothing when it is wrong but a page of the listing. `words` may
    name a job that has its listing already.
    """
    from ossh.job import default_name, job_path
    from ossh.session import parse_address

    with suppress(OsshError):  # that is told, and asked again, where one goes there
        session.connect()
        place = parse_address(address)
        texts = (place.bucket, place.prefix, *(Path(word).name for word in words))
        names = map(default_name, texts)
        saved = (job_path(one, name) for name in names for one in session.job_folders)
        is_new = not any(one.exists() for one in saved)
        if place.bucket:
            is_level = place.prefix == place.folder
            session.connection.prefetch(place, for_run=is_get and is_level and is_new)


def _shell(args: argparse.Namespace, session: "Session", **options: str) -> "OsshShell":
    from ossh.commands.interrupts import obey_signals
    from ossh.shell.app import OsshShell

    shell = OsshShell(session, begin=beginning(args), **options)
    obey_signals(session, shell.sigint_handler, shell.termination_signal_handler)
    shell.errexit, shell.keep_going = args.ends_at == "-e", args.ends_at == "--keep-going"
    _tell_options(shell, args)
    return shell


def _report(error: OsshError) -> int:
    """Write an error to stderr, where there is no shell; return the exit status."""
    from ossh.printable import printable

    said = _("error: {message}").format(message=printable(str(error)))
    print(said, file=sys.stderr)  # noqa: T201
    if error.hint:
        print(_("hint: {hint}").format(hint=printable(error.hint)), file=sys.stderr)  # noqa: T201
    return error.status


if __name__ == "__main__":
    sys.exit(main())

"""Start ossh: read the command line, put the parts together, and return the exit status."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import ossh
from ossh.errors import (
    STATUS_FINDINGS,
    STATUS_INTERRUPTED,
    LocalError,
    OsshError,
    StoreError,
    UsageError,
    reason,
)
from ossh.language import AUTO, _, speak
from ossh.model import NO_PROXY
from ossh.shell.command_line import parser
from ossh.shell.streams import close_stdout, prepare_streams

if TYPE_CHECKING:
    from ossh.demo import DemoServer
    from ossh.shell.app import OsshShell
    from ossh.store.credentials import Credentials

DEMO_SERVER = "--demo-server"  # hidden: only ossh.demo.process says it, in an executable
# Pages of a listing and windows of objects come and go by the ten thousand, without cycles. With
# Python's own thresholds, looking through them takes a tenth of the time of a listing.
GC_THRESHOLDS = (20_000, 20, 20)


def main(argv: Sequence[str] | None = None) -> int:
    """Run ossh and return its exit status."""
    gc.disable()  # what is loaded at the start stays: to look through it costs a third of the start
    gc.set_threshold(*GC_THRESHOLDS)
    speak(AUTO, os.environ)
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == [DEMO_SERVER]:
        return _serve_demo(arguments[1:])
    try:
        args = parser().parse_args(arguments)
        prepare_streams()
        return _with_demo(args) if args.demo else _run(args, os.environ)
    except OsshError as error:
        _report(error)
        return error.status
    except OSError as error:
        from ossh.shell.local import local_error

        _report(local_error(error))
        return LocalError.status
    except KeyboardInterrupt:
        return STATUS_INTERRUPTED
    finally:
        close_stdout()
        gc.freeze()  # nor need the interpreter look through it as it ends
        gc.enable()


def _serve_demo(arguments: Sequence[str]) -> int:
    """Be the demo server: the process that a program without a Python of its own starts for it."""
    from ossh.demo.main import main as serve

    gc.enable()
    return serve(arguments)


def _with_demo(args: argparse.Namespace) -> int:
    with _demo_server() as server:
        # Only our own memory holds the keys: no argument, no variable of this process.
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OSS_", "ALIBABA_CLOUD"))}
        environ = kept | {
            "OSS_ACCESS_KEY_ID": server.access_key_id,
            "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
        }
        args.profile, args.ecs_role = "", ""
        args.endpoint, args.region = server.endpoint, server.region
        args.proxy = NO_PROXY  # whatever the environment says: it is on this machine
        args.start = f"oss://{server.bucket}/"
        args.target = args.target or args.start
        return _run(args, environ)


def _demo_server() -> "DemoServer":
    from ossh.demo import DemoError, start

    try:
        return start()
    except DemoError as error:
        raise LocalError(
            str(error), hint=_("run 'ossh --selfcheck' to find out what is wrong")
        ) from error


def _run(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if args.completion:
        from ossh.shell import completion_scripts

        sys.stdout.write(completion_scripts.script(args.completion, parser()))
        return 0
    if args.selfcheck:
        from ossh.shell.selfcheck import selfcheck

        return selfcheck(sys.stdout)
    if args.transcripts:
        return _replay(args, environ)
    script = _script(args)
    if args.commands is None and script is None and sys.stdin.isatty() and sys.stdout.isatty():
        return _interactive(args, environ)
    shell = _shell(args, environ)
    _obey_signals(shell)
    _stand(shell, args)
    try:
        with script or nullcontext(sys.stdin) as file:
            lines = _lines(file) if args.commands is None else _typed(args.commands)
            shell.runcmds_plus_hooks(lines, stop_on_keyboard_interrupt=True)
    finally:
        parked = shell.park()
    return max(parked, shell.exit_code or shell.status)


def _script(args: argparse.Namespace) -> AbstractContextManager[TextIO] | None:
    """Return the script that the target names, opened; None when it names something else."""
    name: str = args.target
    if not name or name.startswith("oss://") or name.endswith(".toml"):
        return None
    if args.commands is not None:
        raise UsageError(_("'{name}' is a script; it cannot be combined with -c").format(name=name))
    try:
        script = Path(name).open(encoding="utf-8-sig")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        hint = _("write a bucket as oss://BUCKET/PREFIX, a job as JOB.toml")
        if _is_command(name):
            hint = _("to run a command: ossh -c {command}").format(command=name)
        raise UsageError(
            _("cannot read the script '{name}': {reason}").format(name=name, reason=reason(error)),
            hint=hint,
        ) from error
    args.target = args.start
    return script


def _typed(commands: Iterable[str]) -> list[str]:
    """Return the lines of what was given with -c, each of which may hold several."""
    return [line for command in commands for line in command.splitlines() or [""]]


def _is_command(name: str) -> bool:
    from ossh.shell.app import OsshShell
    from ossh.shell.commands import all_sets

    return any(hasattr(one, f"do_{name}") for one in (OsshShell, *all_sets()))


def _lines(file: Iterable[str]) -> Iterator[str]:
    for line in file:  # a line end inside a command would hide its pipe from cmd2
        yield line.rstrip("\r\n")


def _interactive(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from platformdirs import user_config_path, user_state_path

    from ossh.shell.guide import ask_credentials, offer
    from ossh.shell.local import private_file, user_file

    history = user_file(user_state_path, "history")
    startup_script = user_file(user_config_path, "osshrc")
    is_first_start = not args.target and not (history and history.exists())
    shell = _shell(
        args,
        environ,
        history_file=str(history) if history and private_file(history) else "",
        startup_script=str(startup_script or ""),
    )

    def begin() -> None:
        try:
            _stand(shell, args, ask=lambda: ask_credentials(shell, shell.session.defaults))
        except KeyboardInterrupt:
            pass  # at a question: the prompt comes without an answer
        except OsshError as error:
            shell.pexcept(error)  # the prompt stays usable, for another way to connect
        shell.note(
            _("ossh {version}: 'help' lists the commands, Ctrl-D exits").format(
                version=ossh.__version__
            )
        )
        if is_first_start:
            offer(shell)

    shell.register_preloop_hook(begin)  # only there a question can be asked
    return shell.cmdloop() or 0


def _replay(args: argparse.Namespace, environ: Mapping[str, str]) -> int:
    from ossh.shell import text, transcript

    count = 0
    for name in args.transcripts:
        shell = _shell(args, environ)
        _obey_signals(shell)
        _stand(shell, args)
        try:
            played, differences = transcript.play(shell, Path(name))
        except OSError as error:
            raise UsageError(
                _("cannot read the transcript '{name}': {reason}").format(
                    name=name, reason=reason(error)
                )
            ) from error
        except UnicodeDecodeError as error:
            raise UsageError(
                _("the transcript '{name}' is not UTF-8 text").format(name=name)
            ) from error
        finally:
            shell.park()
        for difference in differences:
            shell.say(difference.report())
        count += len(differences)
        commands = text.count(played, "command")
        found = text.count(len(differences), "difference")
        shell.note(text.labelled(name, text.listed(commands, found)))
    return STATUS_FINDINGS if count else 0


def _shell(args: argparse.Namespace, environ: Mapping[str, str], **options: str) -> "OsshShell":
    from ossh.session import Options, Session
    from ossh.session.trusted import Trusted, trusted_file
    from ossh.shell.app import OsshShell
    from ossh.shell.commands import all_sets
    from ossh.shell.commands.connection import INSECURE

    session = Session(
        environ=environ,
        home=Path(os.path.expanduser("~")),  # noqa: PTH111 - Path.home() fails without a home
        jobs_directory=Path(args.jobs_dir).absolute(),
        options=Options(
            profile=args.profile,
            ecs_role=args.ecs_role,
            endpoint=args.endpoint,
            region=args.region,
            proxy=args.proxy,
            ca_bundle=args.ca_bundle,
            internal=args.internal,
            dual_stack=args.dual_stack,
            accelerate=args.accelerate,
            accelerate_overseas=args.accelerate_overseas,
            cname=args.cname,
            insecure=args.insecure,
        ),
        trusted=Trusted(trusted_file),
    )
    shell = OsshShell(
        session,
        command_sets=all_sets(),
        quiet=args.quiet,
        errexit=args.ends_at == "failure",
        keep_going=args.ends_at == "nothing",
        **options,
    )
    if args.trust:
        session.trusted.vouches = lambda _job, _reasons: True
    gc.freeze()
    gc.enable()
    if args.insecure:
        shell.warn(_(INSECURE))
    return shell


def _stand(
    shell: "OsshShell",
    args: argparse.Namespace,
    ask: "Callable[[], Credentials] | None" = None,
) -> None:
    """Go to the bucket, or open the job, that the command line names.

    If `doctor` comes first, do not connect: it is there to find out why that fails.
    """
    if args.target.startswith("oss://") and _is_for_doctor(args):
        shell.session.stand(args.target)
    elif args.target.startswith("oss://"):
        shell.session.connect(ask=ask)
        try:
            shell.session.enter(args.target)
        except StoreError as error:
            # Nobody can go there, and a doctor without a target checks only where one is.
            closer = _("'doctor {target}' finds out why").format(target=args.target)
            error.hint = _("; ").join(filter(None, [error.hint, closer]))
            raise
    elif args.target:
        shell.session.open(args.target, ask=ask)
    shell.renew_prompt()


def _is_for_doctor(args: argparse.Namespace) -> bool:
    """Tell whether `doctor` is the first command to run."""
    return bool(args.commands) and args.commands[0].split()[:1] == ["doctor"]


def _obey_signals(shell: "OsshShell") -> None:
    """Let a script end like the prompt does: Ctrl-C stops a command, SIGTERM and SIGHUP park."""
    import signal

    signal.signal(signal.SIGINT, shell.sigint_handler)
    if sys.platform != "win32":
        signal.signal(signal.SIGTERM, shell.termination_signal_handler)
        signal.signal(signal.SIGHUP, shell.termination_signal_handler)


def _report(error: OsshError) -> None:
    from ossh.paths import printable

    said = _("error: {message}").format(message=printable(str(error)))
    print(said, file=sys.stderr)  # noqa: T201 - there is no shell
    if error.hint:
        print(_("hint: {hint}").format(hint=printable(error.hint)), file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

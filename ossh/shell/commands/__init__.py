"""The commands, one set for each noun."""

from typing import Any

from cmd2 import CommandSet


def all_sets() -> list[CommandSet[Any]]:
    """Return every family of commands, new and not yet registered."""
    from ossh.shell.commands.archive import Archive
    from ossh.shell.commands.background import Steer
    from ossh.shell.commands.browse import Browse
    from ossh.shell.commands.connection import Connection
    from ossh.shell.commands.doctor import Doctor
    from ossh.shell.commands.joblist import JobList
    from ossh.shell.commands.jobs import Jobs
    from ossh.shell.commands.look import Look
    from ossh.shell.commands.plan import Plan
    from ossh.shell.commands.report import Reports
    from ossh.shell.commands.selection import Choose
    from ossh.shell.commands.space import Space
    from ossh.shell.commands.transfer import Transfer
    from ossh.shell.commands.verify import Verify

    return [
        Connection(),
        Browse(),
        Look(),
        Space(),
        Choose(),
        Plan(),
        Transfer(),
        Archive(),
        Steer(),
        Jobs(),
        JobList(),
        Verify(),
        Reports(),
        Doctor(),
    ]

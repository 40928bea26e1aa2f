"""The commands; each file is named after its first one, or after the best known."""

from typing import Any

from cmd2 import CommandSet


def all_sets() -> list[CommandSet[Any]]:
    """Return every set of commands, new and not yet registered."""
    from ossh.shell.commands.background import BackgroundCommands
    from ossh.shell.commands.browse import BrowseCommands
    from ossh.shell.commands.cat import CatCommands
    from ossh.shell.commands.cd import CdCommands
    from ossh.shell.commands.connect import ConnectCommands
    from ossh.shell.commands.doctor import DoctorCommands
    from ossh.shell.commands.failures import FailuresCommands
    from ossh.shell.commands.filter import FilterCommands
    from ossh.shell.commands.get import GetCommands
    from ossh.shell.commands.jobs import JobsCommands
    from ossh.shell.commands.ls import LsCommands
    from ossh.shell.commands.open import OpenCommands
    from ossh.shell.commands.preview import PreviewCommands
    from ossh.shell.commands.report import ReportCommands
    from ossh.shell.commands.restore import RestoreCommands
    from ossh.shell.commands.stat import StatCommands
    from ossh.shell.commands.status import StatusCommands
    from ossh.shell.commands.verify import VerifyCommands

    return [
        ConnectCommands(),
        CdCommands(),
        LsCommands(),
        BrowseCommands(),
        StatCommands(),
        CatCommands(),
        FilterCommands(),
        PreviewCommands(),
        GetCommands(),
        RestoreCommands(),
        BackgroundCommands(),
        OpenCommands(),
        StatusCommands(),
        FailuresCommands(),
        JobsCommands(),
        VerifyCommands(),
        ReportCommands(),
        DoctorCommands(),
    ]

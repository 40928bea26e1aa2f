"""guide: a download by a few questions."""

import argparse

from ossh.commands.command import command
from ossh.console.console import Console
from ossh.console.dialogue.guide import lead


@command("guide")
def guide(console: Console, args: argparse.Namespace) -> None:
    """Answer a few questions and download."""
    lead(console)

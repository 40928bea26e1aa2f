"""What the Up key brings back: the lines that were typed, but those that may hold a secret."""

from cmd2.pt_utils import Cmd2History

from ossh.job import may_hold_secret


class Typed(Cmd2History):
    """Keeps lines in memory, also those that could not be run."""

    def append_string(self, string: str) -> None:
        """Keep a line that was typed, unless it may hold a secret."""
        if not may_hold_secret(string):
            super().append_string(string)

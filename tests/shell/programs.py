"""Programs to pipe to, as the shell of this system knows them."""

import sys

FILTER = "findstr" if sys.platform == "win32" else "grep"
LIST = "dir" if sys.platform == "win32" else "ls -l"


def python(code: str) -> str:
    """Return the command that runs a line of Python, which contains no double quotes."""
    return f'"{sys.executable}" -c "{code}"'


FIRST_LINE = python("print(input())")
COUNT_BYTES = python("import sys; print(len(sys.stdin.buffer.read()))")

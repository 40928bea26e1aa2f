"""Pictures made of text: bars, and the lines of a tree. Pure."""

from ossh.catalog import Branch, Prefix, name_of
from ossh.paths import printable
from ossh.shell.text import Paint, Tone, colourless
from ossh.units import format_size

_EIGHTHS = " ▏▎▍▌▋▊▉█"
# For a level above that ends here, one that goes on, the last item of a level, and any other.
_LINES = ("   ", "│  ", "└─ ", "├─ ")
_ASCII_LINES = ("   ", "|  ", "`- ", "|- ")


def bar(part: float, whole: float, width: int, *, ascii_only: bool = False) -> str:
    """Return a bar of at most so many characters, as long as a part is of the whole.

    Whatever is there shows: a part above zero is at least a sliver.
    """
    if whole <= 0 or part <= 0:
        return ""
    if ascii_only:
        return "#" * max(1, round(width * min(1.0, part / whole)))
    full, rest = divmod(max(1, round(8 * width * min(1.0, part / whole))), 8)
    return _EIGHTHS[8] * full + _EIGHTHS[rest].strip()


def bar_width(columns: int) -> int:
    """Return how long bars may be beside numbers and names on a terminal so wide."""
    return max(5, min(20, (columns - 30) // 2))


def tree_line(branch: Branch, paint: Paint = colourless, *, ascii_only: bool = False) -> str:
    """Return a line of a tree: its place, its name within its level, and an object's size."""
    lines = _ASCII_LINES if ascii_only else _LINES
    *above, is_last = branch.is_last
    stem = "".join(lines[not ended] for ended in above) + lines[3 - is_last]
    name = printable(_own_name(name_of(branch.item)))
    if isinstance(branch.item, Prefix):
        return paint(stem, Tone.DIM) + paint(name, Tone.PREFIX)
    return paint(stem, Tone.DIM) + name + paint(f"  {format_size(branch.item.size)}", Tone.DIM)


def _own_name(name: str) -> str:
    """Return what stands behind the last delimiter but the one that a prefix ends in."""
    return name[name.rfind("/", 0, max(0, len(name) - 1)) + 1 :]

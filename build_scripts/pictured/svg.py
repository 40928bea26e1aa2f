"""A screen as a picture: self-contained SVG, without external fonts or styles. Pure.

It is a dark window with a border, so it stands out on a light page and on a dark one. Every piece
of text is told how wide it is, so columns keep in line in whichever font a reader has. Blocks and
lines, the parts of bars, plots and trees, are drawn: the fonts' own leave gaps between rows.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from pyte.screens import Char
from rich.cells import cell_len

CELL, ROW, FONT, MARGIN = 8.4, 19.0, 14, 16.0  # px; a cell is 0.6 of the font, as most are
WIDE_FONT = 16  # px; a wide character is as wide as its font, and fills two cells
BASELINE = 14.0  # px below the top of a row
FAINT = 0.62
FOREGROUND, BACKGROUND, BORDER = "#d8dee9", "#1d222b", "#4a5364"

# The terminal's sixteen colors, by pyte's names; other colors come as six hexadecimal digits.
COLOURS = {
    "black": "#3b4252",
    "red": "#f07178",
    "green": "#9ccc65",
    "brown": "#f2c35b",
    "blue": "#6cb6ff",
    "magenta": "#d19be8",
    "cyan": "#62cfcf",
    "white": "#e5e9f0",
    "brightblack": "#8b95a7",
    "brightred": "#ff8b92",
    "brightgreen": "#b9e67f",
    "brightbrown": "#ffdc8a",
    "brightblue": "#93ccff",
    "brightmagenta": "#e4b9f5",
    "brightcyan": "#8ee6e6",
    "brightwhite": "#ffffff",
}

# Blocks, as the left, top, width and height that they fill in a cell.
BLOCKS = {mark: (0.0, 0.0, (8 - eighth) / 8, 1.0) for eighth, mark in enumerate("█▉▊▋▌▍▎▏")} | {
    mark: (0.0, 1 - eighth / 8, 1.0, eighth / 8) for eighth, mark in enumerate("▁▂▃▄▅▆▇", 1)
}
# Lines, as strokes from the center of a cell.
STROKES = {"─": "lr", "│": "ud", "├": "udr", "└": "ur"}
ENDS = {"l": (-0.5, 0.0), "r": (0.5, 0.0), "u": (0.0, -0.5), "d": (0.0, 0.5)}

WORD, WIDE_WORD = "word", "wide word"
FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','DejaVu Sans Mono',monospace"


def picture(lines: Sequence[Sequence[Char]], title: str) -> str:
    """Return the text of an SVG.

    Args:
        lines: Of a screen, all of one length, each a character to a cell.
        title: What the picture shows, for people who cannot see it.
    """
    width, height = len(lines[0]) * CELL + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    rows = (mark for row, line in enumerate(lines) for mark in _row(line, MARGIN + row * ROW))
    size = f'width="{_px(width)}" height="{_px(height)}"'
    inner = f'x="1" y="1" width="{_px(width - 2)}" height="{_px(height - 2)}" rx="7"'
    view = f'viewBox="0 0 {_px(width)} {_px(height)}"'
    text = f'font-family="{FONTS}" font-size="{FONT}" fill="{FOREGROUND}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect {size} rx="8" fill="{BORDER}"/>',
            f'<rect {inner} fill="{BACKGROUND}"/>',
            f'<g {text} shape-rendering="crispEdges">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _row(line: Sequence[Char], top: float) -> Iterator[str]:
    """Yield what is drawn for a line of the screen, backgrounds first."""
    columns = range(len(line))
    for behind, group in groupby(columns, key=lambda column: _colours(line[column])[1]):
        if behind != BACKGROUND:
            first, *more = group
            yield _rect(_left(first), top, (1 + len(more)) * CELL, ROW, behind)
    for (look, kind), group in groupby(columns, key=lambda column: _look_and_kind(line[column])):
        first, *more = group
        if kind in BLOCKS:
            yield from _blocks(kind, (first, *more), top, look)
        elif kind in STROKES:
            yield from (_stroke(kind, _left(one), top, look) for one in (first, *more))
        elif kind in {WORD, WIDE_WORD}:
            yield _word(line[first : first + 1 + len(more)], _left(first), top)


def _left(column: int) -> float:
    return MARGIN + column * CELL


def _look_and_kind(cell: Char) -> tuple[Char, str]:
    """Return a cell without its character, and what that is: a block, a line, blank or of a word.

    Wide characters, which have an empty second cell each, make words of their own: in most fonts
    they are not as wide as two others, so together they would push each other out of line.
    """
    is_blank = cell.data.isspace() and not cell.underscore
    if is_blank or cell.data in BLOCKS or cell.data in STROKES:
        return cell._replace(data=""), cell.data
    return cell._replace(data=""), WORD if cell_len(cell.data) == 1 else WIDE_WORD


def _colours(look: Char) -> tuple[str, str]:
    fill = FOREGROUND if look.fg == "default" else COLOURS.get(look.fg, f"#{look.fg}")
    behind = BACKGROUND if look.bg == "default" else COLOURS.get(look.bg, f"#{look.bg}")
    return (behind, fill) if look.reverse else (fill, behind)


def _blocks(mark: str, columns: Sequence[int], top: float, look: Char) -> Iterator[str]:
    """Yield adjacent pieces as one, because a seam would show."""
    fill, (x, y, width, height) = _colours(look)[0], BLOCKS[mark]
    touching = [columns] if width == 1 else [[column] for column in columns]
    for first, *more in touching:
        left = _left(first) + x * CELL
        yield _rect(left, top + y * ROW, (width + len(more)) * CELL, height * ROW, fill)


def _stroke(mark: str, left: float, top: float, look: Char) -> str:
    middle = f"M{_px(left + CELL / 2)} {_px(top + ROW / 2)}"
    path = "".join(
        f"{middle}l{_px(ENDS[way][0] * CELL)} {_px(ENDS[way][1] * ROW)}" for way in STROKES[mark]
    )
    faint = f' stroke-opacity="{FAINT}"' if look.blink else ""
    return f'<path d="{path}" stroke="{_colours(look)[0]}"{faint}/>'


def _word(cells: Sequence[Char], left: float, top: float) -> str:
    look, text = cells[0], "".join(cell.data for cell in cells)
    given = f'x="{_px(left)}" y="{_px(top + BASELINE)}" textLength="{_px(len(cells) * CELL)}"'
    if (fill := _colours(look)[0]) != FOREGROUND:
        given += f' fill="{fill}"'
    given += f' font-size="{WIDE_FONT}"' if cell_len(look.data) > 1 else ""
    given += f' fill-opacity="{FAINT}"' if look.blink else ""
    given += ' font-weight="bold"' if look.bold else ""
    given += ' text-decoration="underline"' if look.underscore else ""
    return f"<text {given}>{escape(text)}</text>"


def _rect(left: float, top: float, width: float, height: float, fill: str) -> str:
    where = f'x="{_px(left)}" y="{_px(top)}" width="{_px(width)}" height="{_px(height)}"'
    return f'<rect {where} fill="{fill}"/>'


def _px(length: float) -> str:
    """Return a length to a hundredth of a pixel, in few characters."""
    return f"{length:.2f}".rstrip("0").rstrip(".")

"""A screen as a picture: self-contained SVG, without external fonts or styles. Pure.

It is a dark window with a border, so it stands out on a light page and on a dark one. Every piece
of text is told how wide it is, so columns keep in line in whichever font a reader has. Rows are as
high as the characters of most fonts, so the blocks and lines of bars, plots and trees touch.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from pyte.screens import Char
from rich.cells import cell_len

CELL, ROW, FONT, MARGIN = 8.4, 16.0, 14, 16.0  # px; a cell is 0.6 of the font, as most are
WIDE_FONT = 16  # px; a wide character is as wide as its font, and fills two cells
BASELINE = 13.0  # px below the top of a row
FOREGROUND, BACKGROUND, BORDER = "#d8dee9", "#1d222b", "#4a5364"

# The terminal's colors, by pyte's names; other colors come as six hexadecimal digits.
COLOURS = {
    "black": "#8b95a7",
    "red": "#f07178",
    "green": "#9ccc65",
    "brown": "#f2c35b",
    "blue": "#6cb6ff",
    "magenta": "#d19be8",
    "cyan": "#62cfcf",
    "white": "#e5e9f0",
}
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
    inner = f'x="0.5" y="0.5" width="{_px(width - 1)}" height="{_px(height - 1)}" rx="7.5"'
    view = f'viewBox="0 0 {_px(width)} {_px(height)}"'
    text = f'font-family="{FONTS}" font-size="{FONT}" fill="{FOREGROUND}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect {inner} fill="{BACKGROUND}" stroke="{BORDER}"/>',
            f'<g {text} shape-rendering="crispEdges">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _row(line: Sequence[Char], top: float) -> Iterator[str]:
    """Yield what is drawn for a line of the screen: words, each on its background, and blanks."""
    left = MARGIN
    for (look, is_blank, is_wide), group in groupby(line, key=_kind):
        cells = list(group)
        width = len(cells) * CELL
        fill, behind = _colours(look)
        if behind != BACKGROUND:
            where = f'x="{_px(left)}" y="{_px(top)}" width="{_px(width)}" height="{_px(ROW)}"'
            yield f'<rect {where} fill="{behind}"/>'
        if not is_blank:
            given = f'x="{_px(left)}" y="{_px(top + BASELINE)}" textLength="{_px(width)}"'
            given += f' fill="{fill}"' if fill != FOREGROUND else ""
            given += f' font-size="{WIDE_FONT}"' if is_wide else ""
            given += ' font-weight="bold"' if look.bold else ""
            given += ' text-decoration="underline"' if look.underscore else ""
            yield f"<text {given}>{escape(''.join(cell.data for cell in cells))}</text>"
        left += width


def _kind(cell: Char) -> tuple[Char, bool, bool]:
    """Return a cell without its character, and whether that is blank, and whether it is wide.

    Wide characters, which have an empty second cell each, make words of their own: in most fonts
    they are not as wide as two others, so together they would push each other out of line.
    """
    return cell._replace(data=""), cell.data == " ", cell_len(cell.data) != 1


def _colours(look: Char) -> tuple[str, str]:
    fill = FOREGROUND if look.fg == "default" else _known(look.fg)
    behind = BACKGROUND if look.bg == "default" else _known(look.bg)
    return (behind, fill) if look.reverse else (fill, behind)


def _known(name: str) -> str:
    return COLOURS.get(name.removeprefix("bright"), f"#{name}")


def _px(length: float) -> str:
    """Return a length to a hundredth of a pixel, in few characters."""
    return f"{length:.2f}".rstrip("0").rstrip(".")

"""README's table of speeds: filled from the tables of docs/benchmarks.md, never by hand."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import environment

from benchmark.peers import PEERS
from benchmark.report import TO, Result, first, markdown, write

PAGES = {"README.md": 0, "README.zh-CN.md": 1}  # and which of the labels below is in its language
ROWS = {
    "small": ("10,000 × 4 KiB, objects/s", "10,000 × 4 KiB，个/s"),
    "medium": ("2,000 × 1 MiB, MB/s", "2,000 × 1 MiB，MB/s"),
    "large": ("4 × 512 MiB, MB/s", "4 × 512 MiB，MB/s"),
    "large-tls": ("4 × 512 MiB over TLS, MB/s", "4 × 512 MiB，TLS，MB/s"),
    "slow-20": (
        "8 × 128 MiB, 20 MB/s a connection, MB/s",
        "8 × 128 MiB，每个连接 20 MB/s，MB/s",
    ),
    "list": ("a million keys listed, keys/s", "列举一百万个对象，个/s"),
}
TOOLS = ("ossh", *(one.tool for one in PEERS))
NOTHING = "–"
NUMBER = r"([\d,.]+)"
ROW = re.compile(rf"(?m)^\| (.*?) \| \**{NUMBER}\** \| {NUMBER}{TO}{NUMBER} \|")  # of a tool


def fill(page: Path) -> None:
    """Replace the tables of speeds in README, in each language, by what a page says."""
    text = page.read_text(encoding="utf-8")
    for name, language in PAGES.items():
        write(environment.ROOT / name, "speeds", speeds(text, language))


def speeds(page: str, language: int = 0) -> str:
    """Return a table with a row for each workload and a column for each tool that is in any."""
    rows = {name: results(page, name) for name in ROWS}
    tools = [tool for tool in TOOLS if any(tool in row for row in rows.values())]
    lines = [[ROWS[name][language], *_cells(row, tools)] for name, row in rows.items() if row]
    return markdown([["", *tools], *lines]) + "\n"


def _cells(row: dict[str, Result], tools: Sequence[str]) -> Iterator[str]:
    """Yield a cell for each tool: bold for the fastest, and for those that tie with it."""
    shown = [tool for tool in tools if tool in row]
    bold = {
        tool
        for tool, is_first in zip(shown, first([row[tool] for tool in shown]), strict=True)
        if is_first
    }
    for tool in tools:
        text = row[tool].text if tool in row else NOTHING
        yield f"**{text}**" if tool in bold else text


def results(page: str, work: str) -> dict[str, Result]:
    """Return what each tool reached in a workload, by tool; an empty one if there is no table."""
    section = re.search(rf"<!-- begin {work} -->\n(.*?)<!-- end {work} -->", page, re.DOTALL)
    found: dict[str, Result] = {}
    for line in ROW.finditer(section[1] if section else ""):
        tool = next((one for one in TOOLS if line[1].startswith(one)), None)
        median, lowest, highest = (float(one.replace(",", "")) for one in line.groups()[1:])
        if tool and (tool not in found or median > found[tool].median):
            found[tool] = Result(median, lowest, highest, line[2])
    return found

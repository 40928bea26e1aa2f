"""README's table of speeds: filled from the tables of docs/benchmarks.md, never by hand."""

import re
from pathlib import Path

import environment

from benchmark.peers import PEERS
from benchmark.report import markdown, write

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
ROW = re.compile(r"(?m)^\| (.*?) \| (\**[\d,.]+\**) \|")  # of a tool: its name, and its median


def fill(page: Path) -> None:
    """Replace the tables of speeds in README, in each language, by what a page says."""
    text = page.read_text(encoding="utf-8")
    for name, language in PAGES.items():
        write(environment.ROOT / name, "speeds", speeds(text, language))


def speeds(page: str, language: int = 0) -> str:
    """Return a table with a row for each workload and a column for each tool that is in any."""
    rows = {name: _medians(page, name) for name in ROWS}
    tools = [tool for tool in TOOLS if any(tool in row for row in rows.values())]
    lines = [
        [ROWS[name][language], *(row.get(tool, NOTHING) for tool in tools)]
        for name, row in rows.items()
        if row
    ]
    return markdown([["", *tools], *lines]) + "\n"


def _medians(page: str, work: str) -> dict[str, str]:
    """Return what each tool reached in a workload, as its table shows it; none without a table."""
    section = re.search(rf"<!-- begin {work} -->\n(.*?)<!-- end {work} -->", page, re.DOTALL)
    rows = ROW.findall(section[1] if section else "")
    return {tool: shown for name, shown in rows for tool in TOOLS if name.startswith(tool)}

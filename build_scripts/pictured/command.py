"""The command line: plays the requested scenes and writes their pictures."""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import environment
from terminal import Line, NotShownError, ScreenTerminal

import ossh.demo
from pictured.scenes import SCENES, Scene
from pictured.svg import picture

FOLDER = environment.ROOT / "docs" / "pictures"
COLUMNS = 100  # about as wide as the documents are shown
CHINESE = ".zh"  # goes between the name of a picture and its suffix
SHOWN_HOME = "/home/me"  # the reader's home in the documents


def main(given: Sequence[str]) -> int:
    names = [scene.name for scene in SCENES]
    parser = argparse.ArgumentParser(prog="pictures.py", description="Take pictures of ossh.")
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="all of them")
    wanted = parser.parse_args(given).only
    for scene in SCENES:
        for language in ("", CHINESE) if scene.name in wanted else ():
            path = FOLDER / f"{scene.name}{language}.svg"
            try:
                path.write_text(taken(scene, language), encoding="utf-8")
            except NotShownError as error:
                print(f"error: {path.stem}: {error}", file=sys.stderr)
                return 1
            print(path, flush=True)
    return 0


def taken(scene: Scene, language: str) -> str:
    """Play a scene in a new home and return its picture.

    Raises:
        NotShownError: Expected output did not appear.
    """
    with (
        tempfile.TemporaryDirectory(prefix="ossh-picture-") as scratch,
        ossh.demo.start() as server,
    ):
        home = Path(scratch).resolve()
        (home / ".local/state/ossh").mkdir(parents=True)
        (home / ".local/state/ossh/history").touch()  # else it greets a newcomer
        place = [f"oss://{server.bucket}/", f"--endpoint={server.endpoint}"]
        place.append(f"--region={server.region}")
        # nearly nothing, so that no setting of this machine matters
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            **server.environ,
        }
        if language == CHINESE:
            variables["LC_MESSAGES"] = "zh_CN.UTF-8"
        with ScreenTerminal(place, variables, home, (COLUMNS, scene.lines)) as terminal:
            terminal.until("/>$")
            scene.play(terminal, server)
            lines = cut(terminal.lines(">"), scene.start)
    title = scene.chinese if language == CHINESE else scene.title
    return picture([renamed(line, str(home)) for line in lines], title)


def cut(lines: Sequence[Line], start: str) -> list[Line]:
    """Return the lines from the first one that matches, without blank ones at the end."""
    texts = ["".join(cell.data for cell in line).rstrip() for line in lines]
    first = next(row for row, text in enumerate(texts) if re.search(start, text))
    last = max(row for row, text in enumerate(texts) if text)
    return list(lines[first : last + 1])


def renamed(line: Line, home: str) -> Line:
    """Return a line with the temporary folder replaced by an ordinary name."""
    text = "".join(cell.data[:1] or " " for cell in line)
    if (at := text.find(home)) < 0:
        return line
    name = tuple(line[at]._replace(data=letter) for letter in SHOWN_HOME)
    blank = line[-1]._replace(data=" ")
    return (*line[:at], *name, *line[at + len(home) :], *[blank] * (len(home) - len(name)))

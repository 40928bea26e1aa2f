"""README and docs: their command blocks work as they stand, and what they name exists.

Run are blocks of `ossh` (lines at the prompt, each to end with 0, or with the number at the end of
the comment above it), of `sql` (asked of a real manifest), and those of `sh` that begin with
`ossh --demo`.
"""

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

import ossh.job
from ossh.demo import DemoServer
from ossh.job.fields import FILTER, SOURCE, TARGET, TRANSFER
from tests.shell.conftest import ROOT, Launcher, NewDriver

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
TYPED = {"", "ossh", "sh", "bash", "bat", "powershell"}  # the languages of lines to type
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(language: str, begin: str = "") -> list[ParameterSet]:
    """Return the different blocks of one language in all pages, each with its place as its name."""
    found: dict[str, ParameterSet] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in BLOCK.finditer(text):
            if block[1] == language and block[2].startswith(begin):
                line = text.count("\n", 0, block.start()) + 1
                found.setdefault(block[2], pytest.param(block[2], id=f"{page.name}:{line}"))
    return [*found.values()]


@pytest.mark.parametrize("block", blocks("ossh"))
def test_lines_at_the_prompt_end_as_the_page_says(
    block: str, teaching: DemoServer, new_driver: NewDriver
) -> None:
    say = new_driver(teaching)
    try:
        above = ""
        for line in block.splitlines():
            status = re.search(r"^#.* (\d+)$", above)
            expected = int(status[1]) if status else 0
            above = line
            if sys.platform == "win32" and "| wc " in line:  # Windows has no such program
                continue

            said = say(line)

            assert line.startswith("#") or said.status == expected, (line, said)
    finally:
        say.shell.park()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_lines_to_type_can_be_pasted_as_they_are(page: Path) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
    lines = [line for language, text in blocks if language in TYPED for line in text.splitlines()]

    behind = [line for line in lines if re.search(r"^[^#].* #", line)]

    assert not behind, "a prompt takes # as a comment only at the start of a line"


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a POSIX shell")
@pytest.mark.parametrize("block", blocks("sh", "ossh --demo"))
def test_block_with_a_demo_runs_as_it_stands(block: str, launch: Launcher) -> None:
    (launch.folder / "bin").mkdir()
    program = launch.folder / "bin" / "ossh"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(launch.command())} "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:/usr/bin:/bin"

    done = subprocess.run(
        ["/bin/sh", "-e", "-c", block],
        cwd=launch.folder,
        env=launch.environ(PATH=path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_build_that_caches_its_copy_fetches_what_changed(
    server: DemoServer, launch: Launcher, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    [line] = re.findall(r"^ +ossh (.* get oss://my-bucket/.*)$", page, re.MULTILINE)
    words = line.replace("my-bucket", server.bucket).split()
    for name in ("same", "old", "gone"):
        server.put(f"dataset/{name}", b"first")
    first = launch.on(server)(*words)
    server.put("dataset/old", b"second")
    server.put("dataset/new", b"second")
    server.delete("dataset/gone")
    (tmp_path / "other-home").mkdir()

    second = launch.on(server)(*words, HOME=str(tmp_path / "other-home"))

    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stderr) == (0, "")
    there = {path.name: path.read_bytes() for path in (tmp_path / "data").glob("[!.]*")}
    assert there == {"same": b"first", "old": b"second", "new": b"second"}


@pytest.fixture(scope="module")
def manifest(teaching: DemoServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the manifest of a job that ran, and could not fetch all."""
    folder = tmp_path_factory.mktemp("manifest")
    launch = Launcher(folder)
    launch.home.mkdir()
    (folder / "jobs").mkdir()
    command = "get logs/2026/ archive/ awkward/ --name some --to some"
    launch.on(teaching)("-c", command, f"oss://{teaching.bucket}/")
    return folder / "jobs" / "some.sqlite"


@pytest.mark.parametrize("block", blocks("sql"))
def test_question_to_the_manifest_can_be_asked(block: str, manifest: Path) -> None:
    with closing(sqlite3.connect(f"{manifest.as_uri()}?mode=ro", uri=True)) as connection:
        answers = [
            connection.execute(question).fetchall() for question in block.split(";\n") if question
        ]

    assert answers


def test_manifest_page_names_every_column(manifest: Path) -> None:
    page = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    with closing(sqlite3.connect(f"{manifest.as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master"
            " WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        columns = {
            column
            for (table,) in tables
            for (column,) in connection.execute(f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608 - names of our own
        }

    missing = {name for name in columns if not re.search(rf"\b{name}\b", page)}

    assert not missing


@pytest.mark.parametrize(
    ("page", "line"), [("docs/job-file.md", "`{}`"), ("jobs/example.toml", "\n{} = ")]
)
def test_job_page_and_example_name_every_field(page: str, line: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8").replace("\n# ", "\n")
    known = (*SOURCE, *FILTER, *TARGET, *TRANSFER)

    missing = {one.name for one in known if line.format(one.name) not in text}

    assert "once" in text
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_other_files_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))

    dead = [
        one for one in targets if "://" not in one and not (page.parent / one).resolve().exists()
    ]

    assert not dead


def test_example_job_sets_what_the_page_names() -> None:
    job = ossh.job.load(ROOT / "jobs" / "example.toml")

    assert job.source.bucket == "demo-bucket"
    assert job.selection

"""The first word of a command line: what is meant by it, and what is said when nobody knows."""

import subprocess
import sys

import pytest

from ossh.text_files import LARGEST
from tests.shell.conftest import Launcher


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        ("help gett", "there is no command 'gett'", "did you mean 'ossh get'?"),
        ("--enpoint x", "unrecognized arguments: --enpoint", "did you mean '--endpoint'?"),
        (
            "source x.ossh",
            "there is no command 'source'",
            "to run a script: run_script FILE (at the prompt of ossh)",
        ),
        (
            "mybucket",
            "there is no command 'mybucket'",
            "if a bucket is meant: ossh oss://mybucket/; 'ossh help' lists the commands",
        ),
        (
            "cp oss://bucket/a . --recursive",
            "there is no 'cp' command: ossh only reads",
            "to download: ossh get oss://BUCKET/KEY --to FOLDER",
        ),
        (
            "-e oss-cn-hangzhou.aliyuncs.com -i x -k y ls oss://bucket/",
            "there is no command 'oss-cn-hangzhou.aliyuncs.com'",
            "to choose the endpoint: --endpoint URL; access keys are never arguments",
        ),
        (
            "--demo get --overwrite logs/",
            "unrecognized arguments: --overwrite",
            "to replace what is in the way: ossh --demo get … --replace",
        ),
        (
            "--demo ./night",
            "cannot read './night': no such file or directory",
            "'ossh --demo help' lists the commands",
        ),
        (
            "s3://bucket/logs/ -c ls",
            "'s3://bucket/logs/' is not an address of OSS",
            "if a bucket is meant: ossh oss://bucket/logs/; 'ossh help' lists the commands",
        ),
        (
            "oss:bucket",
            "there is no command 'oss:bucket'",
            "if a bucket is meant: ossh oss://bucket/; 'ossh help' lists the commands",
        ),
        (
            "bucket/logs/",
            "cannot read 'bucket/logs/': no such file or directory",
            "if a bucket is meant: ossh oss://bucket/logs/; 'ossh help' lists the commands",
        ),
        (
            "oss://bucket/ ls",
            "unrecognized arguments: ls",
            "the command comes first: ossh ls oss://BUCKET/",
        ),
        (
            "conect",
            "there is no command 'conect'",
            "did you mean 'connect'? (at the prompt of ossh)",
        ),
        (
            "https://bucket.oss-cn-hangzhou.aliyuncs.com/logs/",
            "'https://bucket.oss-cn-hangzhou.aliyuncs.com/logs/' is not an address of OSS",
            "if a bucket is meant: ossh oss://bucket/logs/; 'ossh help' lists the commands",
        ),
        ("verify a b", "unrecognized arguments: b", "'ossh verify' takes one JOB at a time"),
        ("a.toml b.toml", "unrecognized arguments: b.toml", "'ossh --help' lists the options"),
        ("get -b oss://b/", "unrecognized arguments: -b", "'ossh get --help' explains it"),
        ("XYZZY", "there is no command 'XYZZY'", "'ossh help' lists the commands"),
    ],
)
def test_the_advice_is_right(launch: Launcher, line: str, error: str, hint: str) -> None:
    said = launch(*line.split())

    assert said.stderr.splitlines() == [f"error: {error}", f"hint: {hint}"]
    assert (said.returncode, said.stdout) == (2, "")


def test_a_script_without_the_ending_is_written_with_a_slash(launch: Launcher) -> None:
    (launch.folder / "night").write_text("!echo done\n", encoding="utf-8")

    assert "hint: to run a script: ossh ./night\n" in launch("night").stderr
    assert "done" in launch("./night").stdout


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_script_that_cannot_be_read_is_not_what_else_was_meant(
    launch: Launcher, *, is_folder: bool
) -> None:
    path = launch.folder / "night.ossh"
    if is_folder:
        path.mkdir()
    else:
        path.write_bytes(b"#" * (LARGEST + 1))

    said = launch("night.ossh").stderr

    assert "cannot read 'night.ossh'" in said
    assert "night.ossh" not in said.splitlines()[1]


@pytest.mark.skipif(sys.platform != "win32", reason="a backslash is a slash only there")
def test_on_windows_a_backslash_is_a_slash(launch: Launcher) -> None:
    (launch.folder / "night").write_text("!echo done\n", encoding="utf-8")

    assert "done" in launch(r".\night").stdout


def test_several_transcripts_are_no_first_words(launch: Launcher) -> None:
    for name in ("a", "b"):
        (launch.folder / name).write_text("> pwd\n\n", encoding="utf-8")

    assert "there is no command" not in launch("-t", "a", "b").stderr


def test_a_bug_has_a_status_of_its_own(launch: Launcher) -> None:
    code = "import sys; from ossh.__main__ import main; sys.exit(main([1]))"

    said = subprocess.run(
        [sys.executable, "-c", code],
        env=launch.environ(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 70
    assert said.stderr.startswith("Traceback")

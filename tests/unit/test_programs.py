"""Which program is started, and which variables it gets; the rest is tested with real ones."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ossh import programs


@pytest.mark.parametrize(
    "name",
    [
        "OSS_ACCESS_KEY_ID",
        "OSS_ACCESS_KEY_SECRET",
        "OSS_SESSION_TOKEN",
        "OSSH_PROXY_PASSWORD",
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABACLOUD_ACCESS_KEY_SECRET",
        "ALICLOUD_SECRET_KEY",
        "alibaba_cloud_access_key_secret",
    ],
)
def test_a_secret_of_ossh_is_kept_from_a_program(name: str) -> None:
    assert programs.environment({name: "x", "OTHER": "y"}) == {"OTHER": "y"}


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "OSS_REGION",
        "OSS_ENDPOINT",
        "OSSH_OBJECTS",
        "OSSH_JOB_FILE",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "SLACK_TOKEN",
        "https_proxy",
    ],
)
def test_all_else_is_the_user_s_own_and_passed_on(name: str) -> None:
    assert programs.environment({name: "x"}) == {name: "x"}


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with the programs here/tell and bin/tell, and stand in the first."""
    for name in ("here", "bin"):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "tell"
        program.write_text(f"#!/bin/sh\necho {name}\n")
        program.chmod(0o755)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.mark.parametrize("entry", ["", ".", "../here"])
def test_a_bare_name_is_no_program_of_the_current_folder(folders: Path, entry: str) -> None:
    only = {"PATH": os.pathsep.join([entry, str(folders / "nowhere")])}
    also = {"PATH": os.pathsep.join([entry, str(folders / "bin")])}

    assert programs.found("tell", also) == str(folders / "bin" / "tell")
    with pytest.raises(FileNotFoundError):
        programs.found("tell", only)


@pytest.mark.parametrize("name", ["./tell", "../bin/tell", "/bin/tell"])
def test_a_path_is_taken_as_it_is_written(folders: Path, name: str) -> None:
    assert programs.found(name, {"PATH": str(folders / "bin")}) == name


def test_windows_finds_a_program_by_its_name_without_the_ending(folders: Path) -> None:
    (folders / "bin" / "tell").rename(folders / "bin" / "tell.exe")
    path = {"PATH": str(folders / "bin")}

    assert programs.found("tell", path, (".exe", "")) == str(folders / "bin" / "tell.exe")
    assert programs.found("tell.exe", path, (".exe", "")) == str(folders / "bin" / "tell.exe")


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of POSIX")
def test_what_is_started_is_what_was_found(folders: Path) -> None:
    environ = {"PATH": f":{folders / 'bin'}:/usr/bin:/bin"}

    with programs.start(["tell"], environ, subprocess.PIPE, subprocess.DEVNULL) as process:
        assert process.communicate()[0] == b"bin\n"


@pytest.mark.parametrize("name", ["", "..", "a\0b"])
def test_what_is_no_name_of_a_program_is_found_nowhere(folders: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        programs.found(name, {"PATH": str(folders)})


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("echo job $OSSH_JOB status", "$OSSH_JOB"),
        ("cp list /backup/$OSSH_JOB.csv", "/backup/$OSSH_JOB.csv"),
        ("echo ${OSSH_JOB}", "${OSSH_JOB}"),
        ("env | grep X", "|"),
        ("env > file", ">"),
        ("env >>file", ">>file"),
        ("env 2>&1", "2>&1"),
        ("wc -l < list", "<"),
        ("one && two", "&&"),
        ("one || two", "||"),
        ("one; two", "one;"),
        ("one &", "&"),
        ("sh -c echo $OSSH_JOB", "$OSSH_JOB"),
    ],
)
def test_a_word_that_only_a_shell_understands_is_found(command: str, word: str) -> None:
    assert programs.word_for_shell(command) == word


@pytest.mark.parametrize(
    "command",
    [
        "",
        "sh tell.sh 5 a=b $ x|y https://host/?a=1&b=2",
        'sh -c "echo $OSSH_JOB | cat; true"',
        'tool "|" "$NAME"',
        "cmd /c tar cf logs.tar logs && del logs",
        "pwsh -c Write-Host $env:OSSH_JOB",
        '"pwsh" -c Write-Host $env:OSSH_JOB',
    ],
)
def test_words_as_programs_take_them_are_none_of_a_shell(command: str) -> None:
    assert programs.word_for_shell(command) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="quotes of POSIX")
@pytest.mark.parametrize("command", ["sh -c 'a | b'", "find . -exec ls {} \\;", "echo \\$OSSH_JOB"])
def test_other_quotes_hide_it_from_the_shell_too(command: str) -> None:
    assert programs.word_for_shell(command) == ""

from pathlib import Path

import pytest
from cmd2 import CompletionError

from ossh.shell import completion
from tests.shell.conftest import Driver


def completed(say: Driver, line: str) -> list[str]:
    text = line.rpartition(" ")[2]
    begin = len(line) - len(text)
    return list(say.shell.complete(text, line, begin, len(line)).to_strings())


def test_tab_completes_keys_and_prefixes_of_this_level(say: Driver) -> None:
    assert completed(say, "ls lo") == ["logs/"]
    assert completed(say, "stat read") == ["readme.txt"]


def test_tab_walks_down_from_where_one_stands(say: Driver) -> None:
    say("cd logs")

    assert completed(say, "ls 2026/01/access-2026-01-1")[0] == "2026/01/access-2026-01-10.log.gz"
    assert completed(say, "cd ../phot") == ["../photos/"]
    assert completed(say, "cd ..") == ["../"]


def test_cd_completes_prefixes_only(say: Driver) -> None:
    assert "readme.txt" not in completed(say, "cd ")
    assert "logs/" in completed(say, "cd ")


def test_tab_completes_buckets(say: Driver) -> None:
    bucket = say.session.place.bucket

    assert completed(say, "cd oss://") == [f"oss://{bucket}/"]
    assert completed(say, f"cd oss://{bucket}/lo") == [f"oss://{bucket}/lo" + "gs/"]


def test_tab_completes_jobs_and_profiles(say: Driver) -> None:
    say("save mine")

    assert completed(say, "open mi") == ["mine"]
    assert completed(say, "connect --profile x") == []


def test_tab_completes_what_to_get_and_where_to_go_on_this_machine(
    say: Driver, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    assert completed(say, "get phot") == ["photos/"]
    assert completed(say, "lcd f") == ["folder/"]


def test_a_prefix_stays_open_for_more(say: Driver) -> None:
    assert not completion.prefixes(say.session, "lo").allow_finalization
    assert completion.keys(say.session, "readme").allow_finalization


def test_a_level_is_asked_for_once_in_a_burst_of_tabs(say: Driver) -> None:
    for _ in range(5):
        completion.keys(say.session, "phot")

    assert list(say.session.catalog()._remembered) == ["phot"]


@pytest.mark.fault("F8")
def test_names_that_cannot_be_shown_are_not_offered(say: Driver) -> None:
    offered = completion.keys(say.session, "awkward/").to_strings()

    assert offered
    assert all(name.isprintable() for name in offered)


def test_a_completion_that_fails_says_why(say: Driver) -> None:
    with pytest.raises(CompletionError, match="no such bucket"):
        completion.keys(say.session, "oss://no-such-bucket-here/x")

"""Jobs as a whole: shown, removed and cleaned; what was downloaded stays."""

import json
from pathlib import Path

import pytest

from ossh.demo import DemoServer
from ossh.run_lock import RunLock
from tests.planting import links_needed
from tests.shell.conftest import Driver, Launcher, on_screen


@pytest.fixture
def say(fresh: Driver) -> Driver:
    """Give a shell with one job that is done, and one that is not."""
    fresh.server.put("done/a", b"1")
    fresh.server.put("half/b", size=300_000)
    fresh("get done/")
    fresh.server.fault("status", key="half/*", status=403)
    fresh("get half/")
    fresh.server.clear_faults()
    return fresh


def jobs(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "jobs").iterdir())


def test_show_tells_wish_counts_and_runs(say: Driver) -> None:
    shown = say("jobs show done")

    facts = dict(line.split("\t", 1) for line in shown.lines if not line.startswith("run\t"))
    [run] = [line.split("\t") for line in shown.lines if line.startswith("run\t")]
    assert shown.status == 0
    assert (facts["job"], facts["state"]) == ("done", "done")
    assert facts["source"].startswith("oss://demo-bucket/done/")
    assert run[3:] == ["1", "1", "done"]


@pytest.mark.parametrize("columns", [40, 80])
def test_the_list_fits_the_terminal(
    say: Driver, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    say(f"get done/ --name {'long' * 8} --to {'folder' * 20}")
    monkeypatch.setenv("COLUMNS", str(columns))

    lines = on_screen(say, "jobs")

    assert max(map(len, lines)) <= columns
    assert "  oss://demo-bucket/done/" in "\n".join(lines)
    assert lines[-1].endswith("folder" * 3)


def test_show_without_a_name_is_of_the_open_job_and_writes_json(say: Driver) -> None:
    record = json.loads(say("jobs show --json").out)

    assert (record["name"], record["target"]) == ("half", str(Path("half").absolute()))
    assert [run["outcome"] for run in record["runs"]] == ["failed"]
    assert json.loads(say("jobs --json show done").out)["name"] == "done"


def test_show_of_a_job_that_never_ran_has_no_runs(say: Driver) -> None:
    say("cd done")
    say("save later --to elsewhere")

    record = json.loads(say("jobs show later --json").out)

    assert (record["state"], record["runs"]) == ("new", [])


def test_remove_takes_the_files_of_a_job_and_leaves_what_it_fetched(say: Driver) -> None:
    said = say("jobs remove done --yes")

    assert said.status == 0
    assert "1 job removed" in said.err
    assert [name for name in jobs(say.folder) if name.startswith("done")] == []
    assert (say.folder / "done" / "a").read_bytes() == b"1"
    assert say("get done/").status == 0  # its name is free, its files are known again
    assert (say.folder / "jobs" / "done.toml").exists()


def test_nothing_is_removed_without_a_yes(say: Driver) -> None:
    before = jobs(say.folder)

    for command in ("jobs remove done", "jobs clean"):
        said = say(command)

        assert (said.status, "confirm with --yes" in said.err) == (2, True)
        assert said.err.startswith("done: ")  # what would go, before that is refused
    assert jobs(say.folder) == before


def test_an_unknown_job_is_not_removed_nor_are_those_beside_it(say: Driver) -> None:
    said = say("jobs remove done nonsense --yes")

    assert (said.status, "there is no job 'nonsense'" in said.err) == (2, True)
    assert "done.toml" in jobs(say.folder)


def test_a_broken_job_can_be_removed(say: Driver) -> None:
    (say.folder / "jobs" / "done.toml").write_text("?", encoding="utf-8")
    (say.folder / "jobs" / "half.sqlite").write_bytes(b"garbage" * 1000)

    said = say("jobs remove done half --yes")

    assert said.status == 0
    assert jobs(say.folder) == []


@links_needed
def test_a_job_whose_file_is_a_link_that_leads_nowhere_can_be_removed(say: Driver) -> None:
    (say.folder / "jobs" / "lost.toml").symlink_to(say.folder / "nowhere.toml")
    assert "broken" in say("jobs").out
    assert say("status lost").status == 2

    assert say("jobs remove lost --yes").status == 0

    assert "lost" not in say("jobs").out


def test_a_list_of_keys_goes_with_the_last_job_that_has_it(say: Driver) -> None:
    Path("keys.txt").write_text("done/a\n", encoding="utf-8")
    say("get --from keys.txt --name one --to one")
    say("get --from keys.txt --name two --to two")

    def lists() -> list[str]:
        return [name for name in jobs(say.folder) if name.startswith("keys-")]

    say("jobs remove one --yes")
    assert len(lists()) == 1
    say("jobs remove two --yes")
    assert lists() == []


def test_a_job_that_runs_is_not_removed(say: Driver) -> None:
    say.server.fault("hold", key="half/*")
    say("retry half --background")

    said = say("jobs remove half --yes")

    assert (said.status, "in the background" in said.err) == (2, True)
    say.shell.park()
    lock = RunLock.take(say.folder / "jobs" / "done.lock")
    try:
        assert say("jobs remove done --yes").status == 3
    finally:
        lock.release()
    assert {"done.toml", "half.toml"} <= set(jobs(say.folder))


def test_clean_removes_what_is_done_and_nothing_else(say: Driver) -> None:
    said = say("jobs clean --yes")

    assert said.status == 0
    assert {name.partition(".")[0] for name in jobs(say.folder)} == {"half"}
    assert "no job is done" in say("jobs clean --yes").err


def test_a_person_is_told_what_goes_and_asked(server: DemoServer, own: Launcher) -> None:
    server.put("d/a", b"1")

    with own.terminal("oss://demo-bucket/") as terminal:
        terminal.answer("bucket/>", "get d/")
        terminal.answer(r"done: [\s\S]*bucket/>", "jobs remove d")
        shown = terminal.until(r"remove 1 job and free [\d.]+ KiB\? \[y/N\]")
        terminal.type("n")
        terminal.answer(r"nothing was removed[\s\S]*bucket/>", "jobs clean")
        terminal.answer(r"\[y/N\]", "y")
        terminal.until(r"1 job removed, [\d.]+ KiB freed")

    assert "d stays" in shown
    assert "all downloaded files stay" in shown
    assert (own.folder / "d" / "a").exists()


def test_a_job_that_is_named_twice_is_removed_once(say: Driver) -> None:
    said = say("jobs remove done jobs/done.toml done --yes")

    assert (said.status, "1 job removed" in said.err) == (0, True), said.err

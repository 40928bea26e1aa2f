"""restore: shows what it means, asks first, and is the only command that changes anything."""

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, on_screen

AGES = 100_000.0  # seconds; no test waits for a thaw that takes so long


@pytest.fixture
def cold(server: DemoServer, fresh: Driver) -> Driver:
    """Give a shell in a bucket where three objects are archived and one is not."""
    server.set_archive(thaw_seconds=AGES)
    server.put("logs/old.gz", b"old", storage_class="Archive")
    server.put("logs/older.gz", b"older", storage_class="ColdArchive")
    server.put("logs/oldest.gz", b"oldest", storage_class="DeepColdArchive")
    server.put("logs/new.gz", b"new")
    return fresh


def writes(server: DemoServer) -> list[str]:
    """Return the keys of all requests that are not mere reading."""
    return [one["key"] for one in server.requests() if one["method"] not in {"GET", "HEAD"}]


def test_where_nobody_can_be_asked_it_shows_what_it_means_and_asks_for_nothing(
    cold: Driver,
) -> None:
    said = cold("restore logs/")

    assert (said.status, said.lines[0]) == (2, "to restore: 3 objects, 14 B")
    assert said.err == (
        "error: restoring costs money and needs confirmation\nhint: confirm with --yes\n"
    )
    assert writes(cold.server) == []
    assert not (cold.folder / "jobs").exists()
    nothing = cold("restore logs/new.gz")  # nor to confirm
    assert (nothing.status, nothing.out) == (0, "nothing to restore\n")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("", ""),
        (" logs/", " logs/"),
        (" logs/old.gz 'logs/older.gz'", " logs/old.gz logs/older.gz"),
        (" --suffix .gz", " …"),
        (" logs/ --to x --flat", " logs/ …"),
    ],
)
def test_a_preview_says_how_to_thaw_what_it_shows(cold: Driver, words: str, named: str) -> None:
    before = " ".join(map(str.strip, on_screen(cold, f"preview{words}")))
    cold(f"restore{words.partition(' --')[0]} --yes")
    cold.session.job = None

    assert f" 'restore{named}' asks OSS to thaw what is archived, which costs money" in before
    after = " ".join(map(str.strip, on_screen(cold, f"preview{words}")))
    assert f"; 'get{named} --wait-restore' fetches each as it thaws" in after


def test_dry_run_shows_what_it_means_and_asks_for_nothing(cold: Driver) -> None:
    said = cold("restore logs/ --dry-run --days 30 --tier Expedited")

    assert said.status == 0
    assert said.lines[:4] == [
        "to restore: 3 objects, 14 B",
        "  1  3 B  Archive          readable within minutes   for 7 days",
        "  1  5 B  ColdArchive      readable within 1 hour    for 30 days",
        "  1  6 B  DeepColdArchive  readable within 12 hours  for 30 days",
    ]
    assert "costs money" in said.out
    assert writes(cold.server) == []
    assert not (cold.folder / "jobs").exists()
    assert cold.session.job is None


def test_yes_asks_for_all_and_get_fetches_what_thaws(cold: Driver) -> None:
    asked = cold("restore logs/ --yes")
    again = cold("restore --yes")
    waiting = cold("status")
    cold.server.thaw()
    got = cold("get --wait-restore")

    assert asked.status == 0
    assert "asked OSS to restore 3 objects, 14 B" in asked.out
    assert asked.lines[-1] == "next: 'get --wait-restore' fetches each as it thaws"
    assert again.lines == [
        "3 objects already being restored; not requested again",
        "nothing to restore",
    ]
    assert "missing\t3" in waiting.lines
    assert "of those, archived\t3, 3 being restored" in waiting.lines
    assert got.status == 0
    assert sorted(writes(cold.server)) == ["logs/old.gz", "logs/older.gz", "logs/oldest.gz"]
    assert (cold.folder / "logs" / "oldest.gz").read_bytes() == b"oldest"


def test_a_job_that_is_named_is_opened_and_restored(cold: Driver) -> None:
    cold("get logs/ --to ice")
    assert cold("save --to web").status == 0

    asked = cold("restore --job ice --yes")

    assert asked.status == 0
    assert len(writes(cold.server)) == 3
    assert cold.job.name == "ice"
    assert asked.lines[-1] == "next: 'get --wait-restore' fetches each as it thaws"


@pytest.mark.parametrize("words", ["logs/", "--suffix .gz", "logs/ --dry-run"])
def test_a_job_says_itself_which_objects_it_has(cold: Driver, words: str) -> None:
    cold("get logs/ --to ice")
    assert cold("save --to web").status == 0

    said = cold(f"restore --job ice {words} --yes")

    assert said.status == 2
    assert "a job says which objects it has; leave out" in said.err
    assert cold.job.name == "web"
    assert writes(cold.server) == []


def test_open_job_is_restored(cold: Driver) -> None:
    got = cold("get logs/")
    asked = cold("restore --yes --days 1")

    assert got.status == 1
    assert got.lines[-1] == "next: 'restore', then 'get --wait-restore' fetches each as it thaws"
    assert "archived  'restore' asks OSS to thaw" in got.out
    assert asked.status == 0
    assert len(writes(cold.server)) == 3
    told = cold("get")
    assert told.lines[-1].endswith("fetches each as it thaws; 3 are being restored")
    assert "3  archived  'get --wait-restore' waits until it has thawed" in told.out
    assert "'restore'" not in told.out  # which would pay again


def test_where_nothing_is_archived_no_job_is_left(cold: Driver) -> None:
    said = cold("restore logs/new.gz --yes")

    assert (said.status, said.out) == (0, "nothing to restore\n")
    assert list((cold.folder / "jobs").glob("*.toml")) == []
    assert cold.session.job is None


@pytest.mark.parametrize(
    "begin", [["get logs/new.gz --name logs"], ["restore logs/ --yes", "get --wait-restore"]]
)
def test_a_job_that_has_fetched_stays_where_nothing_is_archived(
    cold: Driver, begin: list[str]
) -> None:
    for line in begin:
        cold(line)
        cold.server.thaw()

    said = cold("restore --yes")

    assert (said.status, said.out) == (0, "nothing to restore\n")
    assert {one.name for one in (cold.folder / "jobs").iterdir()} >= {"logs.toml", "logs.sqlite"}
    before = cold.server.counts()
    assert cold("get").status == 0
    assert cold.server.counts() == before


def test_filters_and_names_choose(cold: Driver) -> None:
    cold("cd logs")
    cold("filter add --class Archive")

    cold("restore --yes")
    cold("filter clear")
    cold("restore oldest.gz --yes")

    assert writes(cold.server) == ["logs/old.gz", "logs/oldest.gz"]


def test_what_can_be_read_as_it_is_is_fetched_by_the_line_that_says_so(cold: Driver) -> None:
    cold.server.set_archive(real_time=True)
    text = "1 object of class Archive can be read without a restore: {} fetches them"

    ahead = cold("restore logs/old.gz --dry-run")
    chosen = cold("restore logs/ --class Archive --dry-run")
    none_kept = cold.session.job is None
    said = cold("restore logs/old.gz --yes")
    got = cold("get")

    assert ahead.lines == [text.format("'get logs/old.gz'"), "nothing to restore"]
    assert chosen.lines == [text.format("'get logs/ …'"), "nothing to restore"]
    assert none_kept
    assert said.lines == [text.format("'get'"), "nothing to restore"]
    assert (got.status, writes(cold.server)) == (0, [])
    assert [one.name for one in cold.folder.rglob("*.gz")] == ["old.gz"]


def test_object_that_thawed_says_nothing_of_real_time_access(cold: Driver) -> None:
    cold.server.put("logs/old2.gz", b"old", storage_class="Archive")
    cold("get logs/")
    cold("restore logs/old.gz --yes")
    cold.server.thaw()
    cold("open logs")

    said = cold("restore --yes")

    assert "as they are" not in said.out
    assert "not requested: 1 readable now" in said.out
    assert sorted(writes(cold.server)) == [
        "logs/old.gz",
        "logs/old2.gz",
        "logs/older.gz",
        "logs/oldest.gz",
    ]


def test_one_version_is_left_to_the_console(cold: Driver) -> None:
    cold("get logs/old.gz --version-id null")

    said = cold("restore --yes")

    assert (said.status, "only in the OSS console" in said.err, writes(cold.server)) == (
        2,
        True,
        [],
    )


def test_no_other_command_writes(cold: Driver) -> None:
    cold.server.put("logs/page.txt", b"text")
    lines = [
        "buckets", "whoami", "doctor", "cd logs", "ls", "ls -lR", "tree", "du", "stat old.gz",
        "stat page.txt", "head page.txt", "cat page.txt", "url page.txt", "preview", "cat old.gz",
        "get --dry-run", "get", "get --wait-restore", "retry", "refresh", "verify", "status",
        "failures", "failures --by cause", "jobs", "save mine", "restore --dry-run", "restore",
    ]  # fmt: skip

    for line in lines:
        cold(line)

    assert len(cold.server.requests()) > 20
    assert writes(cold.server) == []
    cold("restore --yes")
    made = [one for one in cold.server.requests() if one["method"] not in {"GET", "HEAD"}]
    assert [(one["method"], list(one["query"])) for one in made] == [("POST", ["restore"])] * 3

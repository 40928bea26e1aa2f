"""Where the bytes are: tree, du."""

import json

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, Launcher, on_screen


def test_a_tree_is_drawn_on_a_terminal(say: Driver, capfd: pytest.CaptureFixture[str]) -> None:
    bucket = say.session.place.bucket

    assert on_screen(say, "tree logs --depth 2") == [
        f"oss://{bucket}/logs/",
        "├─ 2026/",
        "│  ├─ 01/",
        "│  └─ 02/",
        "└─ latest.log.gz  0 B",
    ]
    assert "3 prefixes, 1 object" in capfd.readouterr().err


def test_a_tree_that_is_piped_has_a_size_and_a_whole_key_a_line(say: Driver) -> None:
    lines = say("tree dataset").lines

    assert lines[:2] == ["-\tdataset/weather/", "68\tdataset/weather/README.md"]
    record = json.loads(say("tree dataset --json --limit 1").out)
    assert record == {"prefix": "dataset/weather/", "depth": 1}


def test_a_tree_has_a_limit_and_obeys_the_filters(say: Driver) -> None:
    assert "4 shown, there may be more" in say("tree --limit 4").err
    say("filter add --suffix .md")

    assert say("tree dataset").lines == [
        "-\tdataset/weather/",
        "68\tdataset/weather/README.md",
    ]
    assert len(say("tree dataset --all").lines) == 14


def test_a_tree_of_an_object_is_that_object(say: Driver) -> None:
    assert say("tree readme.txt").lines == ["475\treadme.txt"]
    assert say("tree nowhere").status == 2


def test_du_tells_apart_what_lies_beside_the_prefixes(fresh: Driver) -> None:
    for key, size in {"a": 1, "d/x": 2, "d/e/y": 4, "d/e/z": 8}.items():
        fresh.server.put(key, size=size)

    assert fresh("du --depth 2").lines == [
        "14\t3\td/", "12\t2\td/e/", "2\t1\td/*", "1\t1\t*", "15\t4\t",
    ]  # fmt: skip
    assert fresh("du d/e").lines == ["12\t2\td/e/"]
    assert fresh("du a").lines == ["1\t1\ta"]
    direct = [one for one in map(json.loads, fresh("du --json").lines) if "direct" in one]
    assert direct == [{"prefix": "", "objects": 1, "size": 1, "direct": True}]
    assert [line.split()[-1] for line in on_screen(fresh, "du")] == ["prefix", "d/", "*", "total"]


@pytest.mark.parametrize(
    ("options", "prefixes"),
    [
        ("--sort key", ["logs/*", "logs/2026/", "logs/2026/01/", "logs/2026/02/"]),
        ("--sort key --reverse", ["logs/2026/02/", "logs/2026/01/", "logs/2026/", "logs/*"]),
        ("--sort objects --limit 2", ["logs/2026/", "logs/2026/02/"]),
        ("--reverse --limit 2", ["logs/*", "logs/2026/02/"]),
    ],
)
def test_du_sorts_and_limits(say: Driver, options: str, prefixes: list[str]) -> None:
    lines = say(f"du logs --depth 2 {options}").lines

    assert [line.split("\t")[2] for line in lines] == [*prefixes, "logs/"]


def test_du_obeys_the_filters_and_speaks_json(say: Driver) -> None:
    say("filter add --suffix .md")

    records = [json.loads(line) for line in say("du --json").lines]

    assert records == [
        {"prefix": "dataset/", "objects": 1, "size": 68},
        {"prefix": "", "objects": 1, "size": 68},
    ]
    assert len(say("du --all").lines) == 9


def test_du_draws_bars_on_a_terminal(say: Driver, capfd: pytest.CaptureFixture[str]) -> None:
    head, first, *_, last = on_screen(say, "du")

    assert head.split() == ["size", "objects", "prefix"]
    assert "███" in first
    assert first.endswith("1  video/")
    assert last.endswith("127  total")
    say("filter add --suffix .gz")
    capfd.readouterr()
    on_screen(say, "du logs")
    assert "filters hide 1" in capfd.readouterr().err


def test_ctrl_c_in_du_shows_what_has_been_counted(server: DemoServer, own: Launcher) -> None:
    server.fill("d{:05d}/x", 5000, 10)

    with own.terminal("oss://demo-bucket/") as terminal:
        terminal.until("demo-bucket/>")
        server.fault("delay", operation="list", times=2, seconds=0.3)  # so that counts are shown
        server.fault("slow", operation="list", rate=200)  # of a page that takes many minutes
        terminal.type("du --limit 1")
        terminal.until(r"[\d,]+ objects?, .* …")
        terminal.interrupt()
        shown = terminal.until(r"stopped after [\d,]+ objects[\s\S]*>")

    assert "total" in shown
    assert "Traceback" not in shown

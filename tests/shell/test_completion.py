import json
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cmd2 import Completions

from ossh.command_line.completing import answer
from ossh.commands import completion
from ossh.commands.completion import Offer
from ossh.demo import DemoServer
from ossh.errors import OsshError
from ossh.session import Options, Place, Session
from tests.shell.conftest import Driver
from tests.unit.store.credentials.standins import Asked, StandIn


def texts(offers: Iterable[Offer]) -> tuple[str, ...]:
    return tuple(one.text for one in offers)


def offered(say: Driver, line: str, tabs: int = 20) -> Completions:
    """Press Tab, and again while nothing comes: on a busy machine a list may come too late."""
    text = re.split("[ \"'|>]", line)[-1]
    begin = len(line) - len(text)
    pressed = (say.shell.complete(text, line, begin, len(line)) for _ in range(tabs))
    return next(filter(None, pressed), Completions())


def finished(say: Driver, line: str) -> list[str]:
    """Return the lines that Tab makes of one, each up to the end of its last word."""
    found = offered(say, line)
    begin = re.sub("[^ \"'|>]*$", "", line)
    opening = found._quote_char if found._add_opening_quote else ""
    return [f"{begin}{opening}{one}{found._quote_char}" for one in found]


def completed(say: Driver, line: str, tabs: int = 20) -> list[str]:
    return list(offered(say, line, tabs).to_strings())


def test_tab_completes_keys_and_prefixes_of_this_level(say: Driver) -> None:
    for command in ("ls", "du", "tree"):
        assert completed(say, f"{command} lo") == ["logs/"]
    assert completed(say, "stat read") == ["readme.txt"]
    assert completed(say, "get phot") == ["photos/"]


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

    assert completed(say, "cd oss://") == [f"oss://{bucket}/", "oss://demo-reports/"]
    assert completed(say, f"cd oss://{bucket}/lo") == [f"oss://{bucket}/lo" + "gs/"]


def test_tab_completes_jobs_and_profiles(say: Driver) -> None:
    say("save mine")

    for line in ("open mi", "jobs show mi", "jobs remove mi", "jobs remove other mi"):
        assert completed(say, line) == ["mine"]
    assert completed(say, "connect --profile x") == []


def test_tab_completes_the_causes_that_there_are(fresh: Driver) -> None:
    fresh.server.put("d/a", size=3)
    fresh.server.put("d/b", size=3, storage_class="Archive")
    fresh.server.fault("status", key="d/a", status=403)
    assert completed(fresh, "retry --only ", tabs=1) == []
    fresh("get d/")

    assert sorted(completed(fresh, "retry --only ")) == ["archived", "denied"]
    assert completed(fresh, "retry --only de") == ["denied"]
    assert completed(fresh, "retry --only archived,") == ["archived,denied"]
    fresh.server.put("e/x", b"x")
    fresh("get e/")  # the open job now, without failures
    assert completed(fresh, "retry --only ", tabs=1) == []
    assert sorted(completed(fresh, "retry d --only ")) == ["archived", "denied"]
    assert [*answer(fresh.session, "zsh", "ossh retry d --only de")][1:] == ["denied\t1 object"]
    assert [*answer(fresh.session, "zsh", "ossh retry e --only ")][1:] == []


def test_a_prefix_stays_open_for_more(say: Driver) -> None:
    offered = [
        say.shell.complete(text, f"ls {text}", 3, 3 + len(text)) for text in ("lo", "readme")
    ]

    assert [one.allow_finalization for one in offered] == [False, True]


@pytest.mark.fault("F8")
def test_names_that_cannot_be_shown_are_not_offered(say: Driver) -> None:
    offered = texts(completion.keys(say.session, "awkward/"))

    assert offered
    assert all(name.isprintable() for name in offered)


@pytest.mark.parametrize(
    "name",
    [
        "a>b",
        "a|b",
        "|",
        'what?*<>|"is.txt',
        '"quoted".txt',
        "it's",
        "two words",
        "it's > two",
        "12\" isn't",
        "semi;colon#",
        "-dash",
        "~home",
    ],
)
def test_tab_offers_a_name_as_the_prompt_reads_it(fresh: Driver, name: str) -> None:
    fresh.server.put(f"d/{name}", name.encode())
    fresh("cd d/")

    lines = finished(fresh, "cat ") or finished(fresh, "cat '")

    assert [fresh(line).out for line in lines] == ([] if name == "12\" isn't" else [name])


def test_names_that_need_different_quotes_each_get_their_own(fresh: Driver) -> None:
    names = {'12" mix', "it's so", "it's", "plain", "two words"}
    for name in names:
        fresh.server.put(f"d/{name}", name.encode())
    fresh("cd d/")

    assert {fresh(line).out for line in finished(fresh, "cat ")} == names
    assert finished(fresh, "cat t") == ['cat "two words"']


def test_tab_goes_on_within_the_quotes_that_are_typed(fresh: Driver) -> None:
    for name in ('say "yes" > no', "say 'yes' > no"):
        fresh.server.put(f"d/{name}", name.encode())
    fresh("cd d/")

    assert finished(fresh, "cat 'say \"ye") == ["cat 'say \"yes\" > no'"]
    assert finished(fresh, "cat \"say 'yes' >") == ["cat \"say 'yes' > no\""]
    assert finished(fresh, 'cat "say "') == finished(fresh, 'cat say"') == []


def test_tab_offers_the_address_of_what_a_name_would_not_mean(fresh: Driver) -> None:
    keys = ("d/../../up.txt", "d/./dot.txt", "d/..double", "d/.hidden", "/top.txt", "-x")
    for key in keys:
        fresh.server.put(key, key.encode())
    bucket = fresh.session.place.address

    assert set(completed(fresh, "cat ")) == {"d/", f"{bucket}/", f"{bucket}-x"}
    fresh("cd d/")
    assert set(completed(fresh, "cat ..")) == {"../", "..double", f"{bucket}d/../"}
    assert set(completed(fresh, "ls .")) == {
        "./",
        ".hidden",
        "..double",
        f"{bucket}d/./",
        f"{bucket}d/../",
    }
    assert completed(fresh, f"cat {bucket}d/../") == [f"{bucket}d/../../"]
    assert fresh(f"cat {bucket}d/../../up.txt").out == "d/../../up.txt"
    fresh.server.put("d/my dir/./x", b"")
    assert finished(fresh, "cat 'my dir/.") == ["cat 'my dir/./'"]  # "my " cannot be replaced


def test_a_completion_that_fails_says_why(say: Driver) -> None:
    with pytest.raises(OsshError, match="no such bucket"):
        completion.keys(say.session, "oss://no-such-bucket-here/x")


def test_sizes_stand_beside_objects(say: Driver) -> None:
    [item] = completion.keys(say.session, "readme")

    assert item.about.split()[1] in {"B", "KiB"}


def test_tab_completes_suffixes_that_are_seen_below_here(say: Driver) -> None:
    offered = completed(say, "filter add --suffix ")

    assert {".gz", ".jpg", ".tar"} <= set(offered)
    assert completed(say, "filter add --suffix .gz,.j") == [".gz,.jpg"]
    say("cd logs")
    assert completed(say, "filter add --suffix .j") == []


def test_storage_classes_are_those_that_are_seen_below_here(say: Driver) -> None:
    say("cd archive")

    assert "Standard" not in texts(completion.storage_classes(say.session, ""))
    assert "Archive" in texts(completion.storage_classes(say.session, "Ar"))


def test_only_folders_are_offered_where_a_folder_belongs(say: Driver) -> None:
    (say.folder / "folder").mkdir()
    (say.folder / "file").write_bytes(b"")

    for command in ("get --to f", "preview --to f", "save --to f", "lcd f"):
        assert completed(say, command) == [f"folder{os.sep}"]


def test_tab_is_quiet_when_the_service_cannot_be_reached(fresh: Driver) -> None:
    fresh.session.catalog()
    fresh.server.stop()

    for line in ("ls x", "cd oss://", "filter add --suffix "):
        assert completed(fresh, line) == []


def test_a_slow_answer_is_not_waited_for_and_serves_the_next_tab(fresh: Driver) -> None:
    fresh.server.put("folder/a", b"1")
    fresh.server.fault("hold", operation="list")

    first = completed(fresh, "ls fol", tabs=1)
    fresh.server.clear_faults()
    second = completed(fresh, "ls fol")  # the same question is still under way

    assert (first, second) == ([], ["folder/"])
    assert len([one for one in fresh.server.requests() if one["query"].get("prefix") == "fol"]) == 1


@contextmanager
def slow_keys(server: DemoServer, may_answer: threading.Event) -> Iterator[str]:
    """Give an address that gives out keys, but not before it may."""

    def give(_asked: Asked) -> tuple[int, str]:
        may_answer.wait(60)
        keys = {"AccessKeyId": server.access_key_id, "AccessKeySecret": server.access_key_secret}
        return 200, json.dumps({"Code": "Success", "SecurityToken": "", **keys})

    with StandIn(give) as keys:
        try:
            yield keys.url
        finally:
            may_answer.set()


def unconnected(server: DemoServer, home: Path, **environ: str) -> Session:
    session = Session(
        environ=environ,
        home=home,
        jobs_directory=home / "jobs",
        options=Options(endpoint=server.endpoint, region=server.region),
    )
    session.place = Place(server.bucket)
    return session


def test_a_late_tab_does_not_change_who_one_is(server: DemoServer, tmp_path: Path) -> None:
    may_answer, before = threading.Event(), set(threading.enumerate())

    with slow_keys(server, may_answer) as uri:
        slow = {"name": "slow", "mode": "CredentialsURI", "credentials_uri": uri}
        mine = {"name": "mine", "mode": "AK", "access_key_id": "me", "access_key_secret": "secret"}
        known = json.dumps({"current": "slow", "profiles": [slow, mine]})
        (tmp_path / ".aliyun").mkdir()
        (tmp_path / ".aliyun" / "config.json").write_text(known, encoding="utf-8")
        session = unconnected(server, tmp_path)
        offered = completion.keys(session, "x")
        connected = session.connect(Options(profile="mine"))
        may_answer.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)

    assert texts(offered) == ()
    assert session.connection is connected


def test_tab_asks_before_one_is_connected_and_connects_nobody(
    server: DemoServer, tmp_path: Path
) -> None:
    server.put("logs/a", b"1")
    session = unconnected(server, tmp_path, **server.environ)

    offered = [texts(completion.keys(session, "lo")) for _ in range(5)]

    assert ("logs/",) in offered
    assert session.existing_connection is None
    assert len([one for one in server.requests() if one["query"].get("prefix") == "lo"]) == 1


def test_whoever_connects_anew_is_not_offered_what_the_former_asked(fresh: Driver) -> None:
    fresh.server.put("folder/a", b"1")
    fresh.server.fault("hold", operation="list")
    first = completed(fresh, "ls fol", tabs=1)

    fresh.server.clear_faults()
    fresh.session.connect(Options())
    second = completed(fresh, "ls fol")

    asked = [one for one in fresh.server.requests() if one["query"].get("prefix") == "fol"]
    assert (first, second, len(asked)) == ([], ["folder/"], 2)


@pytest.mark.parametrize("line", ["ossh wai", "ossh pau", "ossh sto", "ossh get --back"])
def test_the_systems_shell_is_offered_nothing_that_a_verb_refuses(say: Driver, line: str) -> None:
    assert list(answer(say.session, "bash", line))[1:] == []

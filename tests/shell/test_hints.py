"""What a hint says is right, or there is none: words that were meant, as one types them."""

import json
import re

import pytest

from tests.shell.conftest import Driver, Launcher, on_screen
from tests.zips import zipped

TAKING = ("get", "save", "preview", "restore")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get archvie/", "did you mean 'archive/'?"),
        ("cd archvie", "did you mean 'archive/'?"),
        ("head raedme.txt", "did you mean 'readme.txt'?"),
        ("cat readme.tx", "did you mean 'readme.txt'?"),
        ("open log-2026", "did you mean 'logs-2026'?"),
        ("open xyzzy", "'jobs' lists them"),
        ("get logs/ --rat 5M", "did you mean '--rate'?"),
        ("help donwload", "to download: get KEY --to FOLDER"),
        ("filter add --suff .gz", "did you mean '--suffix'?"),
        ("filter ad", "did you mean 'add'?"),
        ("jobs clean --trash 3d", "did you mean '--trash-before'?"),
        ("set --al", "did you mean '--all'?"),
        ("filter suffix gz", "write it like this: filter add --suffix"),
        ("get readme.txt hello.txt", "if it is where the download goes: --as hello.txt"),
        ("get readme.txt ./tmp/", "if it is where the download goes: --to ./tmp/"),
        ("get readme.txt logs/ /tmp/x", "if it is where the download goes: --to /tmp/x"),
        *((f"{verb} logs/ .", "if it is where the download goes: --to .") for verb in TAKING),
        ("get readme.txt ../ --dry-run", "if it is where the download goes: --to ../"),
        ("get 'xyzzy*' oss://demo-bucket/", "'ls' shows what is here"),
        ("get readme.txt -", "'cat KEY' writes an object to stdout"),
        ("get readme.txt --to -", "'cat KEY' writes an object to stdout"),
        ("get readme.txt --as -", "'cat KEY' writes an object to stdout"),
        ("get logs/ --to s3://x/y", "ossh only downloads: name a folder or a file here"),
        ("save logs/ --to oss://x/y", "ossh only downloads: name a folder or a file here"),
        ("resume logs-2026 --to y", "to move a job: move its folder, then set 'directory' in"),
    ],
)
def test_what_is_nearly_a_name_is_told(say: Driver, line: str, hint: str) -> None:
    assert say("save logs-2026 --to x").status == 0

    said = say(line)

    assert said.status in {2, 3, 127}
    assert f"hint: {hint}" in said.err
    assert "--every" not in said.err
    assert "--name" not in said.err


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        (r"cat 'awkward/new\nline.txt'", "did you mean 'awkward/new?line.txt'?"),
        (r"get 'awkward/new\nline.txt'", "did you mean 'awkward/new?line.txt'?"),
        (r"ls 'awkward/new?lin.txt'", "did you mean 'awkward/new?line.txt'?"),
        (r"stat 'awkward/red\x1b[31m.txt'", r"did you mean 'awkward/red?\[31m.txt'?"),
        ("get awkward/new --to here", "did you mean 'awkward/new?line.txt'? for every"),
        (r"cd 'awkward/new\nline.txt'", "'ls' shows what is here"),  # which takes no glob
    ],
)
def test_a_key_that_cannot_be_typed_is_told_as_a_glob(say: Driver, line: str, hint: str) -> None:
    assert f"hint: {hint}" in say(line).err
    for told in re.findall("mean '(.*)'[?]", hint):
        assert say(f"cat '{told}'").status == 0


def test_a_key_that_a_name_does_not_mean_is_told_as_an_address(fresh: Driver) -> None:
    for key in ("-readme.txt", "d/../x", "d/../readme.txt"):
        fresh.server.put(key, b"")
    bucket = fresh.session.place.address

    assert f"did you mean '{bucket}-readme.txt'?" in fresh("cat -- -readme.tx").err
    assert f"did you mean '{bucket}d/../readme.txt'?" in fresh(f"cat {bucket}d/../readme.tx").err


def test_an_error_is_told_where_what_would_be_advised_cannot_be_found_out(fresh: Driver) -> None:
    fresh.server.put("here", b"a")
    endless = "x" * 300  # no file may have such a name

    assert f"no key starts with '{endless}'" in fresh(f"get here {endless}").err

    before = len(fresh.server.requests())
    assert "--as there" in fresh("get here there").err
    asked = len(fresh.server.requests()) - before
    fresh.server.fault("status", operation="list", after=asked - 1, status=403)
    told = fresh("get here there").err
    assert "no key starts with 'there'" in told
    assert "--as" not in told


def test_who_may_list_is_told_what_reading_needs_and_no_more(fresh: Driver) -> None:
    fresh.server.put("logs/a.txt", b"a")
    fresh.server.fault("status", key="logs/*", status=403)

    for line in ("get logs/ --to there", "failures --by cause", "head logs/a.txt"):
        told = fresh(line)
        assert "oss:GetObject" in told.out + told.err, told
        assert "oss:ListObjects" not in told.out + told.err

    fresh.server.clear_faults()
    fresh.server.fault("status", operation="list", status=403)
    refused = fresh("ls logs/").err
    assert "oss:ListObjects" in refused
    assert "oss:GetObject" not in refused


def test_who_may_not_list_is_told_how_to_fetch_a_key_all_the_same(
    fresh: Driver, own: Launcher
) -> None:
    fresh.server.put("logs/a.txt", b"a")
    address = f"oss://{fresh.server.bucket}/logs/a.txt"
    fresh.server.fault("status", operation="list", status=403)

    refused = fresh("get logs/a.txt").err
    fresh("cat logs/a.txt > here.txt")
    as_verb = own("get", address).stderr
    fetched = own("cat", address)

    assert "'cat KEY > FILE' fetches a known key without it" in refused
    assert (own.folder / "here.txt").read_bytes() == b"a"
    assert "'ossh cat KEY > FILE' fetches" in as_verb
    assert (fetched.stdout, fetched.stderr) == ("a", "")


@pytest.mark.parametrize("line", ["ls >", "ls >>", "ls > a b", "ls > > a", "ls >a | cat"])
def test_just_one_file_stands_behind_the_sign(say: Driver, line: str) -> None:
    said = say(line)

    sign = ">>" if ">>" in line else ">"
    assert said.err.startswith(f"error: one file name belongs after '{sign}'\nhint: quote a name")
    assert said.status == 2
    assert list(say.folder.iterdir()) == []


def test_a_star_among_totals_is_explained_where_there_is_one(
    say: Driver, capfd: pytest.CaptureFixture[str]
) -> None:
    told = "'*' stands for the objects directly at a level"

    assert any(line.endswith(" *") for line in on_screen(say, "du"))
    assert told in capfd.readouterr().err
    on_screen(say, "du archive/")
    assert told not in capfd.readouterr().err
    assert told not in say("du").err


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ('cd "d/an end "', "'get 'd/an end '' downloads it"),
        ('head "d/a level/"', "'ls 'd/a level/'' shows the objects below it, 'get 'd/a level/'' "),
        ('get "d/a lev"', "for every key that starts with it: get 'd/a lev**'"),
        ('cd "d/a lev"', "for all keys that start with it: cd 'oss://demo-bucket/d/a lev'"),
        ('get d/ --to x --name "my job"', "or continue that job: 'resume 'my job''"),
        ('get --from "my job"', "hint: 'resume 'my job'' continues it"),
        ('get --from "{elsewhere}"', "hint: 'resume '{elsewhere}'' continues it"),
    ],
)
def test_a_name_with_a_space_is_quoted_as_it_is_typed(fresh: Driver, line: str, hint: str) -> None:
    fresh.server.put("d/an end ", b"x")
    fresh.server.put("d/a level/x", b"x")
    assert fresh('get "d/a level/" --name "my job"').status == 0
    elsewhere = fresh.folder / "else where" / "other.toml"
    elsewhere.parent.mkdir()
    for suffix in (".toml", ".sqlite"):
        saved = (fresh.folder / "jobs" / "my job").with_suffix(suffix)
        elsewhere.with_suffix(suffix).write_bytes(saved.read_bytes())

    said = fresh(line.format(elsewhere=elsewhere.as_posix()))

    assert said.status == 2, said
    assert hint.format(elsewhere=elsewhere) in said.err


def test_an_archive_is_looked_into(fresh: Driver, capfd: pytest.CaptureFixture[str]) -> None:
    fresh.server.put("sets/data.zip", zipped({"inside.txt": b"x\n"}))
    fresh.server.put("logo.png", b"\x89PNG\r\n\x1a\n\0\0")

    for line, shown in (
        ("head -n 3 sets/data.zip", "sets/data.zip/"),
        ("cat sets/data.zip", "sets/data.zip/"),
        (f"cat {fresh.session.place.address}sets/data.zip", "sets/data.zip/"),
    ):
        on_screen(fresh, line)
        assert capfd.readouterr().err.splitlines()[-2:] == [
            "error: 'sets/data.zip' is not text",
            f"hint: it is a ZIP archive: 'ls {shown}' shows what is in it",
        ]
    on_screen(fresh, "head logo.png")
    assert "--binary writes it" in capfd.readouterr().err
    fresh("cd sets")
    on_screen(fresh, "head data.zip")
    assert "'ls data.zip/'" in capfd.readouterr().err


@pytest.mark.parametrize("line", ["ls --suffix .gz, .csv", "get --to x --suffix .gz, .csv"])
def test_a_space_behind_a_comma_is_told_and_loses_no_value(say: Driver, line: str) -> None:
    said = say(line)

    assert said.status == 2
    assert "a value is missing in '.gz,'; values are written without spaces" in said.err


def test_a_hint_about_a_job_that_is_not_open_names_it(say: Driver) -> None:
    say("save logs/ --to x")
    say("save photos/ --to photos")

    for line in ("verify x", "status x --key logs/a", "failures x --by cause"):
        assert say(line).err.endswith("hint: 'resume x' runs it\n")
    assert say("verify").err.endswith("hint: 'get' runs it\n")


def test_a_name_with_a_quote_can_be_typed_as_a_hint_has_it(fresh: Driver) -> None:
    fresh.server.put("it's mine.txt", b"x")

    refused = fresh("""cd "it's mine.txt\"""")
    [line] = re.findall("'(get .*)' downloads it", refused.err)
    done = fresh(line)

    assert (refused.status, done.status) == (2, 0), done.err
    assert done.lines == [str(fresh.folder / "it's mine.txt")]


def test_programs_get_advice_as_the_summary_has_it(launch: Launcher) -> None:
    (launch.folder / "web").mkdir()
    (launch.folder / "web" / "index.html").write_text("mine", encoding="utf-8")
    advice = "'ossh --demo retry web --replace' moves what is in their place"

    told = launch("--demo", "get", "web/", "--to", "web")
    listed = launch("--demo", "failures", "web", "--by", "cause")
    as_json = launch("--demo", "failures", "web", "--by", "cause", "--json")

    assert advice in told.stdout
    assert advice in listed.stdout
    assert json.loads(as_json.stdout)["advice"].startswith(advice)


def test_advice_on_a_job_that_is_not_open_names_it(say: Driver) -> None:
    (say.folder / "web").mkdir()
    (say.folder / "web" / "index.html").write_text("mine", encoding="utf-8")
    say("get web/ --to web --background")
    say("save photos/ --to photos")

    waited, explained = say("wait").out, " ".join(on_screen(say, "failures web --by cause"))

    for shown in (waited, explained):
        assert "'retry web --replace' moves" in shown
    assert "next: 'failures web' explains them" in waited

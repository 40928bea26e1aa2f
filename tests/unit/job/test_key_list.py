"""Lists of keys, as people and their spreadsheets save them."""

import csv
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.errors import LocalError, UsageError
from ossh.job import key_list
from tests.planting import where_nobody_can_look

KEYS = ("a,b.gz", "d;e.gz", "日志/一.gz", 'say "hi".gz', "two\nlines.gz", "z end ")
ROWS = [[key, "denied: access denied (request 5C3D)", "1"] for key in KEYS]
HEAD = ["key", "last_error", "retry_count"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "failed.csv"


def table(path: Path, rows: list[list[str]], *, delimiter: str, encoding: str, end: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return path


@pytest.mark.fault("F50")
@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gbk", "gb18030"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_however_a_spreadsheet_saved_it(
    path: Path, delimiter: str, encoding: str, end: str
) -> None:
    table(path, [HEAD, *ROWS], delimiter=delimiter, encoding=encoding, end=end)

    assert key_list.read(path) == tuple(sorted(KEYS))


COLUMNS = b"retry_count;KEY ;last_error\r\n1;b.gz;denied;;\r\n\r\n;a.gz;\r\n;;;\r\n1;b.gz;\r\n"


@pytest.mark.fault("F50")
@pytest.mark.parametrize(
    ("data", "keys"),
    [
        pytest.param(COLUMNS, ("a.gz", "b.gz"), id="columns in any order, and more behind them"),
        pytest.param(b"sep=;\n" + COLUMNS, ("a.gz", "b.gz"), id="a note of Excel to itself"),
        pytest.param(b"retry_count,key\r1,a\r1,b\r", ("a", "b"), id="line ends of an old Mac"),
        (b"sep=\t\nn\tkey\t\n1\ta\t2\n", ("a",)),
        (b"key\t\na\tx\n", ("a",)),
        (b"sep=\t\ncause, why\tkey\nx\ta\n", ("a",)),
        *((head + b"\na.gz\n", ("a.gz",)) for head in (b"key", b"KEY", b"sep=;\nkey")),
    ],
)
def test_a_table_may_look_otherwise(path: Path, data: bytes, keys: tuple[str, ...]) -> None:
    path.write_bytes(data)

    assert key_list.read(path) == keys


@pytest.mark.fault("F50")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk"])
def test_a_plain_list_has_a_key_a_line_taken_as_it_is(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "keys.txt"
    text = '日志/一.gz\r\n\r\n"quoted",and more.gz\r\n end \rXX\n'
    path.write_bytes(text.encode(encoding))

    assert key_list.read(path) == (" end ", '"quoted",and more.gz', "XX", "日志/一.gz")


def test_a_list_in_utf_16_may_begin_with_a_byte_that_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    path.write_bytes("一.gz\nb\n".encode("utf-16-le"))

    assert key_list.read(path) == ("b", "一.gz")


LIST = "a table with a column 'key', or a plain list with one key a line"
NAMES = "the columns are name, last_error"
LACKS = "remove the line, or add its key"
NO_KEY = ", line 1: no column is named 'key'"
NO_COLUMN = "several columns, but none is named 'key'"
COMMA = 'put a key that contains a delimiter in quotes: "a,b"'
QUOTE = "check for an unclosed quote"
ENCODINGS = "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8'); UTF-16 and GBK are read too"


@pytest.mark.fault("F50")
@pytest.mark.parametrize(
    ("data", "said", "hint"),
    [
        (b"", " contains no keys", f"accepted: {LIST}"),
        (b"key,last_error\n", " contains no keys", f"accepted: {LIST}"),
        *(
            (f"{one},X\na.gz,x\n".encode(), NO_KEY, f"the columns are {one}, x")
            for one in ["last_error", "retry_count", "cause", "code", "request_id", "path"]
        ),
        (b"SEP=;\nname;last_error\n", ", line 2: no column is named 'key'", NAMES),
        (b"a.gz\nb.gz,denied\n", f", line 2: {NO_COLUMN}", LIST),
        (b"key,n\na,1\n,2\n", ", line 3: it has no key", LACKS),
        (b"n,key\n1,a\n2\n", ", line 3: it has no key", LACKS),
        (b'n,key\n"1\n2",a\n\n2\n', ", line 5: it has no key", LACKS),
        (b"sep=,\nkey,n\na,1\n,2\n", ", line 4: it has no key", LACKS),
        (b"key\na\nb,c\n", ", line 3: 2 fields, but the first line names 1", COMMA),
        (b'key,n\na,1\n"b,2\nc,3\n', ", line 3: not a table row (", QUOTE),
        (b"key\n" + b"x" * 1024, f", line 2: '{'x' * 40}…' is too long for a key", LIST),
        ("é".encode() * 512, f", line 1: '{'é' * 40}…' is too long for a key", LIST),
        (b"x" * 200_000, ", line 1: 'xxx", LIST),
        (b"a\n" + b'"' + b"x" * 200_000 + b'"\n', ", line 2: '\"xxx", LIST),
        (b"a,b\n" * 40_000 + b"x," * 200_000, f", line 1: {NO_COLUMN}", LIST),
        (b"key,n\na,1\n" + b"x" * 200_000 + b",2\n", ", line 3: not a table row (", QUOTE),
        (b"key,n\na,1\nb," + b"x" * 200_000 + b"\n", ", line 3: not a table row (", QUOTE),
        (b"key\na\nb\n\xff\xff\n", ", line 4: text in an unknown encoding", ENCODINGS),
        (b"a.gz\0b.gz\0c\0", ", line 1: contains a NUL character", LIST),
        (b"\xff\xfek\0e\0y\0\n\0a", ", line 2: text in an unknown encoding", ENCODINGS),
    ],
)
def test_what_is_no_list_is_one_error_that_names_the_line(
    path: Path, data: bytes, said: str, hint: str
) -> None:
    path.write_bytes(data)

    with pytest.raises(UsageError) as caught:
        key_list.read(path)

    assert str(caught.value).startswith(f"'{path}'{said}")
    assert caught.value.hint == hint
    assert (caught.value.status, str(caught.value).count("\n")) == (2, 0)


def test_the_longest_key_of_the_service_is_one(path: Path) -> None:
    path.write_text("x" * 1023, encoding="utf-8")

    assert key_list.read(path) == ("x" * 1023,)


def test_what_no_memory_should_hold_is_not_read(path: Path) -> None:
    with path.open("wb") as file:
        os.truncate(file.fileno(), (256 << 20) + 1)

    with pytest.raises(UsageError) as caught:
        key_list.read(path)

    assert str(caught.value) == f"'{path}' is too large"
    assert caught.value.hint == "accepted: up to 256 MiB; split it in two"


def test_a_list_that_is_not_there_or_no_file_is_said_so(tmp_path: Path) -> None:
    missing = tmp_path / "none"

    with pytest.raises(UsageError) as of_a_job:
        key_list.read(missing)
    with pytest.raises(UsageError) as of_a_person:
        key_list.read(missing, jobs=tmp_path)
    with pytest.raises(LocalError, match=re.escape(f"cannot read '{tmp_path}'")):
        key_list.read(tmp_path)

    assert str(of_a_job.value) == str(of_a_person.value) == f"there is no list of keys '{missing}'"
    assert [of_a_job.value.hint, of_a_person.value.hint] == [
        "a list is a file on this machine; a relative path starts at the current directory",
        "--from takes a job, or a file on this machine, relative to the current directory",
    ]


def test_a_pipe_is_read_for_a_person_alone_and_never_among_jobs(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no named pipes in folders")
    pipe, jobs = tmp_path / "pipe", tmp_path / "jobs"
    os.mkfifo(pipe)

    threading.Thread(target=pipe.write_bytes, args=(b"a.gz\n",), daemon=True).start()
    assert key_list.read(pipe, jobs=jobs) == ("a.gz",)
    for refused in (None, tmp_path):
        with pytest.raises(LocalError, match="cannot read"):
            key_list.read(pipe, jobs=refused)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_may_be_a_list_but_not_a_copy_of_ours(tmp_path: Path) -> None:
    name = key_list.keep(("a",), tmp_path / "elsewhere")
    for link in ("link.csv", name):
        (tmp_path / link).symlink_to(tmp_path / "elsewhere" / name)

    assert key_list.read(tmp_path / "link.csv") == ("a",)
    with pytest.raises(LocalError, match="cannot read"):
        key_list.read(tmp_path / name)


def test_a_copy_is_named_after_its_keys_and_known_by_name_and_place(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "jobs"

    name = key_list.keep(("a", "b,c"), folder)

    assert name == key_list.kept_name(("a", "b,c")) == "keys-2bedbaeacc.csv"
    assert (folder / name).read_bytes() == b'key\r\na\r\n"b,c"\r\n'
    assert key_list.kept_name(()) == ""
    found = [folder / name, tmp_path / name, folder / "keys.csv", folder / f"{name}.csv"]
    assert [key_list.is_kept(one, folder) for one in found] == [True, False, False, False]


def test_a_copy_that_cannot_be_kept_says_how_to_choose_another_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(LocalError, match=r"cannot write '.*file.keys-\w+\.csv'") as caught:
        key_list.keep(("a",), tmp_path / "file")

    assert caught.value.hint == "choose another jobs folder: --jobs-dir"


def test_two_processes_may_keep_the_same_list_at_once(tmp_path: Path) -> None:
    wanted = tuple(f"key-{number:05}" for number in range(2000))

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: key_list.keep(wanted, tmp_path), range(200)))

    assert [path.name for path in tmp_path.iterdir()] == list(names)


@settings(deadline=None)  # files, on a machine that may be busy
@given(
    st.sets(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), min_size=1)
)
def test_whatever_is_kept_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, some: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("jobs")
    wanted = tuple(sorted(some))

    name = key_list.keep(wanted, folder)

    assert key_list.read(folder / name) == wanted
    assert key_list.keep(wanted, folder) == name
    assert [path.name for path in folder.iterdir()] == [name]


@pytest.mark.fault("F52")
@pytest.mark.parametrize(
    "text",
    [
        "[Credentials]\naccessKeyID=x\n",
        "accessKeySecret = hush\n",
        "a.gz\nexport TOKEN='hush'\n",
        '  "password": "hush",\n',
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n",
        "\n<!DOCTYPE html>\n<p>",
        "<?xml version='1.0'?>\n",
        '{"a": 1}\n',
        "{\n",
        "#!/bin/sh\nrm -r x\n",
        "a.gz\nLTAI5tFakeFakeFakeFake12\n",
        "\x7fELF\x02\x01\x01",
    ],
)
def test_a_file_that_is_plainly_no_list_of_keys_is_refused_and_not_quoted(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "list"
    path.write_text(text)

    with pytest.raises(UsageError, match="this looks like another kind of file") as error:
        key_list.read(path)
    assert "hush" not in f"{error.value} {error.value.hint}"


def test_an_address_is_not_taken_for_a_key_unless_a_table_says_so(tmp_path: Path) -> None:
    path, line = tmp_path / "list", "oss://bucket/a.gz"
    path.write_text(f"b.gz\n{line}\n")

    with pytest.raises(UsageError, match="line 2: this is an address, not a key") as told:
        key_list.read(path)
    table = path.with_suffix(".csv")
    table.write_text(f"key\n{line}\n")

    assert str(told.value.hint).startswith("leave out 'oss://BUCKET/'; if this is a key, ")
    assert key_list.read(table) == (line,)


@pytest.mark.parametrize(
    "key",
    [
        *("token=5/a.gz", "[draft] one.gz", "{a}/b", "my-secrets.txt", "passwords", "<a>", "#1"),
        *("\tx", "key", "Key", "path", "last_error"),  # as columns are named
    ],
)
def test_keys_that_only_resemble_other_files_or_columns_are_taken(tmp_path: Path, key: str) -> None:
    path = tmp_path / "list"
    path.write_text(f"{key}\na,b.gz\n")

    assert key_list.read(path) == tuple(sorted((key, "a,b.gz")))


@pytest.mark.fault("F52")
@pytest.mark.parametrize(
    ("name", "is_below"),
    [
        *((name, True) for name in ("keys.csv", "./keys.csv", "sub/keys.csv", "missing.csv")),
        *((name, True) for name in ("link-within.csv", "link-circle")),
        *((name, False) for name in ("../keys.csv", "sub/../keys.csv", ".git/../keys.csv")),
        *((name, False) for name in (".env", ".git/config", "sub/.npmrc", ".link-shown")),
        *((name, False) for name in ("link-out.csv", "link-folder/keys.csv", "link-hidden.csv")),
    ],
)
def test_a_list_of_a_job_lies_beside_it_or_below(
    tmp_path: Path, name: str, *, is_below: bool
) -> None:
    folder = tmp_path / "jobs"
    (folder / "sub").mkdir(parents=True)
    for one in (tmp_path / "keys.csv", folder / "keys.csv"):
        one.touch()
    (folder / "link-within.csv").symlink_to("keys.csv")
    (folder / "link-out.csv").symlink_to("../keys.csv")
    (folder / "link-folder").symlink_to(tmp_path)
    (folder / "link-hidden.csv").symlink_to(".env")
    (folder / ".link-shown").symlink_to("keys.csv")
    (folder / "link-circle").symlink_to("link-circle")

    assert key_list.lies_below(name, folder) is is_below
    assert not key_list.lies_below(str(folder / name), folder)


def test_a_list_that_cannot_be_read_was_not_edited(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot read"):
        key_list.fingerprint(where_nobody_can_look(tmp_path))

    assert key_list.fingerprint(tmp_path / "gone.csv") == "gone.csv"

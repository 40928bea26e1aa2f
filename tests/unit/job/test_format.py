"""The text of a job file: both ways, and every mistake is named with what would be accepted."""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ossh.errors import JobFileError, UsageError
from ossh.job.format import dumps, loads
from ossh.model import Source, Target, TransferSettings
from ossh.selection import Selection
from ossh.shard import Shard
from tests import usual

PATH = Path("jobs/logs.toml")
LEAST = """\
version = 1
[source]
endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
bucket = "my-bucket"
[target]
directory = "./logs"
"""
DESIGN = """\
version = 1                      # the job's name is the file's
created = 2026-11-25T08:00:00Z

[source]
endpoint = "https://oss-cn-hangzhou.aliyuncs.com"
region = "cn-hangzhou"
bucket = "my-bucket"
prefix = "logs/2026/"
profile = "work"                 # where credentials come from; never the credentials

[filter]
suffix = [".gz"]
exclude = ["**/tmp/**"]
min_size = "1KiB"
newer = 2026-01-01T00:00:00Z

[target]
directory = "./logs"
names = "native"                 # or "portable": names that every system accepts

[transfer]
connections = 512
part_size = "16MiB"
max_attempts = 3
rate = "0"                       # bytes/s, 0 = no limit
"""
JOB = usual.job(PATH, created=datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC))


def refusal(text: str) -> JobFileError:
    with pytest.raises(JobFileError) as caught:
        loads(text, PATH)
    return caught.value


# Both ways


REPORT = "oss://reports/my-bucket/weekly/2026-01-01T00-00Z/manifest.json"


def test_an_inventory_is_part_of_the_source() -> None:
    job = loads(LEAST.replace("[target]", f'inventory = "{REPORT}"\n[target]'), PATH)

    assert job.inventory == REPORT
    assert loads(dumps(job), PATH) == job


WHOLE = """\
version = 1                      # the job's name is the file's
created = 2026-11-25T08:00:00Z

[source]
endpoint = "http://x.example:80"
region = "cn-hangzhou"
bucket = "b-1"
prefix = "logs/"
keys = "keys.csv"                # only these
as_of = 2026-01-01T00:00:00Z     # the bucket as it was then
profile = "work"                 # where credentials come from; never the credentials
addressing = "cname"
anonymous = true
requester_pays = true
sign_host = false

[filter]
suffix = [".gz", ".csv"]
glob = ["*.gz"]
include = ["a/**"]
exclude = ["**/tmp/**"]
min_size = "1KiB"
max_size = "20MB"
newer = 2026-01-01T00:00:00Z
older = "7d"
regex = ["x"]
class = ["IA"]
shard = "3/16"

[target]
directory = "x"
names = "portable"               # or "portable": names that every system accepts
existing = "replace"
links = "record"
strip_prefix = 1
mirror = true
max_gone = "500"

[transfer]
connections = 1
processes = 2
part_size = "64KiB"
max_attempts = 4
rate = "20MB"                    # bytes/s, 0 = no limit
patience = "90s"
durable = true
"""
ONE_OBJECT = """\
version = 1                      # the job's name is the file's
created = 2026-11-25T08:00:00Z
once = true                      # removed once its object is here

[source]
endpoint = "http://x.example:80"
bucket = "b-1"
key = "a/k"                      # this object alone
version_id = "v1"                # of the key above

[target]
directory = "x"
file = "X 2.bin"
names = "native"                 # or "portable": names that every system accepts
flat = true

[transfer]
connections = 512
part_size = "16MiB"
max_attempts = 3
rate = "0"                       # bytes/s, 0 = no limit
"""


def test_every_field_is_written_in_its_place_and_read_again() -> None:
    as_of = datetime(2026, 1, 1, tzinfo=UTC)
    job = replace(
        JOB,
        source=Source(
            *("http://x.example:80", "cn-hangzhou", "b-1", "logs/", "work", "cname"),
            anonymous=True,
            requester_pays=True,
            sign_host=False,
            as_of=as_of,
        ),
        keys="keys.csv",
        selection=Selection(
            suffix=(".gz", ".csv"),
            glob=("*.gz",),
            include=("a/**",),
            exclude=("**/tmp/**",),
            min_size=1024,
            max_size=20_000_000,
            newer=as_of,
            older=timedelta(days=7),
            regex=("x",),
            storage_class=("IA",),
            shard=Shard(3, 16),
        ),
        target=Target(
            *("x", "portable", "replace", "record"), strip_prefix=1, mirror=True, max_gone="500"
        ),
        transfer=TransferSettings(1, 64 * 1024, 4, 20_000_000, 90.0, 2, durable=True),
    )

    assert dumps(job) == WHOLE
    assert loads(WHOLE, PATH) == job


def test_what_a_file_does_not_say_is_as_usual() -> None:
    source = Source("https://oss-cn-hangzhou.aliyuncs.com", "", "my-bucket")

    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert loads(LEAST, PATH) == usual.job(PATH, "./logs", source=source, created=epoch)


def test_a_job_of_one_object_is_written_and_read_again() -> None:
    job = replace(
        JOB,
        source=Source("http://x.example:80", "", "b-1", "a/k"),
        selection=Selection(),
        target=Target("x", file="X 2.bin", flat=True),
        is_key=True,
        version_id="v1",
        once=True,
    )

    assert dumps(job) == ONE_OBJECT
    assert loads(ONE_OBJECT, PATH) == job


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("newer = 2026-01-01T08:00:00+08:00", datetime(2026, 1, 1, tzinfo=UTC)),
        ('newer = "2026-01-01T00:00:00Z"', datetime(2026, 1, 1, tzinfo=UTC)),
        ("newer = 2026-01-01", datetime(2026, 1, 1).astimezone()),
        ("newer = 2026-01-01T08:30:00", datetime(2026, 1, 1, 8, 30).astimezone()),
        ('newer = "7d"', timedelta(days=7)),
    ],
)
def test_moments_are_read_in_every_form(line: str, moment: datetime | timedelta) -> None:
    assert loads(f"{LEAST}[filter]\n{line}", PATH).selection.newer == moment


def test_a_moment_of_the_source_is_written_as_that_of_utc() -> None:
    job = loads(LEAST.replace("[target]", "as_of = 2026-01-01T09:00:00+08:00\n[target]"), PATH)

    assert job.is_of_versions
    assert "as_of = 2026-01-01T01:00:00Z" in dumps(job)


# Mistakes


WRONG, NO_TEXTS = "is of the wrong type", "contains an empty or wrong value"
TEXT_WANTED = "a string in double quotes"
TEXTS_WANTED = 'strings such as ["*.gz", "*.csv"]'
FLAG_WANTED = "true or false"
SIZES_WANTED = "sizes such as 500, 64KiB, 1.5G or 20MB"
LARGEST_WANTED = "numbers up to 9223372036854775807"
MOMENT_WANTED = '2026-01-01, 2026-01-01T08:00:00Z or "7d"'
BELOW_WANTED = (
    "a relative path to a file in that folder or below it, without '..', hidden names, or links "
    "that lead outside"
)
NUMBER_WANTED = "a whole number from {} to {}"
KEY_NEEDED = "only with [source] key"
PATH_WANTED = "a path that this system accepts"
DATE_WANTED = "a date such as 2026-01-01T08:00:00Z"
AGES_WANTED = "1m (a minute), 12h, 7d, 30d (about a month), 2026-01-01 and 2026-01-01T08:00:00Z"
TIMES_WANTED = "durations such as 90s, 1m (a minute), 1h, 7d or 30d (about a month)"
ADDRESS_WANTED = '"https://oss-cn-hangzhou.aliyuncs.com"'
BUCKET_WANTED = "only the name: letters, digits and '-'"
OUTSIDE = "is outside the folder of the job file, or hidden"
NO_REPORT = "is not the address of an inventory"
NO_SHARE = "is wrong: 'x' is not a number or a percentage"
KNOWN_OF_TRANSFER = "connections, durable, max_attempts, part_size, patience, processes, rate"
KNOWN = "created, filter, once, source, target, transfer, version"


def with_line(table: str, line: str) -> tuple[str, int]:
    """Return the least text with one line that is new or another, and that line's number."""
    field = line.partition(" = ")[0]
    lines = [one for one in LEAST.splitlines() if not one.startswith(f"{field} = ")]
    head = f"[{table}]"
    if table and head not in lines:
        lines.append(head)
    at = lines.index(head) + 1 if table else 0
    lines.insert(at, line)
    return "\n".join(lines), at + 1


def each(table: str, fields: str, wrong: str, reason: str, accepted: str) -> list[tuple[str, ...]]:
    """Return what is said of one wrong value in each of some fields."""
    return [(table, f"{field} = {wrong}", reason, accepted) for field in fields.split()]


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("table", "line", "reason", "accepted"),
    [
        ("", 'version = "1"', WRONG, NUMBER_WANTED.format(1, 1 << 31)),
        ("", "version = 0", "is 0", NUMBER_WANTED.format(1, 1 << 31)),
        ("", 'created = "7d"', "is relative", DATE_WANTED),
        ("", "once = 1", WRONG, FLAG_WANTED),
        ("", "colour = 1", "is unknown", KNOWN),
        ("", "transfer = 5", WRONG, "a table that begins with [transfer]"),
        *each("source", "endpoint region prefix key version_id profile", "5", WRONG, TEXT_WANTED),
        *each("source", "anonymous requester_pays sign_host", "1", WRONG, FLAG_WANTED),
        *(
            ("source", f'endpoint = "{wrong}"', "is not an address", ADDRESS_WANTED)
            for wrong in (
                *("ftp://x.example", "https://x.example/b", "https://", "https://x y"),
                *("http://x:99999", "http://x:0"),
            )
        ),
        ("source", 'bucket = ""', "is empty", TEXT_WANTED),
        ("source", 'bucket = ["b"]', WRONG, TEXT_WANTED),
        ("source", 'bucket = "a/b"', "is not a bucket name", BUCKET_WANTED),
        ("source", 'keys = "a\\u0000"', "contains a NUL character", PATH_WANTED),
        ("source", 'keys = "../keys.csv"', OUTSIDE, BELOW_WANTED),
        ("source", 'version_id = "v"', "needs a key", "only with 'key'"),
        ("source", 'inventory = "oss://b/weekly/"', NO_REPORT, "oss://BUCKET/…/manifest.json"),
        ("source", "as_of = 3", WRONG, MOMENT_WANTED),
        ("source", 'as_of = "7d"', "is relative", DATE_WANTED),
        ("source", 'addressing = "x"', "is 'x'", '"auto" or "cname"'),
        ("filter", "suffix = [1]", NO_TEXTS, TEXTS_WANTED),
        ("filter", 'suffix = [""]', NO_TEXTS, TEXTS_WANTED),
        ("filter", "suffix = {}", NO_TEXTS, TEXTS_WANTED),
        *each("filter", "glob include exclude regex class", "1", NO_TEXTS, TEXTS_WANTED),
        *each("filter", "min_size max_size", "-1", "is -1", "a size of 0 or more"),
        *each("filter", "newer older", "7", WRONG, MOMENT_WANTED),
        ("filter", "newer = 08:00:00", WRONG, MOMENT_WANTED),
        ("filter", 'newer = "7"', "is wrong: '7' is not a date or an age", AGES_WANTED),
        ("filter", "shard = 3", WRONG, TEXT_WANTED),
        ("target", 'directory = " "', "is empty", TEXT_WANTED),
        ("target", 'directory = "a\\u0000"', "contains a NUL character", PATH_WANTED),
        pytest.param(
            "target",
            'directory = "~nobody who lives here/x"',
            "is in a home folder that does not exist",
            '"../downloads"',
            marks=pytest.mark.skipif(
                sys.platform == "win32", reason="there it would be beside one's own"
            ),
        ),
        *(
            ("target", f'file = "{wrong}"', "is not a file name", "a name without '/'")
            for wrong in ("..", ".", "../x", "/etc/x", "a/b")
        ),
        ("target", 'file = "x"', "needs a key", KEY_NEEDED),
        ("target", "names = 5", WRONG, TEXT_WANTED),
        ("target", 'names = "windows"', "is 'windows'", '"native" or "portable"'),
        ("target", 'names = "\\u001b[31m"', r"is '\x1b[31m'", '"native" or "portable"'),
        ("target", 'existing = "x"', "is 'x'", '"keep" or "replace"'),
        ("target", 'links = "copy"', "is 'copy'", '"follow" or "record"'),
        *each("target", "flat mirror", "1", WRONG, FLAG_WANTED),
        ("target", "strip_prefix = -1", "is -1", NUMBER_WANTED.format(0, 1023)),
        ("target", "strip_prefix = 1024", "is 1024", NUMBER_WANTED.format(0, 1023)),
        ("target", "max_gone = true", WRONG, 'a number such as 500, or "50%"'),
        ("target", 'max_gone = "x"', NO_SHARE, "numbers such as 500 or 50%"),
        ("transfer", "connections = 0", "is 0", NUMBER_WANTED.format(1, 1024)),
        ("transfer", "connections = 1025", "is 1025", NUMBER_WANTED.format(1, 1024)),
        ("transfer", 'connections = "64"', WRONG, NUMBER_WANTED.format(1, 1024)),
        ("transfer", "connections = true", WRONG, NUMBER_WANTED.format(1, 1024)),
        ("transfer", f"connections = {1 << 63}", "is too large a number", LARGEST_WANTED),
        ("transfer", "processes = -1", "is -1", NUMBER_WANTED.format(0, 64)),
        ("transfer", "processes = 65", "is 65", NUMBER_WANTED.format(0, 64)),
        ("transfer", "part_size = 65535", "is 65535", "a size of 64KiB or more"),
        ("transfer", 'part_size = "16XB"', "is wrong: '16XB' is not a size", SIZES_WANTED),
        ("transfer", "max_attempts = 0", "is 0", NUMBER_WANTED.format(1, 100)),
        ("transfer", "max_attempts = 101", "is 101", NUMBER_WANTED.format(1, 100)),
        ("transfer", "max_attempts = 3.5", WRONG, NUMBER_WANTED.format(1, 100)),
        ("transfer", "rate = -1", "is -1", "a size of 0 or more"),
        ("transfer", "rate = 1.5", WRONG, 'a size such as "16MiB" or 500'),
        ("transfer", "patience = -1", WRONG, 'a duration such as "90s" or "1h"'),
        ("transfer", 'patience = "soon"', "is wrong: 'soon' is not a duration", TIMES_WANTED),
        ("transfer", "durable = 1", WRONG, FLAG_WANTED),
        ("transfer", "speed = 0", "is unknown", KNOWN_OF_TRANSFER),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_what_is_accepted(
    table: str, line: str, reason: str, accepted: str
) -> None:
    text, number = with_line(table, line)

    error = refusal(text)

    field = f"[{table}] ".removeprefix("[] ") + line.partition(" = ")[0]
    assert str(error) == f"'{PATH}', line {number}: '{field}' {reason}"
    assert error.hint == f"accepted: {accepted}"
    assert error.status == 2


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ("source", 'endpoint = "http://x.example:1"'),
        ("source", 'endpoint = "http://[::1]:65535/"'),
        ("filter", "min_size = 0\nmax_size = 0"),
        ("target", "strip_prefix = 1023\nmax_gone = 0"),
        ("transfer", "connections = 1\nprocesses = 0\nmax_attempts = 1\npatience = 0"),
        ("transfer", "connections = 1024\nprocesses = 64\nmax_attempts = 100"),
        ("transfer", f"part_size = 65536\nrate = {(1 << 63) - 1}"),
    ],
)
def test_the_least_and_the_most_are_accepted(table: str, lines: str) -> None:
    assert loads(with_line(table, lines)[0], PATH).path == PATH


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("lost", "said", "accepted"),
    [
        ("version", "'version' is missing", "a line such as version = 1"),
        ("[source]", "'endpoint' is unknown", KNOWN),
        (
            "endpoint",
            "'[source] endpoint' is missing",
            f"a line such as endpoint = {ADDRESS_WANTED}",
        ),
        ("bucket", "'[source] bucket' is missing", 'a line such as bucket = "my-bucket"'),
        (
            "directory",
            "'[target] directory' is missing",
            'a line such as directory = "../downloads"',
        ),
    ],
)
def test_what_is_needed_and_missing_is_named_with_an_example(
    lost: str, said: str, accepted: str
) -> None:
    lines = LEAST.splitlines()

    error = refusal("\n".join(line for line in lines if not line.startswith(lost)))

    assert str(error).endswith(said)
    assert error.hint == f"accepted: {accepted}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DESIGN + "created = 1", ", line 26: '[transfer] created' is unknown"),
        (
            LEAST + '[ filter ]\n "suffix" = 1',
            ", line 8: '[filter] suffix' contains an empty or wrong value",
        ),
        (LEAST + "[transfer]\nrate.x = 1", ", line 8: '[transfer] rate' is of the wrong type"),
        ("source.region = 5\n" + LEAST.replace("[source]", ""), ", line 4: 'endpoint' is unknown"),
        (LEAST + "[colours]", ", line 7: 'colours' is unknown"),
        (LEAST.replace("bucket", "buckt"), ", line 4: '[source] buckt' is unknown"),  # not: missing
        (LEAST.replace("[source]", "[sorce]"), ", line 2: 'sorce' is unknown"),
        ("version = 1\na.b.c.d = 1", ", line 2: 'a' is unknown"),
        ("source = {region = 5}\nversion = 1", ": '[source] endpoint' is missing"),
        ('version = 1\nsource = {"a\\u001b" = 5}', ": '[source] a\\x1b' is unknown"),
        (LEAST + "x" * 300 + " = 1", f", line 7: '[target] {'x' * 190}…' is unknown"),
    ],
)
def test_a_field_is_found_in_its_own_table_however_that_is_written(text: str, said: str) -> None:
    assert str(refusal(text)) == f"'{PATH}'{said}"


@pytest.mark.parametrize(
    ("lines", "said", "hint"),
    [
        (
            'min_size = "2KiB"\nmax_size = 1',
            "no object can match: min-size 2KiB exceeds max-size 1",
            "change or remove one of the filters",
        ),
        (
            'shard = "\\u001b[31m"',
            "'\\x1b[31m' is not a shard",
            "write I/N with I from 1 to N, such as 3/16",
        ),
    ],
)
def test_filters_that_cannot_be_are_refused_with_their_reason(
    lines: str, said: str, hint: str
) -> None:
    error = refusal(f"{LEAST}[filter]\n{lines}")

    assert (str(error), error.hint) == (f"'{PATH}': [filter] {said}", hint)


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1\nbucket = my-bucket\n", ": invalid value (at line 2, column 10)"),
        ("version = 1\nversion = 2\n", ": cannot overwrite a value (at line 2, column 12)"),
        ('version = """1', ": unterminated string (at end of document)"),
        ("version = " + "9" * 5000, ": a number has too many digits"),
        ("version = " + "[" * 20_000, ": lists or tables are nested too deeply"),
        ("version = 1\na.b.c.d.e = 1", ": lists or tables are nested too deeply"),
    ],
)
def test_what_is_no_toml_is_named_with_its_place(text: str, said: str) -> None:
    error = refusal(text)

    assert str(error) == f"'{PATH}'{said}"
    assert (
        error.hint == 'accepted: TOML, with [table] lines and field = "text", 5, true, ["a", "b"]'
    )


def test_a_newer_format_is_refused() -> None:
    error = refusal(DESIGN.replace("version = 1", "version = 2"))

    assert str(error) == f"'{PATH}' has format 2; this ossh reads formats up to 1"
    assert error.hint == "use the newer ossh that wrote it"


# Secrets

KEY_ID = "LTAI5tFakeFakeFakeFake12"
SECRET = "aB3dEfGhIjKlMnOpQrStUvWxYz0123"


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('profile = "work"', f'access_key_secret = "{SECRET}"'),
        ('profile = "work"', f'accessKeySecret = "{SECRET}"'),
        ('profile = "work"', f'profile = "{SECRET}"'),
        ('profile = "work"', f'profile = "{KEY_ID}"'),
        ('profile = "work"', f'security_token = "{SECRET}"'),
        ('profile = "work"', f'{SECRET} = "profile"'),
        ('profile = "work"', f'nested = {{ password = "{SECRET}" }}'),
        ('profile = "work"', f'profile = "work" # {KEY_ID}'),
        ('profile = "work"', f"{KEY_ID} {SECRET}"),
        ('prefix = "logs/2026/"', f'prefix = "logs/{KEY_ID}/"'),
        ("https://oss", f"https://me:{SECRET}@oss"),
        ('suffix = [".gz"]', f'suffix = ["?OSSAccessKeyId=x&Signature={SECRET}"]'),
        ('suffix = [".gz"]', f'suffix = [["{KEY_ID}"]]'),
        ("version = 1", f'token = "STS.{SECRET}"\nversion = 1'),
    ],
)
def test_a_secret_is_refused_and_never_repeated(old: str, new: str) -> None:
    error = refusal(DESIGN.replace(old, new))

    for text in (str(error), error.hint or "", repr(error)):
        assert SECRET not in text
        assert KEY_ID not in text
    assert error.__cause__ is None
    assert "secrets do not belong in job files" in str(error)
    assert "~/.ossutilconfig" in str(error.hint)


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("text", "where"),
    [
        (f"{LEAST}# {KEY_ID}", "line 7 contains an access key or token"),
        (f'{LEAST}file = "{SECRET}"', "'[target] file' looks like a secret"),
        (f'{LEAST}password = "{SECRET}"', "'[target] password' looks like a secret"),
        (f'{LEAST}{SECRET} = "x"', "'[target]' looks like a secret"),
        (f'{SECRET} = "x"\n{LEAST}', "it contains a secret"),
    ],
)
def test_where_a_secret_stands_is_said_and_what_to_do(text: str, where: str) -> None:
    error = refusal(text)

    assert str(error) == f"'{PATH}': {where}; secrets do not belong in job files"
    assert error.hint == (
        "keep it in the environment or ~/.ossutilconfig, refer to it with [source] profile, and "
        "remove it here; if the file was shared, replace the key"
    )


@pytest.mark.fault("F43")
def test_a_secret_is_never_written() -> None:
    with pytest.raises(JobFileError, match="secrets do not belong in job files"):
        dumps(replace(JOB, source=replace(JOB.source, profile=KEY_ID)))


def test_ordinary_words_about_secrets_are_no_secrets() -> None:
    text = DESIGN.replace("version = 1  ", "# never put an access_key_secret here\nversion = 1")

    assert loads(text.replace("logs/2026/", "secrets/tokens/"), PATH).source.prefix


def test_what_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(JobFileError, match="connections"):
        dumps(replace(JOB, transfer=TransferSettings(connections=0)))
    with pytest.raises(UsageError):
        Selection(suffix=("",))

    with pytest.raises(JobFileError) as caught:
        dumps(replace(JOB, path=Path("a\x1b.toml"), target=Target("bad\udcff")))

    assert str(caught.value) == "'a\\x1b.toml': it contains a name that is not valid Unicode"
    assert caught.value.hint == "choose a target whose path is valid Unicode"


def test_what_reverses_a_line_is_written_as_its_number_and_read_again() -> None:
    job = replace(JOB, source=replace(JOB.source, prefix="a\u202e é\n"))

    text = dumps(job)

    assert r'prefix = "a\U0000202E é\n"' in text
    assert loads(text, PATH) == job


KEY, VERSION, AS_OF = 'key = "k"', 'version_id = "v"', "as_of = 2026-01-01"
KEYS, INVENTORY = 'keys = "keys.csv"', f'inventory = "{REPORT}"'


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([KEY, 'prefix = "a/"'], "key' cannot be combined with 'prefix'"),
        ([KEY, KEYS], "key' cannot be combined with 'keys'"),
        ([INVENTORY, AS_OF], "as_of' cannot be combined with 'inventory'"),
        ([KEY, VERSION, AS_OF], "as_of' cannot be combined with 'version_id'"),
        ([INVENTORY, KEYS], "inventory' cannot be combined with 'keys'"),
        ([INVENTORY, KEY], "inventory' cannot be combined with 'key'"),
    ],
)
def test_what_cannot_be_wished_together_is_refused(lines: list[str], said: str) -> None:
    error = refusal(LEAST.replace("[target]", "\n".join([*lines, "[target]"])))

    assert str(error).endswith(said)
    assert ", line " in str(error)
    assert error.hint == "accepted: only one of them"


FLAT = f"{LEAST}flat = true\nstrip_prefix = 1"
MIRRORED = LEAST.replace("[target]", f"{KEY}\n[target]\nmirror = true")


@pytest.mark.parametrize(
    ("text", "said", "accepted"),
    [
        (FLAT, "strip_prefix' cannot be combined with 'flat'", "only one of them"),
        (MIRRORED, "mirror' cannot be combined with [source] key", "only with a prefix"),
        (f"once = true\n{LEAST}", "once' needs a key", KEY_NEEDED),
    ],
)
def test_what_no_such_job_can_do_is_refused(text: str, said: str, accepted: str) -> None:
    error = refusal(text)

    assert str(error).endswith(said)
    assert ", line " in str(error)
    assert error.hint == f"accepted: {accepted}"


def test_an_object_of_one_moment_is_read() -> None:
    job = loads(LEAST.replace("[target]", f"{KEY}\n{AS_OF}T00:00:00Z\n[target]"), PATH)

    assert (job.source.prefix, job.is_key, job.is_of_versions) == ("k", True, True)


@pytest.mark.fault("F53")
@pytest.mark.parametrize("part", ["a", '"a"', "'a'", "a\t", '"\\""'])
@pytest.mark.parametrize(
    ("before", "after"),
    [("[", "]"), ("[[", "]]"), ("", "=1"), ("x={", "=1}"), ('x="""#"""\ny="#"\n', "=1")],
)
def test_names_of_many_parts_are_refused_at_once(part: str, before: str, after: str) -> None:
    text = f"version = 1\n{before}{'.'.join([part] * 40_000)}{after}\n"
    began = time.process_time()

    with pytest.raises(JobFileError, match="nested too deeply"):
        loads(text, Path("deep.toml"))

    assert time.process_time() - began < 1


@pytest.mark.parametrize("text", ["a.b.c.d.e.f", 'a.b"#.a.b.c.d.e', "a.b'.c.d.e.f"])
def test_dots_in_texts_and_comments_are_no_parts_of_names(text: str) -> None:
    job = loads(LEAST, PATH)
    job = replace(job, source=replace(job.source, prefix=text))

    assert loads(f"{dumps(job)}# {text}\n", PATH) == job

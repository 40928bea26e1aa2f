"""The text of a job file: both ways, and every mistake is named with what would be accepted."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.errors import JobFileError, UsageError
from ossh.job import Job
from ossh.job.format import dumps, loads
from ossh.model import Source, Target, TransferSettings
from ossh.selection import Selection
from ossh.shard import Shard

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
JOB = Job(
    path=PATH,
    created=datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC),
    source=Source(
        "https://oss-cn-hangzhou.aliyuncs.com", "cn-hangzhou", "my-bucket", "logs/2026/", "work"
    ),
    selection=Selection(
        suffix=(".gz",),
        exclude=("**/tmp/**",),
        min_size=1024,
        newer=datetime(2026, 1, 1, tzinfo=UTC),
    ),
    target=Target("./logs"),
    transfer=TransferSettings(),
)


def refusal(text: str) -> JobFileError:
    with pytest.raises(JobFileError) as caught:
        loads(text, PATH)
    return caught.value


# Both ways


REPORT = "oss://reports/my-bucket/weekly/2026-01-01T00-00Z/manifest.json"


def test_no_value_of_a_filter_reaches_the_terminal_as_it_is() -> None:
    text = LEAST + '[filter]\nshard = "\\u001b[31m"\n'

    with pytest.raises(JobFileError, match=r"\[filter\] '\\x1b\[31m' is not a shard"):
        loads(text, PATH)


def test_an_inventory_is_part_of_the_source() -> None:
    job = loads(LEAST.replace("[target]", f'inventory = "{REPORT}"\n[target]'), PATH)

    assert job.inventory == REPORT
    assert job.inventory_bucket == "reports"
    assert job.inventory_key == "my-bucket/weekly/2026-01-01T00-00Z/manifest.json"
    assert loads(dumps(job), PATH) == job


@pytest.mark.parametrize("text", ["weekly/manifest.json", "oss://b/weekly/", "oss:///m.json"])
def test_what_is_no_address_of_an_inventory_is_refused(text: str) -> None:
    with pytest.raises(
        JobFileError, match=r"line 5: .*inventory.* is not the address of an inventory"
    ) as raised:
        loads(LEAST.replace("[target]", f'inventory = "{text}"\n[target]'), PATH)

    assert raised.value.hint == "accepted: oss://BUCKET/…/manifest.json"


def test_an_inventory_beside_a_list_of_keys_is_refused() -> None:
    both = f'keys = "keys.csv"\ninventory = "{REPORT}"\n[target]'

    with pytest.raises(JobFileError, match=r"line 6: .*cannot be combined with 'key' or 'keys'"):
        loads(LEAST.replace("[target]", both), PATH)


def test_a_moment_is_part_of_the_source() -> None:
    job = loads(LEAST.replace("[target]", "as_of = 2026-01-01T09:00:00+08:00\n[target]"), PATH)

    assert job.source.as_of == datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert job.is_of_versions
    assert "as_of = 2026-01-01T01:00:00Z" in dumps(job)
    assert loads(dumps(job), PATH) == job


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('as_of = "7d"', "'\\[source\\] as_of' is relative"),
        ("as_of = 3", "is a number"),
        (f'inventory = "{REPORT}"\nas_of = 2026-01-01', "cannot be combined with 'version_id' or"),
        ('key = "k"\nversion_id = "v"\nas_of = 2026-01-01', "cannot be combined with 'version_id'"),
    ],
)
def test_a_moment_that_a_job_cannot_keep_is_refused(lines: str, said: str) -> None:
    with pytest.raises(JobFileError, match=said):
        loads(LEAST.replace("[target]", f"{lines}\n[target]"), PATH)


@pytest.mark.fault("F52")
@pytest.mark.parametrize("name", ["../keys.csv", "/etc/passwd", "a/../../keys.csv", ".."])
def test_a_list_of_keys_outside_the_folder_of_the_job_file_is_refused(name: str) -> None:
    with pytest.raises(JobFileError, match=r"line 5: '\[source\] keys' is outside the folder"):
        loads(LEAST.replace("[target]", f'keys = "{name}"\n[target]'), PATH)


def test_a_job_is_written_in_the_documented_form() -> None:
    assert dumps(JOB) == DESIGN


def test_the_documented_form_is_read() -> None:
    assert loads(DESIGN, PATH) == JOB


def test_what_is_missing_has_its_usual_value() -> None:
    job = loads(LEAST, PATH)

    assert job.source == Source("https://oss-cn-hangzhou.aliyuncs.com", "", "my-bucket")
    assert (job.target, job.transfer) == (Target("./logs"), TransferSettings())
    assert not job.selection


def test_what_is_unusual_is_written() -> None:
    source = Source("http://x.example:80", "", "b-1", "", "", "cname", True, True, False)  # noqa: FBT003
    transfer = TransferSettings(patience_seconds=90.0, rate=20_000_000)
    job = replace(JOB, source=source, target=Target("x", "portable", "replace"), transfer=transfer)

    text = dumps(job)

    assert loads(text, PATH) == job
    for line in (
        'addressing = "cname"',
        "anonymous = true",
        "requester_pays = true",
        "sign_host = false",
    ):
        assert line in text
    for line in ('existing = "replace"', 'patience = "90s"', 'rate = "20MB"'):
        assert line in text


def test_a_job_without_filters_has_no_such_table() -> None:
    assert "[filter]" not in dumps(replace(JOB, selection=Selection()))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3))])
DATES = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001
AGES = st.timedeltas(timedelta(seconds=1), timedelta(days=30_000))
SIZES = st.integers(0, 2**50)
JOBS = st.builds(
    Job,
    path=st.just(PATH),
    created=DATES,
    source=st.builds(
        Source,
        endpoint=st.sampled_from(["https://a.example", "http://127.0.0.1:8080", "http://[::1]:80"]),
        region=st.sampled_from(["", "cn-hangzhou"]),
        bucket=st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True),
        prefix=TEXT,
        profile=TEXT,
        addressing=st.sampled_from(["auto", "cname"]),
        anonymous=st.booleans(),
        requester_pays=st.booleans(),
        sign_host=st.booleans(),
    ),
    selection=st.builds(
        Selection,
        suffix=st.lists(TEXT.filter(lambda text: text and "*" not in text), max_size=3).map(tuple),
        include=st.lists(st.sampled_from(["*.gz", "/a b/**", "\\!x", 'q"', "é"])).map(tuple),
        min_size=st.none() | st.integers(0, 2**20),
        max_size=st.none() | st.integers(2**20, 2**50),
        newer=st.none() | DATES,
        older=st.none() | AGES,
        regex=st.lists(st.sampled_from([r"\d+/", 'a"b', "é|ü", "(?i)log"]), max_size=2).map(tuple),
        storage_class=st.lists(st.sampled_from(["Standard", "IA"]), unique=True).map(tuple),
        shard=st.sampled_from([None, Shard(1, 1), Shard(3, 16)]),
        glob=st.lists(st.sampled_from(["*.gz", r"a\[1]/**", 'q"?', "é"]), max_size=2).map(tuple),
    ),
    target=st.builds(
        Target,
        directory=TEXT.filter(
            lambda text: text.strip() and "\0" not in text and not text.startswith("~")
        ),
        names=st.sampled_from(["native", "portable"]),
        existing=st.sampled_from(["keep", "replace"]),
    ),
    transfer=st.builds(
        TransferSettings,
        connections=st.integers(1, 1024),
        part_size=st.integers(2**16, 2**40),
        max_attempts=st.integers(1, 100),
        rate=SIZES,
        patience_seconds=st.integers(0, 10**9).map(lambda milliseconds: milliseconds / 1000),
        durable=st.booleans(),
    ),
)


@settings(deadline=None)  # several readings of a file; a busy machine takes its time
@given(job=JOBS)
def test_every_job_comes_back_as_it_was(job: Job) -> None:
    assert loads(dumps(job), PATH) == job


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


def test_sizes_may_be_numbers_and_a_single_text_a_list() -> None:
    job = loads(f'{LEAST}[filter]\nmin_size = 500\nsuffix = ".gz"\n[transfer]\nrate = 7', PATH)

    assert (job.selection.min_size, job.selection.suffix) == (500, (".gz",))
    assert job.transfer.rate == 7


def test_an_endpoint_without_scheme_is_https() -> None:
    job = loads(LEAST.replace("https://oss", "oss"), PATH)

    assert job.source.endpoint == "https://oss-cn-hangzhou.aliyuncs.com"


def test_a_duration_may_be_a_number() -> None:
    assert loads(f"{LEAST}[transfer]\npatience = 1.5", PATH).transfer.patience_seconds == 1.5


# Mistakes


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("old", "new", "reason", "accepted"),
    [
        ("connections = 512", "connections = 0", "is 0", "a whole number from 1 to 1024"),
        ("connections = 512", 'connections = "64"', "is a string", "a whole number from 1 to 1024"),
        ("connections = 512", "connections = true", "is a boolean", "a whole number from 1"),
        ("max_attempts = 3", "max_attempts = 3.5", "is a number", "a whole number from 1 to 100"),
        ('part_size = "16MiB"', "part_size = 5", "is 5", "a size of 64KiB or more"),
        (
            'part_size = "16MiB"',
            'part_size = "16XB"',
            "is wrong: '16XB' is not a size",
            "sizes such",
        ),
        ('rate = "0"', "rate = -1", "is -1", "a size of 0 or more"),
        ('rate = "0"', "rate = 1.5", "is a number", 'a size such as "16MiB" or 500'),
        ('rate = "0"', "patience = -1", "is a number", 'a duration such as "90s" or "1h"'),
        (
            'rate = "0"',
            'patience = "soon"',
            "is wrong: 'soon' is not a duration",
            "durations such as",
        ),
        ('region = "cn-hangzhou"', "region = 5", "is a number", "a string in double quotes"),
        ('region = "cn-hangzhou"', "anonymous = 1", "is a number", "true or false"),
        ('region = "cn-hangzhou"', 'addressing = "x"', "is 'x'", '"auto" or "cname"'),
        ('bucket = "my-bucket"', 'bucket = ""', "is empty", "a string in double quotes"),
        ('bucket = "my-bucket"', 'bucket = "a/b"', "is not a bucket name", "only the name"),
        ('bucket = "my-bucket"', 'bucket = ["b"]', "is a list", "a string in double quotes"),
        ('suffix = [".gz"]', "suffix = [1]", "contains a number", "strings such as"),
        ('suffix = [".gz"]', 'suffix = [""]', "contains an empty string", "strings such as"),
        ('suffix = [".gz"]', "suffix = {}", "contains a table", "strings such as"),
        (
            "newer = 2026-01-01T00:00:00Z",
            "newer = 7",
            "is a number",
            '2026-01-01T08:00:00Z or "7d"',
        ),
        ("newer = 2026-01-01T00:00:00Z", "shard = 3", "is a number", "a string in double quotes"),
        ("newer = 2026-01-01T00:00:00Z", "newer = 08:00:00", "is another type of value", '"7d"'),
        (
            "newer = 2026-01-01T00:00:00Z",
            'newer = "7"',
            "is wrong: '7' is not a date or an age",
            "7d, 12h",
        ),
        ('names = "native"', 'names = "windows"', "is 'windows'", '"native" or "portable"'),
        ('names = "native"', 'existing = "x"', "is 'x'", '"keep" or "replace"'),
        ('directory = "./logs"', 'directory = "a\\u0000"', "contains a NUL character", "a path"),
        ("created = 2026-11-25T08:00:00Z", 'created = "7d"', "is relative", "a date such as"),
        ("version = 1", "version = 0", "is 0", "1"),
        ("version = 1", 'version = "1"', "is a string", "a whole number"),
        (
            "version = 1",
            "colour = 1\nversion = 1",
            "is unknown",
            "created, filter, once, source, target",
        ),
        ("[filter]", "[filters]", "is unknown", "created, filter, once, source, target"),
        (
            'rate = "0"',
            "speed = 0",
            "is unknown",
            "connections, durable, max_attempts, part_size, patience",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_line_and_what_is_accepted(
    old: str, new: str, reason: str, accepted: str
) -> None:
    text = DESIGN.replace(old, new)

    error = refusal(text)

    field = new.split(" ", maxsplit=1)[0].strip("[]")
    line = next(n for n, one in enumerate(text.splitlines(), start=1) if one.startswith(new[:9]))
    assert str(error).startswith(f"'{PATH}', line {line}: '")
    assert f"{field}' {reason}" in str(error)
    assert error.hint is not None
    assert error.hint.startswith("accepted: ")
    assert accepted in error.hint
    assert error.status == 2


@pytest.mark.fault("F43")
@pytest.mark.parametrize("line", LEAST.splitlines())
def test_what_is_needed_and_missing_is_named_with_an_example(line: str) -> None:
    error = refusal(LEAST.replace(line, "").replace("[target]\n", "[target]\n"))

    assert "is missing" in str(error) or "is unknown" in str(error)
    assert error.hint is not None
    assert error.hint.startswith("accepted: ")


def test_a_table_that_is_none_is_named() -> None:
    error = refusal(f"transfer = 5\n{LEAST}")

    assert str(error) == f"'{PATH}', line 1: 'transfer' is a number"
    assert error.hint == "accepted: a table that begins with [transfer]"


@pytest.mark.parametrize(
    "endpoint",
    ["ftp://x.example", "https://x.example/bucket", "https://", "https://x y", "http://x:99999"],
)
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    error = refusal(LEAST.replace("https://oss-cn-hangzhou.aliyuncs.com", endpoint))

    assert str(error) == f"'{PATH}', line 3: '[source] endpoint' is not an address"
    assert error.hint == 'accepted: "https://oss-cn-hangzhou.aliyuncs.com"'


def test_filters_that_cannot_be_are_refused_with_their_reason() -> None:
    error = refusal(f'{LEAST}[filter]\nmin_size = "2KiB"\nmax_size = 1')

    assert str(error) == f"'{PATH}': [filter] no object can match: min-size 2KiB exceeds max-size 1"
    assert error.hint == "change or remove one of the filters"


@pytest.mark.fault("F43")
@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("version = 1\nbucket = my-bucket\n", "line 2, column 10: invalid value"),
        ("version = 1\nversion = 2\n", "line 2, column 12: cannot overwrite a value"),
        ('version = "1\n', "line 1, column 13: illegal character"),
        ("[source\n", "line 1, column 8: "),
        ("version = 1 [source", "line 1, column 13: "),
    ],
)
def test_what_is_no_toml_is_named_with_its_line(text: str, where: str) -> None:
    error = refusal(text)

    assert str(error).startswith(f"'{PATH}', {where}")
    assert error.hint is not None
    assert "accepted: TOML" in error.hint


def test_a_text_that_ends_too_soon_is_refused() -> None:
    assert f"'{PATH}', " in str(refusal('version = """1'))


def test_a_newer_format_is_refused() -> None:
    error = refusal(DESIGN.replace("version = 1", "version = 2"))

    assert str(error) == f"'{PATH}' has format 2; this ossh reads formats up to 1"
    assert error.hint == "use the newer ossh that wrote it"


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    error = refusal(LEAST + '[target2]\n"\\u001b[31m" = 1\n')

    assert "\x1b" not in str(error)
    assert "\x1b" not in str(refusal(DESIGN.replace('"native"', '"\\u001b[31m"')))


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
def test_a_secret_is_never_written() -> None:
    with pytest.raises(JobFileError, match="secrets do not belong in job files"):
        dumps(replace(JOB, source=replace(JOB.source, profile=KEY_ID)))


@pytest.mark.fault("F43")
def test_a_syntax_error_repeats_nothing_of_its_line() -> None:
    error = refusal(f'version = 1\nprofile "{SECRET}"\n')

    assert SECRET not in str(error)


def test_ordinary_words_about_secrets_are_no_secrets() -> None:
    text = DESIGN.replace("version = 1  ", "# never put an access_key_secret here\nversion = 1")

    assert loads(text.replace("logs/2026/", "secrets/tokens/"), PATH).source.prefix


def test_what_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(JobFileError, match="connections"):
        dumps(replace(JOB, transfer=TransferSettings(connections=0)))
    with pytest.raises(JobFileError, match="not valid Unicode"):
        dumps(replace(JOB, target=Target("bad\udcff")))
    with pytest.raises(UsageError):
        Selection(suffix=("",))


def test_a_job_of_one_version_names_it_under_its_key() -> None:
    job = replace(
        JOB,
        source=replace(JOB.source, prefix="a/k"),
        is_key=True,
        version_id="CAEQNhiBgMDJgZCA0BYi",
    )

    text = dumps(job)

    assert 'version_id = "CAEQNhiBgMDJgZCA0BYi" # of the key above' in text
    assert loads(text, PATH) == job


@pytest.mark.parametrize("also", ["", 'prefix = "k"\n'])
def test_a_version_of_no_key_is_refused(also: str) -> None:
    text = LEAST.replace("[target]", f'version_id = "v1"\n{also}[target]')

    with pytest.raises(JobFileError, match="version_id' needs a key"):
        loads(text, PATH)


@pytest.mark.parametrize("also", ['prefix = "a/"', 'keys = "keys.csv"'])
def test_a_key_beside_what_else_is_wanted_is_refused(also: str) -> None:
    with pytest.raises(JobFileError, match="key' cannot be combined with 'prefix' or 'keys'"):
        loads(LEAST.replace("[target]", f'key = "a/k"\n{also}\n[target]'), PATH)


def test_a_job_of_one_object_is_written_and_read_again() -> None:
    job = replace(
        JOB,
        source=replace(JOB.source, prefix="a/k"),
        is_key=True,
        once=True,
        target=replace(JOB.target, file="k 2.bin"),
    )

    text = dumps(job)

    assert "prefix" not in text
    assert loads(text, PATH) == job


@pytest.mark.parametrize(("field", "line"), [("once", "once = true"), ("file", 'file = "x"')])
def test_what_needs_a_key_is_refused_without_one(field: str, line: str) -> None:
    text = LEAST.replace("version = 1", f"version = 1\n{line}") if field == "once" else ""

    with pytest.raises(JobFileError, match=f"{field}' needs a key"):
        loads(text or f"{LEAST}\n{line}\n", PATH)


@pytest.mark.fault("F52")
@pytest.mark.parametrize("name", ["..", ".", "../x", "/etc/x", "a/b"])
def test_a_file_that_is_more_than_a_name_is_refused(name: str) -> None:
    text = LEAST.replace("[target]", f'key = "a/k"\n[target]\nfile = "{name}"')

    with pytest.raises(JobFileError, match=r"\[target\] file' is not a file name"):
        loads(text, PATH)


def test_links_are_followed_unless_the_job_says_otherwise() -> None:
    job = replace(JOB, target=replace(JOB.target, links="record"))

    assert loads(LEAST, PATH).target.links == "follow"
    assert 'links = "record"' in dumps(job)
    assert loads(dumps(job), PATH) == job
    with pytest.raises(JobFileError, match=r"\[target\] links' is 'copy'"):
        loads(LEAST + 'links = "copy"\n', PATH)


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


@pytest.mark.fault("F43")
@pytest.mark.parametrize(("name", "wrong"), [("bucket", "buckt"), ("[source]", "[sorce]")])
def test_a_misspelt_line_is_named_before_the_one_that_is_missing(name: str, wrong: str) -> None:
    error = refusal(LEAST.replace(name, wrong))

    assert f"{wrong.strip('[]')}' is unknown" in str(error)

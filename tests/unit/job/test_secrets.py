"""What looks like a secret, and what only sounds like one."""

import pytest

from ossh.job.secrets import (
    holds_secret,
    line_with_access_key,
    may_hold_secret,
    secret_fields,
    secret_in_command,
)

SECRET = "aB3dEfGhIjKlMnOpQrStUvWxYz0123"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\nb LTAI5tFakeFakeFakeFake12\n", 2),
        ("STS.NUgYrLnoC37mZZCNnAbCdEf", 1),
        ("LTAI alone", 0),
        ("VOLTAIRE5tFakeFakeFakeFake12", 0),
        ("", 0),
    ],
)
def test_ids_of_access_keys_are_found_anywhere(text: str, line: int) -> None:
    assert line_with_access_key(text) == line


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"secret": 1}, [("", "secret")]),
        ({"a": {"AccessKey-Id": "x"}}, [("a", "AccessKey-Id")]),
        ({"a": {"profile": SECRET}}, [("a", "profile")]),
        ({SECRET: 1}, [("", "")]),
        ({"endpoint": "https://u:p@host"}, [("", "endpoint")]),
        ({"endpoint": "https://host/?x-oss-signature=1"}, [("", "endpoint")]),
        *(
            ({"a": {name: SECRET}}, [])
            for name in ("prefix", "suffix", "glob", "include", "exclude", "regex", "directory")
        ),
        ({"profile": SECRET.lower()}, []),
        ({"endpoint": "https://host:80/a@b"}, []),
        ({"n": 1, "list": [1, ["x"]]}, []),
    ],
)
def test_fields_with_secrets_are_named_unless_the_name_is_one(
    values: dict[str, object], found: list[tuple[str, str]]
) -> None:
    assert list(secret_fields(values)) == found


@pytest.mark.parametrize(
    ("command", "is_found"),
    [
        ("connect --proxy me:hush@proxy:3128", True),
        ("connect --proxy=me:hush@proxy:3128 --region cn-hangzhou", True),
        ("connect --prox 'http://me:a/b@proxy:3128'", True),
        ("connect --endpoint me:hush@host", True),
        ("connect --proxy me@proxy:3128", False),
        ("connect --proxy http://me@proxy:3128", False),
        ("connect --proxy http://proxy:3128", False),
        ("connect --endpoint https://host:8080", False),
        ("get a:b@c --to d", False),
        ("connect --access-key-secret hush", True),
        ("connect --security-token=hush", True),
        ("connect -accesskey hush", True),
        ("connect --PASSWORD", True),
        ("get secret-garden.txt --to tokens", False),
        ("get a--token b", False),
    ],
)
def test_a_password_in_an_address_is_found_with_and_without_a_scheme(
    command: str, *, is_found: bool
) -> None:
    assert holds_secret(command) is is_found


def test_whoever_types_a_secret_is_told_what_to_do_and_reads_it_nowhere() -> None:
    error = secret_in_command()

    assert str(error).startswith("a secret does not belong in a command: others can see it")
    assert "'connect' asks for it without echo" in (error.hint or "")


@pytest.mark.parametrize(
    "line",
    [
        f"!export OSS_ACCESS_KEY_SECRET={SECRET}",
        "!export OSS_ACCESS_KEY_SECRET=short",
        f"!export X={SECRET}",
        "! PGPASSWORD=x psql",
        "shell set API_KEY=x",
        f"set x {SECRET}",
        "set password x",
        f"alias create up !export OSS_SESSION_TOKEN='{SECRET}'",
        f"macro create up !ossutil -k {SECRET} {{1}}",
        "!curl -u me:hush https://host/",
        "!curl --user=me:hush https://host/",
        "!curl https://me:hush@host/",
        "!curl -H 'Authorization: Bearer x' https://host/",
        '!curl -d \'{"password": "x"}\' https://host/',
        f"cat a | gpg --passphrase {SECRET}",
        "!x CAISabcdef012345ABCDEF+abcdefgh==",
        "!sshpass -p hunter2 ssh host",
        "!docker login -u me -p abc",
        "shell mysql -psecret db",
        "!redis-cli -a x",
        "!mkdir -p out; redis-cli '-a' x",
        "!bash -c 'mysql -psecret'",
        "!ossutil config -k abcdefghijklmnopqrstuvwxyzabcd",
        "!gpg --passphrase x -d a",
        "cat a | gpg --passphrase=x",
        "!export GH_PAT=ghp_x",
        "!SSHPASS=x sshpass -e ssh host",
        "!env OPENAI_KEY=x MODE=fast python a.py",
        "!export DB_PW=x",
        "alias create up !BASIC_AUTH=x curl https://host/",
    ],
)
def test_a_line_that_may_hold_a_secret_is_recognised(line: str) -> None:
    assert may_hold_secret(line)


@pytest.mark.parametrize(
    "line",
    [
        "get logs/2026/ --to ./logs --name logs",
        "set connections 64",
        "set rate 20MiB",
        "set errexit true",
        "!ls -l ./passwords",
        "!wc -l tokens.txt",
        "!ls -al /data",
        "!mkdir -p out && ls -a out",
        "! cp -a one two",
        "!du -a . | sort -k 2",
        "!PATH=/opt/bin:/bin KEYBOARD=us make -j 4",
        "ls -l --sort size | head -n 5",
        "get --part-size 1MiB -p",
        "cat secret-garden.txt | head -n 3",
        "connect --profile token --region cn-hangzhou",
        "filter add --include '2026-*/**' --newer 2026-01-01T00:00:00Z",
        "ls 0123456789abcdef0123456789abcdef01234567/",
        "get archive/2019/ledger-q1.tar data/part-00000-of-00128-v2-Final.csv.gz",
        "ls Photos2026/Summer/Beach0001/Originals/Raw/",
        "cd oss://my-bucket/AndAVeryLongPrefixWithoutNumbers/",
    ],
)
def test_usual_lines_are_kept(line: str) -> None:
    assert not may_hold_secret(line)

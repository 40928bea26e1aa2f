"""What looks like a secret, and what only sounds like one."""

import pytest

from ossh.job.privacy import holds_secret, line_with_access_key, secret_fields

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
        ({"a": {"prefix": SECRET}}, []),
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
    ],
)
def test_a_password_in_an_address_is_found_with_and_without_a_scheme(
    command: str, *, is_found: bool
) -> None:
    assert holds_secret(command) is is_found

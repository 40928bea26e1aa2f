import pytest

from ossh.protocol.error_body import error_fields

ID = {"x-oss-request-id": "5C3D9175B6FC201293AD4890"}


@pytest.mark.parametrize("encoding", ["ascii", "utf-16"])
def test_entities_are_never_expanded(encoding: str) -> None:
    bomb = (
        '<!DOCTYPE Error [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        "<Error><Code>&b;</Code></Error>"
    )

    assert error_fields(ID, bomb.encode(encoding)) == {}


def test_nested_fields_are_not_taken_for_the_errors_own() -> None:
    text = b"<Error><Detail><Code>NoSuchBucket</Code></Detail><Code>NoSuchKey</Code></Error>"

    assert error_fields({}, text)["Code"] == "NoSuchKey"


@pytest.mark.parametrize("encoding", ["U-8", "gb2312", "gbk", "utf-7", "idna"])
def test_a_body_in_an_encoding_that_cannot_be_read_has_no_fields(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><Error><Code>x</Code></Error>'

    assert error_fields({}, body.encode()) == {}


def test_a_body_in_a_namespace_has_the_fields_of_one_without() -> None:
    body = b'<Error xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"><Code>NoSuchKey</Code></Error>'

    assert error_fields({}, body) == {"Code": "NoSuchKey"}

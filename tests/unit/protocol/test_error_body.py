from ossh.protocol.error_body import error_fields

ID = {"x-oss-request-id": "5C3D9175B6FC201293AD4890"}


def test_entities_are_never_expanded() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        b"<Error><Code>&b;</Code></Error>"
    )

    assert error_fields(ID, bomb) == {}


def test_nested_fields_are_not_taken_for_the_errors_own() -> None:
    text = b"<Error><Detail><Code>NoSuchBucket</Code></Detail><Code>NoSuchKey</Code></Error>"

    assert error_fields({}, text)["Code"] == "NoSuchKey"


def test_a_body_in_an_encoding_that_nobody_knows_has_no_fields() -> None:
    assert (
        error_fields({}, b'<?xml version="1.0" encoding="U-8"?><Error><Code>x</Code></Error>') == {}
    )


def test_a_body_in_a_namespace_has_the_fields_of_one_without() -> None:
    body = b'<Error xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"><Code>NoSuchKey</Code></Error>'

    assert error_fields({}, body) == {"Code": "NoSuchKey"}

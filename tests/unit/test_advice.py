import pytest

from ossh.advice import advice, advice_for, meaning, store_error
from ossh.model import Cause, Failure
from ossh.protocol import THAWING_CODE

# What only an object of a job can fail for.
OF_FILES = {Cause.CANNOT_WRITE, Cause.IN_USE, Cause.LOCAL_CONFLICT, Cause.WORKER_LOST}


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.REFUSED])
def test_every_cause_has_advice_of_one_line(cause: Cause) -> None:
    text = advice(cause)

    assert text
    assert text.isprintable()
    assert not text.endswith(".")


@pytest.mark.parametrize("cause", list(Cause))
def test_every_cause_means_something_in_one_sentence(cause: Cause) -> None:
    text = meaning(cause)

    assert len(text) > 20
    assert text.isprintable()
    assert not text.endswith(".")
    assert text[0].islower()


def test_only_a_full_disk_is_told_to_make_room() -> None:
    told = {cause for cause in Cause if "free some space" in advice(cause)}

    assert told == {Cause.DISK_FULL}


def test_there_is_no_advice_where_there_is_nothing_to_say() -> None:
    assert advice(Cause.REFUSED) == ""
    assert advice(Cause.REFUSED, "InvalidArgument") == ""


def test_a_code_may_have_better_advice_than_its_cause() -> None:
    assert advice(Cause.BAD_CREDENTIALS, "InvalidAccessKeyId").startswith("check the access key id")
    assert "secret" in advice(Cause.BAD_CREDENTIALS, "SignatureDoesNotMatch")
    assert "--region" in advice(Cause.WRONG_ENDPOINT, "InvalidArgument")
    assert "HTTPS_PROXY" in advice(Cause.NOT_OSS, "proxy login")


def test_an_error_says_what_was_tried_and_why_it_failed() -> None:
    error = store_error(
        "list 'logs/'", Failure(Cause.DENIED, "AccessDenied", "access denied", "5C3D")
    )

    assert str(error) == "cannot list 'logs/': access denied (request 5C3D)"
    assert error.hint is not None
    assert "oss:GetObject" in error.hint
    assert (error.code, error.request_id, error.status) == ("AccessDenied", "5C3D", 3)


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause not in OF_FILES])
def test_an_error_does_not_advise_to_retry_as_there_may_be_no_job(cause: Cause) -> None:
    hint = store_error("read 'x'", Failure(cause, "", "it failed")).hint or ""

    assert "'retry'" not in hint


def test_an_error_without_request_or_advice_leaves_them_out() -> None:
    error = store_error("look at 'x'", Failure(Cause.REFUSED, "Odd", "odd"))

    assert str(error) == "cannot look at 'x': odd"
    assert error.hint is None


def test_a_key_cannot_drive_the_terminal_through_an_error() -> None:
    error = store_error("list 'a\x1b[2J\n'", Failure(Cause.GONE, "NoSuchKey", "no such object"))

    assert str(error) == "cannot list 'a\\x1b[2J\\n': no such object"


def test_whoever_raises_may_know_better_advice() -> None:
    error = store_error("list", Failure(Cause.DENIED, "AccessDenied", "no"), hint="ask Anna")

    assert error.hint == "ask Anna"


@pytest.mark.parametrize(
    ("cause", "codes", "words", "not_said"),
    [
        (Cause.LOCAL_CONFLICT, {"local conflict"}, "'retry --replace' moves", "yourself"),
        (Cause.LOCAL_CONFLICT, {"immovable"}, "move or rename", "--replace"),
        (Cause.LOCAL_CONFLICT, {"EISDIR"}, "move or rename", "--replace"),
        (Cause.LOCAL_CONFLICT, {"local conflict", "EISDIR"}, "'retry --replace' moves", "nobody"),
        (Cause.ARCHIVED, {THAWING_CODE}, "'get --wait-restore' waits", "'restore'"),
        (Cause.ARCHIVED, {THAWING_CODE, "InvalidObjectState"}, "'restore' asks OSS", "nobody"),
        (Cause.DENIED, {"AccessDenied"}, "oss:GetObject", "nobody"),
        (Cause.CANNOT_WRITE, {"ENAMETOOLONG"}, "shorter --to", "permissions"),
        (Cause.CANNOT_WRITE, {"EFBIG"}, "on another disk", "permissions"),
        (Cause.CANNOT_WRITE, {"ENAMETOOLONG", "EACCES"}, "permissions", "shorter"),
    ],
)
def test_advice_for_several_objects_is_good_for_all_of_them(
    cause: Cause, codes: set[str], words: str, not_said: str
) -> None:
    said = advice_for(cause, codes)

    assert words in said
    assert not_said not in said

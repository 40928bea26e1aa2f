from collections.abc import Iterator

import pytest

from ossh.demo import DemoServer
from ossh.errors import StoreError, UsageError
from ossh.model import ObjectInfo
from ossh.selection import Selection
from ossh.session import Place, Session
from ossh.store.listing import missing_hint

LISTED = "'ls' shows what is here"
BELOW = "'ls logs/' shows the objects below it, 'get logs/' downloads them"


def objects(session: Session, text: str) -> Iterator[Place]:
    return (place for place, _version in session.names.objects(text))


def keys(session: Session, text: str) -> list[str]:
    found = session.names.contents(text, session.names.find(text))
    return [one.key for one in found if isinstance(one, ObjectInfo)]


def test_a_glob_counts_from_where_one_stands(session: Session) -> None:
    assert keys(session, "*/*.gz") == ["logs/a.gz"]
    session.enter("logs/sub/")
    assert keys(session, "*.gz") == ["logs/sub/c.gz"]
    assert keys(session, "../*.gz") == ["logs/a.gz"]
    assert keys(session, "/*/[ab].*") == ["logs/a.gz", "logs/b.txt"]
    assert keys(session, f"{session.place.address}?.gz") == ["logs/sub/c.gz"]


def test_what_is_special_where_one_stands_means_itself(
    session: Session, server: DemoServer
) -> None:
    for key in ("x[1]/a.gz", "x1/b.gz"):
        server.put(key, b"1")
    session.enter("x[1]/")

    assert keys(session, "*.gz") == ["x[1]/a.gz"]


def test_what_has_the_very_name_wins_over_a_glob(session: Session, server: DemoServer) -> None:
    for key in ("a*", "ab", "x[1]/a.gz", "x1/b.gz"):
        server.put(key, b"1")

    assert keys(session, "a*") == ["a*"]
    assert keys(session, "x[1]/") == ["x[1]/a.gz"]
    assert keys(session, "x[1]/*") == ["x1/b.gz"]
    assert [place.prefix for place in objects(session, "a*")] == ["a*"]


@pytest.mark.parametrize(
    ("glob", "hint"),
    [
        ("lo*", "'lo*/' matches 'logs/a.gz'"),
        ("logs/*.tx", "'logs/*.tx*' matches 'logs/b.txt'"),
        ("*.gz", "'**/*.gz' matches 'logs/a.gz'"),
        ("s*/", "'**/s*/' matches 'logs/sub/c.gz'"),
        ("logs/b.tx?t", "did you mean 'logs/b.txt'?"),
        ("nothing*", LISTED),
    ],
)
def test_what_matches_nothing_says_what_is_near(session: Session, glob: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        keys(session, glob)

    assert str(caught.value) == f"no key matches '{glob}'"
    assert caught.value.hint == hint


def test_objects_are_those_that_pass_the_filters_too(session: Session) -> None:
    session.selection = Selection(suffix=(".txt",))

    assert [place.prefix for place in objects(session, "logs/*")] == ["logs/b.txt"]
    assert [place.prefix for place in objects(session, "logs/a.gz")] == ["logs/a.gz"]
    with pytest.raises(UsageError, match=r"filters hide everything that 'logs/\*\.gz' matches"):
        list(objects(session, "logs/*.gz"))


@pytest.mark.parametrize(
    ("key", "code", "said", "hint"),
    [
        ("nothing", "NoSuchKey", "cannot look", LISTED),
        *(
            (key, "NoSuchKey", "'logs/' is a prefix, not an object", BELOW)
            for key in ("logs", "logs/")
        ),
        ("logs", "NoSuchVersion", "cannot look", missing_hint("NoSuchVersion")),
    ],
)
def test_what_is_not_there_is_a_slip_that_is_told_with_what_is(
    session: Session, key: str, code: str, said: str, hint: str
) -> None:
    place = Place(session.place.bucket, key)

    with pytest.raises(UsageError) as caught, session.names.explaining_missing(place):
        raise StoreError("cannot look", code=code)

    assert (str(caught.value), caught.value.hint) == (said, hint)


def test_other_trouble_is_nobodys_slip(session: Session) -> None:
    with pytest.raises(StoreError), session.names.explaining_missing(session.place):
        raise StoreError("cannot look", code="AccessDenied")


@pytest.mark.parametrize(
    ("here", "name", "hint"),
    [
        ("", "xyzzy/a", LISTED),
        ("", "lgos/", "did you mean 'logs/'?"),
        ("", "logs/sbu/c.gz", "did you mean 'logs/sub/'?"),
        ("", "lgos/sub/c.gz", "did you mean 'logs/'?"),
        ("logs/", "b.tx?t", "did you mean 'b.txt'?"),
        ("logs/", "b.tct", "did you mean 'b.txt'?"),
        ("logs/sub/", "/logs/b.tct", "did you mean '/logs/b.txt'?"),
        *(("logs/", wrong, f"{LISTED}; a leading '/' means") for wrong in ("xyzzy", "xyzzy/a")),
        ("", "s3://b/", "if 'b/' begins with a bucket: oss://b/; 'buckets' lists"),
        ("logs/", "OSS://b/k", "if 'b/k' begins with a bucket: oss://b/k; 'buckets' lists"),
        ("", "oss:/b/k", "if 'b/k' begins with a bucket: oss://b/k; 'buckets' lists"),
        (
            "",
            "https://b.oss-cn-hangzhou.aliyuncs.com/k",
            "if 'b/k' begins with a bucket: oss://b/k",
        ),
        (
            "",
            "https://oss-cn-hangzhou.aliyuncs.com/k",
            "if 'oss-cn-hangzhou.aliyuncs.com/k' begins",
        ),
        ("", "s3://b/*.gz", "if 'b/*.gz' begins with a bucket: oss://b/*.gz; 'buckets' lists"),
    ],
)
def test_a_name_that_is_not_there_may_have_been_meant_for_another(
    session: Session, here: str, name: str, hint: str
) -> None:
    session.enter(here)

    with pytest.raises(UsageError) as caught:
        keys(session, name)

    assert str(caught.value.hint).startswith(hint)
    assert here or "a leading '/'" not in (caught.value.hint or "")


def test_a_name_of_another_bucket_is_told_with_its_address(
    session: Session, server: DemoServer
) -> None:
    server.add_bucket("other")
    server.put("data/x", b"1", bucket="other")

    with pytest.raises(UsageError) as caught:
        session.names.existing_place("oss://other/dtaa/")

    assert caught.value.hint == "did you mean 'oss://other/data/'?"

import pytest

from ossh.demo import DemoServer
from ossh.errors import UsageError
from ossh.session import Options, Place, Session


@pytest.mark.parametrize(
    "said", [Options(region="mars"), Options(endpoint="cn-hangzhou"), Options(profile="nobody")]
)
def test_a_slip_of_who_connects_leaves_the_former_connection(
    session: Session, said: Options
) -> None:
    before = session.connection

    with pytest.raises(UsageError):
        session.connect(said)

    assert session.connection is before
    assert session.enter("logs/").prefix == "logs/"


def test_a_prefix_beats_an_object_of_the_same_name_for_cd(
    session: Session, server: DemoServer
) -> None:
    server.put("x", b"1")
    server.put("x/y", b"2")

    assert session.enter("x") == Place(server.bucket, "x/")


def test_going_back_and_forth_asks_nothing(session: Session, server: DemoServer) -> None:
    session.enter("logs/")
    server.stop()

    assert session.enter("-").prefix == ""
    assert session.enter("-").prefix == "logs/"

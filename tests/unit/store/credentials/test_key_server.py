"""Answers of those who give out keys: waited for, read, never quoted."""

import pytest

from ossh.errors import StoreError
from ossh.model import Cause
from ossh.network import Http
from ossh.store.credentials.key_server import json_object, whole_answer
from tests.unit.store.credentials.standins import StandIn


def test_an_answer_that_stays_bad_is_an_error() -> None:
    with StandIn(lambda _asked: (502, "hush")) as server, pytest.raises(StoreError) as caught:
        whole_answer(Http(), server.url, "ask", hints={Cause.SERVER: "wait"})

    assert (str(caught.value), caught.value.hint) == ("cannot ask: the answer was 502", "wait")
    assert len(server.asked) == 3


def test_a_request_after_another_is_of_its_own_kind() -> None:
    http = Http()
    kinds = [("PUT", ""), ("GET", ""), ("POST", "a=b"), ("PUT", "x"), ("GET", "")]
    with StandIn(lambda _asked: (200, "")) as server:
        for method, body in kinds:
            whole_answer(http, server.url, "ask", method=method, body=body.encode())
        http.close()

    assert [(one.method, one.body) for one in server.asked] == kinds


@pytest.mark.parametrize("text", ["", "hush", "[]", '"hush"', "[" * 100_000])
def test_what_is_no_object_is_not_quoted(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        json_object(text, "ask")

    assert str(caught.value) == "cannot ask: the answer is not the expected JSON"

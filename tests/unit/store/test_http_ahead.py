"""Answers that were asked for ahead: taken once, by the same request, while they are fresh."""

import time

import pytest

from ossh import demo
from ossh.model import Failure, Route, Source
from ossh.store.credentials import Credentials
from ossh.store.http_ahead import FRESH_SECONDS, HttpAhead
from ossh.store.list_page import ListPage
from ossh.store.listing import Lister, PageQuery
from ossh.store.signer import Signer
from tests.waiting import wait_until


def ahead_of(source: Source, keys: Credentials, now: list[float]) -> tuple[HttpAhead, Lister]:
    """Return settings with the first page of a bucket on its way, and who lists with them."""
    signer, http = Signer(source, keys), HttpAhead(Route(), lambda: now[0])
    http.send_ahead(signer.sign("GET", None, time.time(), query=PageQuery("a/").parameters))
    return http, Lister(lambda: signer, http)


def keys_of(page: ListPage | Failure) -> list[str]:
    assert isinstance(page, ListPage), page
    return [info.key for info in page.objects]


def test_an_answer_is_taken_once_and_then_asked_for(
    server: demo.DemoServer, source: Source, keys: Credentials
) -> None:
    server.put("a/1", b"x", bucket=source.bucket)
    server.clear_requests()
    http, lister = ahead_of(source, keys, [0.0])

    first = keys_of(lister.page(PageQuery("a/")))
    asked = len(server.requests())
    server.put("a/2", b"x", bucket=source.bucket)

    assert (first, asked) == (["a/1"], 1)
    assert keys_of(lister.page(PageQuery("a/"))) == ["a/1", "a/2"]
    http.close()


@pytest.mark.parametrize(
    ("seconds", "requests"), [(30.0, 1), (FRESH_SECONDS, 2)], ids=["a busy machine", "too late"]
)
def test_an_answer_is_asked_for_again_only_if_nobody_took_it_in_time(
    server: demo.DemoServer, source: Source, keys: Credentials, seconds: float, requests: int
) -> None:
    server.put("a/1", b"x", bucket=source.bucket)
    server.clear_requests()
    now = [0.0]
    http, lister = ahead_of(source, keys, now)

    now[0] = seconds

    assert keys_of(lister.page(PageQuery("a/"))) == ["a/1"]
    wait_until(lambda: len(server.requests()) == requests)
    http.close()

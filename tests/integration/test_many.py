"""Many objects: each once."""

from ossh.demo import DemoServer
from ossh.model import Status
from tests.integration.rig import Place

COUNT = 10_000


def test_ten_thousand_objects_arrive_with_one_request_each(
    place: Place, server: DemoServer
) -> None:
    server.fill("{:05d}.bin", COUNT, 1024)

    summary = place.get()

    assert (summary.status, summary.fetched) == (0, COUNT)
    assert summary.objects[Status.DONE] == COUNT
    asked = server.counts("GET")
    assert asked.pop("") <= COUNT // 1000 + 1  # one look for a place to cut, if a page was slow
    assert set(asked.values()) == {1}
    found = place.files()
    assert sorted(found) == [f"{number:05d}.bin" for number in range(COUNT)]
    assert all(found[key] == server.body(key) for key in list(found)[::97])
    assert not (place.target / ".ossh").exists()

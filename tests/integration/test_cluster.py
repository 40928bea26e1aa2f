"""get --dask: real workers of a real scheduler fetch what one driver lists, signs and records."""

from collections.abc import Iterator

import pytest

from ossh.cluster import Cluster
from tests.integration.dask_cluster import DaskCluster, dask_cluster
from tests.integration.rig import Place

SMALL = [f"{number:03d}.bin" for number in range(200)]
LARGE = ["large-1.bin", "large-2.bin"]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Give a scheduler with two workers, which tests share and leave as they are."""
    with dask_cluster(tmp_path_factory.mktemp("dask"), 2) as cluster:
        yield cluster


def fill(place: Place) -> None:
    place.server.fill("{:03d}.bin", len(SMALL), 1000)
    for key in LARGE:
        place.server.put(key, size=3_000_000)


def test_two_workers_bring_every_object_whole(place: Place, dask: DaskCluster) -> None:
    fill(place)

    summary = place.get(place.job(part_size=1_000_000), fetching=Cluster(dask.address))

    assert (summary.status, summary.fetched) == (0, len(SMALL) + len(LARGE))
    place.expect(*SMALL, *LARGE)

"""Samples of a run: one a second, never more than a few hundred."""

from itertools import pairwise

import pytest

from ossh.manifest import Manifest
from ossh.transfer.summary import History
from ossh.transfer.watching import Progress, Summary


def at(second: float) -> Progress:
    """Return the progress of a run that receives 100 bytes a second."""
    return Progress(bytes_received=int(100 * second), fetched=int(second))


def test_a_run_is_sampled_once_a_second_however_often_it_is_seen(manifest: Manifest) -> None:
    history = History(manifest, 1, 50.0)

    for tenth in range(35):
        history.see(at(tenth / 10), 50.0 + tenth / 10)
    history.end(at(3.5), Summary(fetched=3, bytes_received=350), 53.5)

    seconds = [one.second for one in manifest.throughput(1)]
    assert seconds == pytest.approx([1.0, 2.0, 3.0, 3.5])
    assert [one.bytes for one in manifest.throughput(1)] == [100, 200, 300, 350]


def test_a_long_run_keeps_few_samples_that_are_ever_further_apart(manifest: Manifest) -> None:
    history, week = History(manifest, 1, 0.0), 7 * 24 * 3600

    for second in range(0, week, 10):
        history.see(at(second), float(second))

    samples = manifest.throughput(1)
    assert 1000 < len(samples) < 2000
    assert samples[-1].second > 0.97 * week
    gaps = [after.second - before.second for before, after in pairwise(samples)]
    assert gaps == sorted(gaps)


def test_a_short_run_has_one_sample_and_an_idle_one_none(manifest: Manifest) -> None:
    History(manifest, 1, 0.0).end(at(0.2), Summary(fetched=1, bytes_received=20), 0.2)
    History(manifest, 2, 0.0).end(at(0), Summary(), 0.2)

    assert [one.second for one in manifest.throughput(1)] == [0.2]
    assert manifest.throughput(2) == ()

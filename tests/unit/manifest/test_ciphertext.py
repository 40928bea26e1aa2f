"""Which files hold ciphertext: counted over all runs, and no longer when they are others."""

from collections.abc import Callable

from ossh.manifest import Manifest, ManifestReader, Outcome
from ossh.model import Status

Fill = Callable[..., Manifest]


def done(row: int, *, is_client_encrypted: bool = False) -> Outcome:
    return Outcome(row, Status.DONE, 1, is_client_encrypted=is_client_encrypted)


def tables(manifest: Manifest) -> set[str]:
    return {name for (name,) in manifest._db.execute("SELECT name FROM sqlite_master")}


def test_a_job_without_any_has_not_even_a_table(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b")
    manifest.record([done(1), done(2)])

    assert manifest.client_encrypted() == 0
    assert "client_encrypted" not in tables(manifest)


def test_those_at_the_target_are_counted_and_survive(manifest: Manifest, fill: Fill) -> None:
    fill("a", "b", "c")
    manifest.record([done(1, is_client_encrypted=True), done(2)])
    manifest.record([done(3, is_client_encrypted=True)])
    manifest.record([Outcome(3, Status.FAILED, 1)])

    assert manifest.client_encrypted() == 1
    manifest.close()
    assert ManifestReader(manifest.path).client_encrypted() == 1


def test_one_that_came_again_in_the_clear_is_no_longer_counted(
    manifest: Manifest, fill: Fill
) -> None:
    fill("a", "b")
    manifest.record([done(1, is_client_encrypted=True), done(2, is_client_encrypted=True)])
    manifest.record([done(2, is_client_encrypted=True), done(1)])
    assert manifest.client_encrypted() == 1

    manifest.remove([2])

    assert manifest.client_encrypted() == 0

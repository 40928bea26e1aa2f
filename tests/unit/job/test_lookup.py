"""Which saved job a name or a path stands for, and which one does what a new one would."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ossh.errors import UsageError
from ossh.job import Job, all_jobs, load, meant, save
from ossh.job.lookup import does_same, filling, same_or_new, selecting_the_same, sharing_target
from ossh.model import Source, Target
from ossh.selection import Selection
from ossh.shard import Shard
from tests import usual
from tests.integration.rig import second_path
from tests.planting import links_needed


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, ...]:
    """Give a folder of jobs, and stand in another one; `film` fills a folder of a third."""
    monkeypatch.chdir(tmp_path)
    _save(tmp_path / "jobs" / "film.toml", tmp_path / "elsewhere" / "film")
    return (tmp_path / "jobs",)


def _save(path: Path, target: Path) -> Path:
    save(usual.job(path, str(target)))
    return path


def test_a_folder_here_that_another_job_fills_leaves_a_choice(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    other = _save(jobs[0] / "film-2.toml", tmp_path / "film")

    with pytest.raises(UsageError, match="several jobs may be meant by 'film'") as raised:
        meant("film", jobs)

    assert str(raised.value) == (
        f"several jobs may be meant by 'film': "
        f"{jobs[0] / 'film.toml'} ({tmp_path / 'elsewhere' / 'film'}), "
        f"{other} ({tmp_path / 'film'})"
    )
    assert raised.value.hint == "name the file of one, or './film' for that of the folder here"
    assert meant("./film", jobs) == meant("film-2", jobs) == other
    assert meant(str(other), jobs) == other
    assert meant("elsewhere/film/", jobs) == jobs[0] / "film.toml"


def test_saved_jobs_of_the_same_objects_are_found_wherever_they_go(jobs: tuple[Path, ...]) -> None:
    film, odd = load(jobs[0] / "film.toml"), jobs[0] / "odd.toml"
    odd.write_text("nonsense")
    save(replace(film, path=jobs[0] / "more.toml", source=replace(film.source, prefix="p/")))
    same = replace(film, path=jobs[0] / "same.toml", target=Target("x"))
    save(same)

    assert list(selecting_the_same(film, sorted(jobs[0].glob("*.toml")))) == [film, same]


def test_a_job_that_fills_the_folder_of_its_name_is_meant_even_beside_others(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    own = _save(jobs[0] / "own.toml", tmp_path / "own")
    _save(jobs[0] / "another.toml", tmp_path / "own")

    assert meant("own", jobs) == own


def test_a_job_fills_its_folder_however_the_path_of_that_is_written(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    with second_path(tmp_path / "data") as other:
        first = _save(jobs[0] / "first.toml", tmp_path / "data")

        assert meant(str(other), jobs) == first
        assert [one.path for one in filling(other, [first, jobs[0] / "film.toml"])] == [first]


def test_no_disk_is_asked_about_targets_that_have_other_names(
    jobs: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    asked, stat = set[str](), os.stat

    def noted(path: str, **options: Any) -> os.stat_result:
        asked.add(str(path))
        return stat(path, **options)

    monkeypatch.setattr(os, "stat", noted)

    assert meant("film", jobs) == jobs[0] / "film.toml"
    assert list(filling(tmp_path / "here", all_jobs(jobs))) == []
    assert asked
    assert not [one for one in asked if one.startswith(str(tmp_path / "elsewhere"))]


def test_a_broken_job_is_meant_by_its_name_even_where_another_fills_its_folder(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    (jobs[0] / "own.toml").write_text("?", encoding="utf-8")
    _save(jobs[0] / "another.toml", tmp_path / "own")

    assert meant("own", jobs) == jobs[0] / "own.toml"


@links_needed
def test_a_job_file_whose_link_leads_nowhere_is_meant_by_its_name(jobs: tuple[Path, ...]) -> None:
    (jobs[0] / "away.toml").symlink_to("elsewhere.toml")

    assert meant("away", jobs) == jobs[0] / "away.toml"


def test_what_is_nowhere_is_told_with_the_name_that_is_near(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    def said(name: str) -> tuple[str, str | None]:
        with pytest.raises(UsageError) as raised:
            meant(name, (*jobs, tmp_path))
        return str(raised.value), raised.value.hint

    where = f"{jobs[0]} or {tmp_path}"
    assert said("flim") == (f"there is no job 'flim' in {where}", "did you mean 'film'?")
    assert said("./nothing") == ("there is no job './nothing'", "'jobs' lists them")
    assert said("flim.toml") == (f"there is no job 'flim.toml' in {where}", "did you mean 'film'?")


def test_a_name_may_be_that_of_the_file(jobs: tuple[Path, ...], tmp_path: Path) -> None:
    assert meant("film.toml", jobs) == jobs[0] / "film.toml"

    here = _save(tmp_path / "film.toml", tmp_path / "here")
    assert meant("film.toml", jobs) == here


def test_a_folder_that_a_job_fills_may_be_called_like_a_file(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    (tmp_path / "conf.toml").mkdir()
    conf = _save(jobs[0] / "conf.toml", tmp_path / "conf.toml")
    other = _save(jobs[0] / "other.toml", tmp_path / "x.toml")

    assert meant("conf.toml", jobs) == meant("./conf.toml", jobs) == conf
    assert meant("./x.toml", jobs) == other


def test_of_jobs_that_fill_one_folder_the_file_has_to_be_named(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    paths = [_save(jobs[0] / f"{name}.toml", tmp_path / "x" / "y") for name in ("a", "b")]
    places = ", ".join(f"{path} ({tmp_path / 'x' / 'y'})" for path in paths)

    for name in ("./x/y", "x/y"):
        with pytest.raises(UsageError) as raised:
            meant(name, jobs)
        assert str(raised.value) == f"several jobs may be meant by '{name}': {places}"
        assert raised.value.hint == "name the file of one instead"


def test_a_broken_job_among_several_of_a_name_is_named_without_a_target(
    jobs: tuple[Path, ...], tmp_path: Path
) -> None:
    others = tmp_path / "others"
    film = _save(others / "film.toml", tmp_path / "y")
    (jobs[0] / "film.toml").write_text("?", encoding="utf-8")

    with pytest.raises(UsageError) as raised:
        meant("film", (*jobs, others))

    assert str(raised.value) == (
        f"several jobs may be meant by 'film': {jobs[0] / 'film.toml'}, {film} ({tmp_path / 'y'})"
    )


@pytest.fixture
def saved(tmp_path: Path) -> Job:
    source = Source("http://127.0.0.1", "cn-hangzhou", "bucket", "logs/")
    job = usual.job(tmp_path / "logs.toml", str(tmp_path / "data"), source=source)
    save(job)
    return job


def test_the_same_work_goes_on_whatever_the_road_to_its_bucket(saved: Job) -> None:
    elsewhere = replace(saved.source, endpoint="http://127.0.0.2")

    found = same_or_new(replace(saved, source=elsewhere), is_given=False)

    assert (found.path, found.source) == (saved.path, elsewhere)


def test_another_list_of_keys_is_other_work(saved: Job) -> None:
    new = replace(saved, keys="keys-1.csv")

    assert same_or_new(new, is_given=False).name == "logs-2"
    with pytest.raises(UsageError, match="already a job 'logs', with different settings"):
        same_or_new(new, is_given=True)


def test_the_same_work_is_found_behind_a_manifest_that_lost_its_job_file(saved: Job) -> None:
    second = replace(saved, path=saved.path.with_stem("logs-2"), keys="keys-1.csv")
    save(second)
    saved.path.rename(saved.path.with_suffix(".sqlite"))

    found = same_or_new(replace(second, path=saved.path), is_given=False)

    assert found.path == second.path


def test_jobs_that_fill_a_folder_are_named_and_broken_ones_passed_over(saved: Job) -> None:
    broken = saved.path.with_stem("broken")
    broken.write_text("?", encoding="utf-8")

    new = replace(saved, path=Path("new.toml"))

    assert sharing_target(new, [broken, saved.path]) == ("logs",)


def test_another_share_of_the_same_work_may_fill_the_same_folder(saved: Job) -> None:
    first = replace(
        saved, path=saved.path.with_stem("first"), selection=Selection(shard=Shard(1, 2))
    )
    save(first)

    def beside(selection: Selection) -> tuple[str, ...]:
        new = replace(first, path=Path("new.toml"), selection=selection)
        return sharing_target(new, [first.path])

    assert beside(Selection(shard=Shard(2, 2))) == ()
    assert beside(first.selection) == ("first",)
    assert beside(Selection(suffix=(".gz",), shard=Shard(2, 2))) == ("first",)


def test_a_job_that_makes_no_links_is_another_than_one_that_shall(tmp_path: Path) -> None:
    plain = usual.job(tmp_path / "logs.toml", Target("there", links="follow"))
    linked = replace(plain, target=Target("there", links="record"))

    assert does_same(linked, linked)
    assert does_same(linked, plain)  # of one who says nothing of links
    assert not does_same(plain, linked)

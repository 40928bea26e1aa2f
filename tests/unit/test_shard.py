"""Shares of the keys: what names them, and that each key has just one."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ossh import shard
from ossh.errors import UsageError
from ossh.shard import Shard


@given(st.text(max_size=200), st.integers(1, 500))
def test_each_key_belongs_to_just_one_share(key: str, of: int) -> None:
    assert sum(Shard(number, of).holds(key) for number in range(1, of + 1)) == 1


def test_a_key_keeps_its_share_in_every_version() -> None:
    keys = ("logs/a.gz", "", "日本/🙂", "\udcff")

    assert [[n for n in range(1, 17) if Shard(n, 16).holds(key)] for key in keys] == [
        [14],
        [5],
        [15],
        [3],
    ]


@pytest.mark.parametrize("text", ["1/1", "3/16", " 16/16 "])
def test_a_share_is_written_as_it_is_read(text: str) -> None:
    assert str(shard.parse(text)) == text.strip()


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "-1/4", "3/0", "a/b", "1/2/3", "１/２"])
def test_what_is_no_share_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"(is not a|there is no) shard") as caught:
        shard.parse(text)

    assert "3/16" in (caught.value.hint or "")


SLURM = {
    "SLURM_ARRAY_TASK_ID": "7",
    "SLURM_ARRAY_TASK_COUNT": "4",
    "SLURM_ARRAY_TASK_MIN": "1",
    "SLURM_ARRAY_TASK_STEP": "2",
}


@pytest.mark.parametrize(
    ("text", "environ", "found"),
    [
        ("3/16", SLURM, "3/16"),
        ("auto", SLURM, "4/4"),
        ("auto/9", SLURM, "4/9"),
        ("auto", {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "3"}, "2/3"),
        (
            "auto",
            {
                "SLURM_ARRAY_TASK_ID": "0",
                "SLURM_ARRAY_TASK_COUNT": "3",
                "SLURM_ARRAY_TASK_MIN": "0",
            },
            "1/3",
        ),
        ("auto/16", {"JOB_COMPLETION_INDEX": "0"}, "1/16"),
        ("auto/16", {"JOB_COMPLETION_INDEX": "15"}, "16/16"),
    ],
)
def test_a_batch_system_says_which_share_is_meant(
    text: str, environ: Mapping[str, str], found: str
) -> None:
    assert str(shard.resolve(text, environ)) == found


@pytest.mark.parametrize(
    ("text", "environ", "message"),
    [
        ("auto", {}, "no batch array"),
        ("auto", {"JOB_COMPLETION_INDEX": "0"}, "how many tasks"),
        ("auto/4", {"JOB_COMPLETION_INDEX": "4"}, "no shard 5/4"),
        ("auto/4", {"JOB_COMPLETION_INDEX": "x"}, "no shard 0/4"),
        ("auto/4", {"JOB_COMPLETION_INDEX": "9" * 5000}, "no shard 0/4"),
        ("auto", {**SLURM, "SLURM_ARRAY_TASK_ID": "9" * 5000}, "no shard 0/4"),
        ("auto/x", {"JOB_COMPLETION_INDEX": "1"}, "is not a shard"),
        ("auto", {**SLURM, "SLURM_ARRAY_TASK_ID": "99"}, "no shard 50/4"),
    ],
)
def test_where_it_does_not_say_so_the_run_does_not_begin(
    text: str, environ: Mapping[str, str], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        shard.resolve(text, environ)

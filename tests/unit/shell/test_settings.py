import pytest

from ossh.shell.settings import Rate


@pytest.mark.parametrize(
    ("text", "bytes_per_second", "shown"),
    [("20MiB", 20 << 20, "20MiB"), ("1MB/s", 1_000_000, "1MB"), ("0", 0, "0")],
)
def test_a_rate_is_a_size_and_is_shown_as_one(text: str, bytes_per_second: int, shown: str) -> None:
    rate = Rate(text)

    assert rate == bytes_per_second
    assert repr(rate) == str(rate) == shown


def test_a_rate_that_is_none_says_what_is_accepted() -> None:
    with pytest.raises(ValueError, match="accepted: sizes such as"):
        Rate("fast")

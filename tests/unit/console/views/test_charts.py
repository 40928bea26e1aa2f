from ossh.console.views.charts import bars, meter, speed_lines, speed_text
from ossh.session.speed import Throughput

SPEED = Throughput(1, (0.0, 1.0, 2.0, 4.0), (0, 1 << 20, 1 << 20, 4 << 20))


def test_the_highest_bar_is_as_high_as_there_are_lines() -> None:
    assert bars([1, 2, 4], 2) == ["  █", "▄██"]
    assert bars([1, 2, 4], 1) == ["▂▄█"]


def test_little_is_more_than_nothing() -> None:
    assert bars([0, 1, 100_000], 1) == [" ▁█"]
    assert bars([0, 0], 1) == [""]
    assert bars([], 1) == [""]


def test_the_plot_fits_the_terminal() -> None:
    for width in (40, 80, 200):
        lines = list(speed_lines(SPEED, width))
        assert len(lines) == 4
        assert max(map(len, lines)) <= min(width, 76)
        assert lines[-1].split() == ["0", "s", "4", "s"]


def test_the_speed_in_words() -> None:
    assert speed_text(SPEED) == "1.0 MiB/s on average, 1.5 MiB/s at most, over 4 s"


def test_a_run_of_a_moment_has_a_speed_but_no_plot() -> None:
    moment = Throughput(1, (0.0, 0.5), (0, 1024))

    assert list(speed_lines(moment, 80)) == []
    assert speed_text(moment) == "2.0 KiB/s on average, over 0.5 s"


def test_a_meter_shows_a_share_and_hides_nothing() -> None:
    shares = {0: "", 1: "████", 0.5: "██", 0.3: "█▎", 1e-9: "▏"}

    assert {share: meter(share, 4) for share in shares} == shares

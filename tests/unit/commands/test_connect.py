from ossh.commands.connect import check_lines
from ossh.console.views.text import unpainted
from ossh.session.diagnosis.verdicts import DoctorCheck, Verdict


def test_a_check_fits_any_terminal() -> None:
    check = DoctorCheck(
        "tls", Verdict.PROBLEM, "no trusted connection " * 5, "check the clock " * 5
    )

    for width in (40, 80, 120):
        lines = list(map(unpainted, check_lines(check, width)))
        assert max(map(len, lines)) <= width
        assert any(line.strip().startswith("-> check") for line in lines)
    assert next(map(unpainted, check_lines(check, 40))) == "problem  tls"

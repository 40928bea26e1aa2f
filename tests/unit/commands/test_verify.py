from ossh.commands.verify import verified_lines
from ossh.console.views.text import unpainted
from ossh.transfer.disk.proof import Finding, FindingKind
from ossh.transfer.verification import Verified


def test_what_cannot_be_read_is_named_with_what_to_do() -> None:
    result = Verified(1, absent={}, thawing=0, is_listed=True, is_whole=True)
    result.add(Finding(FindingKind.UNREADABLE, "a.gz", "logs/a.gz", "permission denied"), 5)

    lines = [unpainted(one) for one in verified_lines(result, "/data")]

    assert lines[0] == "not all verified: 0 of 1 object, 0 B, in /data"
    assert lines[-2:] == [
        "  a.gz  (permission denied)",
        "next: make what cannot be read readable, then 'verify'",
    ]

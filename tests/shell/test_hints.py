"""What a hint says is right, or there is none: words that were meant, as one types them."""

import pytest

from ossh.demo import DemoServer
from tests.shell.conftest import Driver, NewDriver


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("get archvie/", "did you mean 'archive/'?"),
        ("ls archvie/", "did you mean 'archive/'?"),
        ("cd archvie", "did you mean 'archive/'?"),
        ("du archvie/", "did you mean 'archive/'?"),
        ("head raedme.txt", "did you mean 'readme.txt'?"),
        ("cat readme.tx", "did you mean 'readme.txt'?"),
        ("stat readme.tx", "did you mean 'readme.txt'?"),
        ("open logs", "did you mean 'logs-2026'?"),
        ("open log-2026", "did you mean 'logs-2026'?"),
        ("resume lgos-2026", "did you mean 'logs-2026'?"),
        ("open xyzzy", "'jobs' lists them"),
        ("jobs rm logs-2026", "did you mean 'remove'?"),
        ("ls --newer 7d", ""),
        ("get --rate 5MiB", ""),
    ],
)
def test_what_is_nearly_a_name_is_told(say: Driver, line: str, hint: str) -> None:
    assert say("save logs-2026 --to x").status == 0

    said = say(line)

    assert said.status in {2, 3}
    assert f"hint: {hint}" in said.err
    assert "--every" not in said.err
    assert "--name" not in said.err


def test_who_may_list_is_told_what_reading_needs_and_no_more(
    server: DemoServer, new_driver: NewDriver
) -> None:
    server.put("logs/a.txt", b"a")
    small = new_driver(server)
    server.fault("status", key="logs/*", status=403, code="AccessDenied")

    for line in ("get logs/ --to there", "failures --by cause", "head logs/a.txt"):
        told = small(line)
        assert "oss:GetObject" in told.out + told.err, told
        assert "oss:ListObjects" not in told.out + told.err

    server.clear_faults()
    server.fault("status", operation="list", status=403, code="AccessDenied")
    refused = small("ls logs/").err
    assert "oss:ListObjects" in refused
    assert "oss:GetObject" not in refused

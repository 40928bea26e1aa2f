"""Certificates that prove something to nobody but a check: their key is known to everyone.

Servers on loopback show them, so that `--selfcheck` and the tests see which ones are refused, and
need no program that makes some. The key of `AUTHORITY` was destroyed after it had signed the
others. All but `EXPIRED` are valid from 2020 until 9999.
"""

from pathlib import Path

_FOLDER = Path(__file__).parent

AUTHORITY = _FOLDER / "authority.pem"  # signed the next three; trusted if named as the CA bundle
GOOD = _FOLDER / "good.pem"  # for 127.0.0.1 and localhost
OTHER_NAME = _FOLDER / "other_name.pem"  # for elsewhere.invalid
EXPIRED = _FOLDER / "expired.pem"  # as GOOD, but valid in January 2020 only
SELF_SIGNED = _FOLDER / "self_signed.pem"  # as GOOD, but signed by nobody else
KEY = _FOLDER / "key.pem"  # of every server certificate here

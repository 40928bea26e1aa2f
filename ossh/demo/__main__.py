"""Run the demo server: `python -m ossh.demo`."""

from __future__ import annotations

import sys

from ossh.demo.main import main

if __name__ == "__main__":
    sys.exit(main())

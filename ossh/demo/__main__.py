"""Run the demo server: `python -m ossh.demo`."""

import sys

from ossh.demo.main import main

if __name__ == "__main__":
    sys.exit(main())

"""Check with a real bucket and your own credentials what ossh relies on, and print one table.

Usage:
    python3 build_scripts/live.py oss://BUCKET/PREFIX/                  connects as ossh would
    python3 build_scripts/live.py oss://BUCKET/PREFIX/ --profile work --yes > table.md

It only reads: listings, a few small objects, and a piece of a large one. Before it begins it says
how much that is at most, and asks. The table can be sent in, for it names no bucket, prefix, key,
domain, account, access key or request: only answers, sizes, and the host of OSS's own endpoints.
Exit status: 0 no answer is "no", 1 some are, 2 nothing was asked (arguments, no consent, no
environment), 3 the bucket cannot be asked or did not answer to the end, 130 stopped.
"""

import environment

if __name__ == "__main__":
    environment.start(__file__, "live_checks.command")

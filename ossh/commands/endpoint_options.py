"""The options that choose an endpoint, of `connect` and of the command line."""

from ossh.console.argparse_internals import ArgumentContainer


def add_endpoint_kinds(parser: ArgumentContainer) -> None:
    """Let `ossh`, or `connect`, choose an endpoint; `session.Options` has a field of each name."""
    which = parser.add_mutually_exclusive_group().add_argument
    which(
        "--internal", action="store_true", help="the internal endpoint: free inside Alibaba Cloud"
    )
    which("--dual-stack", action="store_true", help="the endpoint that also speaks IPv6")
    which("--accelerate", action="store_true", help="the transfer acceleration endpoint")
    which("--accelerate-overseas", action="store_true", help="the same, outside China only")
    which("--cname", action="store_true", help="the endpoint is a domain bound to the bucket")

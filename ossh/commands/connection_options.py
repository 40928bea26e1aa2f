"""The options that say how to connect: of `connect`, and of the command line beside any command.

`session.Options` has a field of each name.
"""

from ossh.console.argparse_internals import ArgumentContainer
from ossh.language import _
from ossh.store.transport_options import CA_BUNDLE, PROXY, checked_bundle, checked_proxy


def add_connection(parser: ArgumentContainer) -> None:
    """Add them; which exclude each other, `ossh.session.combinations` knows."""
    add = parser.add_argument
    add(
        "--profile",
        default="",
        metavar="PROFILE",
        help="a profile of ossutil or of the aliyun CLI",
    )
    add(
        "--ecs-role",
        nargs="?",
        const="*",  # of store.credentials: any role
        default="",
        type=_role_name,
        metavar="NAME",
        help="use the role NAME of this ECS instance, by default the one it has",
    )
    add("--anonymous", action="store_true", help="do not sign requests, for public buckets")
    add(
        "--endpoint",
        default="",
        metavar="URL",
        help="for example https://oss-cn-hangzhou.aliyuncs.com",
    )
    add("--region", default="", metavar="REGION", help="for example cn-hangzhou")
    add_endpoint_kinds(parser)
    add("--proxy", type=checked_proxy, default="", metavar="URL", help=PROXY)
    add("--ca-bundle", type=checked_bundle, default="", metavar="FILE", help=CA_BUNDLE)
    add("--insecure", action="store_true", help="accept any certificate; the prompt shows it")
    add("--requester-pays", action="store_true", help="agree to pay for the requests")
    add(
        "--unsigned-host",
        action="store_true",
        help="do not sign the host, for a gateway that rewrites it",
    )


def _role_name(text: str) -> str:
    """Refuse a place as the name of a role: the option takes the word after it."""
    if "/" in text or text.endswith((".toml", ".ossh")):
        why = _("'{text}' is not a role name; put --ecs-role after it")
        raise ValueError(why.format(text=text))
    return text


def add_endpoint_kinds(parser: ArgumentContainer) -> None:
    """Add what chooses an endpoint by its kind."""
    which = parser.add_argument
    which(
        "--internal", action="store_true", help="the internal endpoint: free inside Alibaba Cloud"
    )
    which("--dual-stack", action="store_true", help="the endpoint that also speaks IPv6")
    which("--accelerate", action="store_true", help="the transfer acceleration endpoint")
    which("--accelerate-overseas", action="store_true", help="the same, outside China only")
    which("--cname", action="store_true", help="the endpoint is a domain bound to the bucket")

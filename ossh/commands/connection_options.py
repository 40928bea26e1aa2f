"""The options that say how to connect: of `connect`, and of the command line beside any command.

`session.Options` has a field of each name.
"""

from functools import partial

from ossh.console.argparse_internals import ArgumentContainer
from ossh.language import _
from ossh.store.transport_options import CA_BUNDLE, PROXY, checked_bundle, checked_proxy


def add_connection(parser: ArgumentContainer) -> None:
    """Add them; which exclude each other, `ossh.session.combinations` knows."""
    flag = partial(parser.add_argument, action="store_true")
    text = partial(parser.add_argument, default="")
    text("--profile", metavar="PROFILE", help="a profile of ossutil or of the aliyun CLI")
    text(
        "--ecs-role",
        nargs="?",
        const="*",  # of store.credentials: any role
        type=_role_name,
        metavar="NAME",
        help="use the role NAME of this ECS instance, by default the one it has",
    )
    flag("--anonymous", help="do not sign requests, for public buckets")
    text("--endpoint", metavar="URL", help="for example https://oss-cn-hangzhou.aliyuncs.com")
    text("--region", metavar="REGION", help="for example cn-hangzhou")
    flag("--internal", help="the internal endpoint: free inside Alibaba Cloud")
    flag("--dual-stack", help="the endpoint that also speaks IPv6")
    flag("--accelerate", help="the transfer acceleration endpoint")
    flag("--accelerate-overseas", help="the same, outside China only")
    flag("--cname", help="the endpoint is a domain bound to the bucket")
    text("--proxy", type=checked_proxy, metavar="URL", help=PROXY)
    text("--ca-bundle", type=checked_bundle, metavar="FILE", help=CA_BUNDLE)
    flag("--insecure", help="accept any certificate; the prompt shows it")
    flag("--requester-pays", help="agree to pay for the requests")
    flag("--unsigned-host", help="do not sign the host, for a gateway that rewrites it")


def _role_name(text: str) -> str:
    """Refuse a place as the name of a role: the option takes the word after it."""
    if "/" in text or text.startswith("-") or text.endswith((".toml", ".ossh")):
        why = _("'{text}' is not a role name; put --ecs-role after it")
        raise ValueError(why.format(text=text))
    return text

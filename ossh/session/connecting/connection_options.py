"""How to connect, as the user said it: in options, or in a job file. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from ossh.model import Route, Source, short_repr
from ossh.session.combinations import check, given
from ossh.store.endpoint_kinds import EndpointKind
from ossh.store.transport_options import with_password

_KINDS = {kind.replace("-", "_"): kind for kind in EndpointKind if kind != EndpointKind.PUBLIC}
_USER = {"profile", "ecs_role", "anonymous"}
# Whoever gives one of the first takes none of the second from elsewhere.
_EXCLUSIVE = (
    ({"endpoint", "region"}, {"endpoint", "region"}),  # one of them implies the other
    ({"endpoint", *_KINDS}, {*_KINDS}),  # of a connection's place
    (_USER, _USER),  # a connection has one
)


@dataclass(frozen=True, slots=True)
class Options:
    """How to connect, as the user said; never a secret."""

    profile: str = ""
    ecs_role: str = ""  # of this machine; `ANY_ROLE`: the one it has
    endpoint: str = ""
    region: str = ""
    internal: bool = False
    dual_stack: bool = False
    accelerate: bool = False
    accelerate_overseas: bool = False
    cname: bool = False
    anonymous: bool = False
    requester_pays: bool = False
    unsigned_host: bool = False  # for a gateway that rewrites it
    proxy: str = ""  # without a password
    ca_bundle: str = ""
    # Accept any certificate. No job file keeps this, so it must be given each time.
    insecure: bool = False

    __repr__ = short_repr

    def with_defaults(self, others: "Options") -> "Options":
        """Return these options, with those of `others` where these say nothing."""
        given = {f.name: value for f in fields(self) if (value := getattr(self, f.name))}
        excluded = [names for some, names in _EXCLUSIVE if some & given.keys()]
        kept = {f.name for f in fields(self)}.difference(*excluded)
        return Options(**{name: getattr(others, name) for name in kept} | given)

    def check(self) -> None:
        """Refuse, by a UsageError, options that contradict each other."""
        check(given({one.name: getattr(self, one.name) for one in fields(self)}))

    @property
    def kind(self) -> EndpointKind | None:
        """Return which endpoint is to be used; None if that is not said."""
        return next((kind for name, kind in _KINDS.items() if getattr(self, name)), None)

    def route(self, environ: Mapping[str, str]) -> Route:
        """Return by which way requests travel; the environment knows a proxy's password."""
        return Route(with_password(self.proxy, environ), self.ca_bundle, not self.insecure)

    @classmethod
    def of(cls, source: Source) -> "Options":
        """Return the options that lead to a job's source again."""
        return cls(
            profile=source.profile,
            endpoint=source.endpoint,
            region=source.region,
            cname=source.addressing == "cname",
            anonymous=source.anonymous,
            requester_pays=source.requester_pays,
            unsigned_host=not source.sign_host,
        )

"""Stand-ins on loopback for whoever gives out keys: metadata server, STS, any address."""

import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qsl

from aliyunsdkcore.auth.algorithm import sha_hmac1
from aliyunsdkcore.auth.composer import rpc_signature_composer

ROLES = "/latest/meta-data/ram/security-credentials/"
TOKEN_HEADER = "x-aliyun-ecs-metadata-token"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: str

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of its body."""
        return dict(parse_qsl(self.body, keep_blank_values=True))


Answer = tuple[int, str]


class StandIn:
    """A server on loopback that answers as a function says, and keeps what it was asked."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length).decode()
                request = Asked(self.command, self.path, headers, body)
                outer.asked.append(request)
                status, text = answer(request)
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815 - names of the standard library

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def paths(self) -> list[str]:
        """Return what was asked, in order."""
        return [f"{one.method} {one.path}" for one in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(60)


def joined(words: Sequence[str]) -> str:
    """Return a command as a profile names it, with the quotes of this system."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def in_an_hour() -> datetime:
    """Return when keys end that are given now."""
    return (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)


def keys_json(number: int = 1, expires: datetime | None = None, **more: object) -> dict[str, Any]:
    """Return keys as metadata server, STS and credentials URI write them."""
    return {
        "AccessKeyId": f"STS.given-{number}",
        "AccessKeySecret": f"given-secret-{number}",
        "SecurityToken": f"given-token-{number}",
        "Expiration": f"{expires or in_an_hour():%Y-%m-%dT%H:%M:%SZ}",
        **more,
    }


@dataclass
class MetadataServer:
    """What the metadata server of an ECS instance does."""

    role: str = "reader"
    is_hardened: bool = False
    has_tokens: bool = True
    token: str = "the-token"
    give: Callable[[], dict[str, Any]] = field(default=lambda: keys_json(Code="Success"))

    def __call__(self, asked: Asked) -> Answer:
        if asked.path == "/latest/api/token":
            return self._token(asked)
        if self.is_hardened and asked.headers.get(TOKEN_HEADER) != self.token:
            return 403, "token needed"
        if asked.path == ROLES and self.role:
            return 200, f"{self.role}\n"
        if asked.path == f"{ROLES}{self.role}" and self.role:
            return 200, json.dumps(self.give())
        return 404, "not found"

    def _token(self, asked: Asked) -> Answer:
        if asked.method != "PUT" or not self.has_tokens:
            return 404, "not found"
        has_lifetime = asked.headers.get(f"{TOKEN_HEADER}-ttl-seconds", "").isdecimal()
        return (200, self.token) if has_lifetime else (400, "no lifetime")


@dataclass
class StsServer:
    """What STS does: it checks the signature as the official SDK makes it."""

    secrets: dict[str, str] = field(default_factory=lambda: {"LTAI-base": "base-secret"})
    oidc_token: str = "identity"
    refusal: Answer | None = None
    numbers: Any = field(default_factory=lambda: count(1))
    give: Callable[[int], dict[str, Any]] = keys_json

    def __call__(self, asked: Asked) -> Answer:
        form = asked.form
        if self.refusal is not None:
            return self.refusal
        if form["Action"] == "AssumeRoleWithOIDC":
            allowed = form["OIDCToken"] == self.oidc_token and "Signature" not in form
        else:
            given = form.pop("Signature")
            secret = self.secrets.get(form["AccessKeyId"], "")
            allowed = given == sdk_signature(form, secret)
        if not allowed:
            return refused("SignatureDoesNotMatch")
        given_keys = self.give(next(self.numbers))
        return 200, json.dumps({"RequestId": "REQ-1", "Credentials": given_keys})


def refused(code: str) -> Answer:
    """Return how STS refuses; its sentence repeats what must not be shown."""
    message = "Specified signature is not matched; server string to sign is: hush-secret"
    return 403, json.dumps({"Code": code, "RequestId": "REQ-9", "Message": message})


def sdk_signature(parameters: Mapping[str, str], secret: str) -> str:
    """Return the signature of a POST as the official SDK computes it."""
    compose = vars(rpc_signature_composer)["__compose_string_to_sign"]
    return str(sha_hmac1.get_sign_string(compose("POST", dict(parameters)), f"{secret}&"))

"""nginx as an object store: static bodies, canned listings, the headers that OSS sends.

The delay of a request is nginx's own `auth_delay`: each request is first refused inside nginx,
which holds a refusal back for the delay on a timer, and then serves the page of that error, the
object. It needs no root and no extra module, and costs a few microseconds a request. It is
not a slow line: connecting and all packets are as fast as ever, only the answer begins later.

The rate of a connection is kept by the kernel (`paced`). nginx's own `limit_rate` would not do: it
allows each request a second's worth at once, so parts of an object would escape it.
"""

import contextlib
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from benchmark.data import Bucket
from benchmark.measure import end_session
from benchmark.paced import set_rate, set_rate_of
from ossh.demo import certificates

HOST = "127.0.0.1"
START_SECONDS = 20.0
OPEN_FILES = 65536  # of each nginx process, where the system allows so many

CONFIG = """{user}worker_processes auto;
worker_rlimit_nofile {files};
daemon off;
pid {root}/nginx.pid;
error_log {root}/error.log crit;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    log_format listing '$request_uri $bytes_sent';
    log_format body '$msec $request_time';
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    open_file_cache max={cached} inactive=1h;
    open_file_cache_valid 1h;
    types {{ }}
    default_type application/octet-stream;
    client_body_temp_path {root}/temporary;
    proxy_temp_path {root}/temporary;
    fastcgi_temp_path {root}/temporary;
    uwsgi_temp_path {root}/temporary;
    scgi_temp_path {root}/temporary;
    map_hash_max_size 131072;
    map_hash_bucket_size 128;
    variables_hash_bucket_size 128;
    map $uri $crc {{ default ""; include {root}/crcs; }}
    map $args $given {{ default ""; "~(?:^|&)continuation-token=(?<t>p[0-9]+)" $t; }}
    map $args $after {{ default ""; "~(?:^|&)(?:start-after|marker)=(?<k>[^&]+)" $k; }}
    map $after $next {{ default none; "" ""; include {root}/next; }}
    map $given $token {{ default $given; "" $next; }}
    map "$arg_prefix:$arg_delimiter:$token" $page {{ default none; include {root}/pages.map; }}
    map $server_port $kind {{ {s3_port} s3; default oss; }}
    server {{
        listen {host}:{oss_port}{ssl} backlog=4096;
        listen {host}:{s3_port}{ssl} backlog=4096;
        ssl_certificate {certificates.GOOD};
        ssl_certificate_key {certificates.KEY};
        add_header x-amz-request-id $request_id always;
        add_header x-oss-request-id $request_id always;
        add_header x-oss-server-time 1 always;
        add_header x-oss-object-type Normal;
        add_header x-oss-storage-class Standard;
        add_header x-oss-hash-crc64ecma $crc;
        location = /{bucket} {{ {list_gate} }}
        location = /{bucket}/ {{ {list_gate} }}
        location / {{ {body_gate} }}
        location @listing {{ {listing} }}
        location @body {{ {body} }}
    }}
}}
"""
LISTING = (
    "access_log {root}/listing.log listing; default_type application/xml; "
    "root {root}/pages/$kind; try_files /$page.xml =400;"
)
GATE = (
    "auth_delay {delay}ms; auth_basic gate; auth_basic_user_file /dev/null; error_page 401 = {to};"
)


class Server:
    """A running nginx that serves one bucket; a context manager.

    Args:
        root: The folder that `data` filled; also for nginx's own files.
        bucket: What it serves.
        delay_ms: Added to each request, in milliseconds.
        with_tls: Whether it speaks TLS, with a certificate of the demo server.
    """

    def __init__(
        self, root: Path, bucket: Bucket, *, delay_ms: int = 0, with_tls: bool = False
    ) -> None:
        self.bucket = bucket
        self.delay_ms = delay_ms
        self.with_tls = with_tls
        scheme = "https" if with_tls else "http"
        self._root = root
        self._sockets = [_listening() for _ in ("oss", "s3")]
        self._ports = [one.getsockname()[1] for one in self._sockets]
        self.oss_url, self.s3_url = (f"{scheme}://{HOST}:{port}" for port in self._ports)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        (self._root / "crcs").write_text("".join(_crcs(self.bucket)), encoding="ascii")
        (self._root / "next").write_text("".join(_next(self.bucket)), encoding="ascii")
        (self._root / "pages.map").write_text("".join(_pages(self.bucket)), encoding="ascii")
        config = self._root / "nginx.conf"
        config.write_text(self._config(), encoding="utf-8")
        inherited = [one.fileno() for one in self._sockets]
        self._process = subprocess.Popen(
            [_nginx(), "-p", str(self._root), "-e", str(self._root / "error.log"), "-c", config],
            stdin=subprocess.DEVNULL,
            # Sockets that are there already, as when nginx replaces itself by a newer nginx.
            env={**os.environ, "NGINX": "".join(f"{number};" for number in inherited)},
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C must not reach it: `stop` ends it
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop nginx; harmless when it has ended."""
        for one in self._sockets:
            one.close()
        if self._process is not None:
            end_session(self._process)

    def pace(self, rate: int, *, is_running: bool = False) -> None:
        """Give all connections that come from now on a rate in bytes a second; 0 for any speed.

        With `is_running` those that are there already get it, too.

        Raises:
            OSError: The system does not allow that for those that are there.
        """
        for one in self._sockets:
            set_rate(one, rate)
        if is_running and self._process is not None:
            set_rate_of(self._process.pid, self._ports, rate)

    def listings(self) -> int:
        log = self._root / "listing.log"
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def first_body(self, since: float) -> float | None:
        """Return when the first body after a moment was asked for, in Unix time, as that is.

        Only of a bucket whose objects are large; None if there was none.
        """
        lines = (self._root / "bodies.log").read_text(encoding="ascii").splitlines()
        asked = (float(end) - float(took) for end, took in map(str.split, lines))
        return min((one for one in asked if one >= since), default=None)

    def _config(self) -> str:
        # Its workers would otherwise be another user's, and see nothing of our folder.
        is_root = sys.platform != "win32" and os.geteuid() == 0
        files = _open_files()
        connections = min(8192, files // 4)
        listing = LISTING.format(root=self._root)
        name = f"/{self.bucket.name}.bin" if self.bucket.is_shared else "$uri"
        log = f"access_log {self._root}/bodies.log body; " if self.bucket.is_large else ""
        body = f"{log}root {self._root}/www; try_files {name} =404;"
        return CONFIG.format(
            user="user root;\n" if is_root else "",
            root=self._root,
            files=files,
            connections=connections,
            cached=min(20000, files - connections - 100),  # the rest: its logs, its own sockets
            certificates=certificates,
            host=HOST,
            oss_port=self._ports[0],
            s3_port=self._ports[1],
            ssl=" ssl" if self.with_tls else "",
            bucket=self.bucket.name,
            list_gate=GATE.format(delay=self.delay_ms, to="@listing") if self.delay_ms else listing,
            body_gate=GATE.format(delay=self.delay_ms, to="@body") if self.delay_ms else body,
            listing=listing,
            body=body,
        )

    def _wait(self) -> None:
        """Wait until it answers: before it runs, its socket already takes connections."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, self._ports[1]), START_SECONDS) as connection,
        ):
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            if connection.recv(1):
                return
        log = self._root / "error.log"
        message = f"nginx did not start: {log.read_text() if log.exists() else 'no log'}"
        raise RuntimeError(message)


def _nginx() -> str:
    for place in (None, "/usr/sbin:/usr/local/sbin"):
        if found := shutil.which("nginx", path=place):
            return found
    message = "nginx is not installed; on Debian and Ubuntu: apt install nginx-light"
    raise RuntimeError(message)


def _listening() -> socket.socket:
    """Return a socket at a free port."""
    made = socket.socket()
    made.bind((HOST, 0))
    made.listen(4096)
    made.settimeout(0)  # or a worker waits for a connection that another has taken
    return made


def _open_files() -> int:
    """Return how many files an nginx process may have open: more, and it answers with errors."""
    if sys.platform == "win32":
        return OPEN_FILES
    else:  # noqa: RET505 - so that mypy leaves it out elsewhere
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        return OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)


def _crcs(bucket: Bucket) -> Iterator[str]:
    if bucket.is_shared:
        yield f'"/{bucket.name}.bin" {bucket.crc(0)};\n'
        return
    for number, key in enumerate(bucket.all_keys()):
        yield f'"/{bucket.name}/{key}" {bucket.crc(number)};\n'


def _next(bucket: Bucket) -> Iterator[str]:
    """Yield which page follows a key: the last of a page, or the name of a folder.

    Any other key would need a page of its own; the answer to it is an error, not a wrong page.
    """
    for number, (folder, objects) in enumerate(bucket.pages()):
        key = bucket.key(objects[-1])
        for after in (key, key.replace("/", "%2F")):
            yield f'"{after}" p{number + 1};\n'
        if objects[0] == folder * bucket.per_folder:
            name = bucket.folder(folder)
            for after in (name, f"{name}/", f"{name}%2F"):
                yield f'"{after}" p{number};\n'


def _pages(bucket: Bucket) -> Iterator[str]:
    """Yield which page file answers "prefix:delimiter:token"."""
    pages = list(bucket.pages())
    yield '"::" p0;\n"~^::(?<all>p\\d+)$" $all;\n":%2F:" levels;\n":/:" levels;\n'
    for number, (folder, _) in enumerate(pages):
        is_first = number == 0 or pages[number - 1][0] != folder
        is_last = number == len(pages) - 1 or pages[number + 1][0] != folder
        file, name = f"{'e' if is_last else 'p'}{number}", bucket.folder(folder)
        for delimiter in ("", "%2F", "/"):
            yield f'"{name}%2F:{delimiter}:p{number}" {file};\n'
            if is_first:
                yield f'"{name}%2F:{delimiter}:" {file};\n'

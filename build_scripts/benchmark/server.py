"""nginx as an object store: static bodies, canned listings, the headers that OSS sends.

The delay of a request is nginx's own `auth_delay`: each request is first refused inside nginx,
which holds a refusal back for the delay on a timer, and then serves the page of that error, the
object. It needs no root and no extra module, and costs a few microseconds a request. It is
not a slow line: connecting and all packets are as fast as ever, only the answer begins later.

The rate of a connection is kept by the kernel (`meanwhile`). nginx's own `limit_rate` would not do:
it allows each request a second's worth at once, so parts of an object would escape it.

A page of a listing is found by the key or the folder before it. After any other key, there would
have to be a page of its own; the answer to it is an error, not a wrong page.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmark.data import Bucket, fill, write_pages
from benchmark.meanwhile import set_rate, set_rate_of
from benchmark.measure import PATH, FailedError, end_session, tail
from benchmark.setting import Setting
from ossh.demo import certificates

START_SECONDS = 20.0
OPEN_FILES = 65536  # of each nginx process, where the system allows so many

# Without "user", the workers of root would be another user's, and see nothing of our folder.
CONFIG = """user root;
worker_processes auto;
worker_rlimit_nofile {files};
daemon off;
pid {root}/nginx.pid;
error_log {root}/error.log crit;
events {{ worker_connections 2048; }}
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
    map $args $given {{ "~(?:^|&)(?:continuation-token|start-after|marker)=(?<is>[^&]*)" $is; }}
    map $given $after {{
        default none;
        "" "";
        "~^(?<folder>[0-9]+)(?:-|/|%2F)?(?<name>[0-9]+.bin)?$" $folder-$name;
    }}
    map "$arg_prefix:$arg_delimiter:$after" $page {{
        default none;
        "~^::(?<before>.*)$" all$before;
        "~^:(?:%2F|/):$" levels;
        "~^(?<prefix>[0-9]+)(?:%2F|/):(?:%2F|/)?:$" one$prefix-;
        "~^[0-9]+(?:%2F|/):(?:%2F|/)?:(?<before>.+)$" one$before;
    }}
    map $server_port $kind {{ {ports[1]} s3; default oss; }}
    server {{
        listen 127.0.0.1:{ports[0]}{ssl} backlog=4096;
        listen 127.0.0.1:{ports[1]}{ssl} backlog=4096;
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


@dataclass(slots=True)
class Server:
    """A running nginx."""

    root: Path
    bucket: Bucket
    oss_url: str
    s3_url: str
    sockets: Sequence[socket.socket]  # that it accepts connections from
    process: subprocess.Popen[bytes]

    def pace(self, rate: int, *, is_running: bool = False) -> None:
        """Give all connections that come from now on a rate in bytes a second; 0 for any speed.

        With `is_running` those that are there already get it, too.

        Raises:
            OSError: The system does not allow that for those that are there.
        """
        for one in self.sockets:
            set_rate(one, rate)
        if is_running:
            set_rate_of(self.process.pid, rate)

    def listings(self) -> int:
        log = self.root / "listing.log"
        return log.read_bytes().count(b"\n") if log.exists() else 0

    def first_body(self, since: float) -> float | None:
        """Return when the first body after a moment was asked for, in Unix time, as that is.

        Only of a bucket whose objects are large; None if there was none.
        """
        lines = (self.root / "bodies.log").read_text(encoding="ascii").splitlines()
        asked = (float(end) - float(took) for end, took in map(str.split, lines))
        return min((one for one in asked if one >= since), default=None)


@contextmanager
def serving(
    setting: Setting, wanted: Bucket, *, delay_ms: int = 0, with_tls: bool = False
) -> Iterator[Server]:
    """Make a bucket and its listing, serve it within the block, and remove it in the end.

    Args:
        setting: Where.
        wanted: What it serves.
        delay_ms: Added to each request, in milliseconds.
        with_tls: Whether it speaks TLS, with a certificate of the demo server.

    Raises:
        FailedError: There is no room for it and a copy, or nginx is missing or does not start.
    """
    stored = wanted.size if wanted.is_shared else 2 * (wanted.total + wanted.count * 4096)
    setting.need(stored + wanted.count * 1024)
    nginx = shutil.which("nginx", path=f"{PATH}:/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise FailedError("nginx is not installed; on Debian and Ubuntu: apt install nginx-light")
    with (
        TemporaryDirectory(dir=setting.root, ignore_cleanup_errors=True) as folder,
        _listening() as oss,
        _listening() as s3,
    ):
        root = Path(folder)
        bucket = fill(root, wanted)
        write_pages(root, bucket)
        ports = [one.getsockname()[1] for one in (oss, s3)]
        oss_url, s3_url = (f"http{'s' if with_tls else ''}://127.0.0.1:{port}" for port in ports)
        allowed = Path("/proc/self/limits").read_text(encoding="ascii")
        files = min(OPEN_FILES, int(allowed.partition("Max open files")[2].split()[1]))
        (root / "crcs").write_text("".join(_crcs(bucket)), encoding="ascii")
        config = CONFIG.format(
            root=root,
            files=files,  # with more, it answers with errors
            cached=min(20000, files - 2200),  # the rest: connections, its logs, its own sockets
            certificates=certificates,
            ports=ports,
            ssl=" ssl" if with_tls else "",
            bucket=bucket.name,
            **_locations(root, bucket, delay_ms),
        )
        (root / "nginx.conf").write_text(config, encoding="utf-8")
        inherited = (oss.fileno(), s3.fileno())
        process = subprocess.Popen(
            [nginx, "-p", str(root), "-e", str(root / "error.log"), "-c", str(root / "nginx.conf")],
            stdin=subprocess.DEVNULL,
            # Sockets that are there already, as when nginx replaces itself by a newer nginx.
            env={**os.environ, "NGINX": "".join(f"{number};" for number in inherited)},
            pass_fds=inherited,
            start_new_session=True,  # Ctrl-C must not reach it: it is ended below
        )
        try:
            _wait(ports[0], root / "error.log")
            yield Server(root, bucket, oss_url, s3_url, (oss, s3), process)
        finally:
            end_session(process)


def _locations(root: Path, bucket: Bucket, delay_ms: int) -> dict[str, str]:
    """Return what serves listings and bodies, and what stands before each."""
    name = f"/{bucket.name}.bin" if bucket.is_shared else "$uri"
    log = f"access_log {root}/bodies.log body; " if bucket.is_large else ""
    listing = (
        f"access_log {root}/listing.log listing; default_type application/xml; "
        f"root {root}/pages/$kind; try_files /$page.xml =400;"
    )
    body = f"{log}root {root}/www; try_files {name} =404;"
    gate = f"auth_delay {delay_ms}ms; auth_basic gate; auth_basic_user_file /dev/null;"
    return {
        "listing": listing,
        "body": body,
        "list_gate": f"{gate} error_page 401 = @listing;" if delay_ms else listing,
        "body_gate": f"{gate} error_page 401 = @body;" if delay_ms else body,
    }


def _wait(port: int, log: Path) -> None:
    """Wait until it answers: before it runs, its socket already takes connections.

    Raises:
        FailedError: It does not.
    """
    place = ("127.0.0.1", port)
    with suppress(OSError), socket.create_connection(place, START_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        if connection.recv(1):
            return
    raise FailedError(f"nginx did not start: {tail(log) if log.exists() else 'no log'}")


def _listening() -> socket.socket:
    """Return a socket at a free port."""
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(4096)
    made.settimeout(0)  # or a worker waits for a connection that another has taken
    return made


def _crcs(bucket: Bucket) -> Iterator[str]:
    if bucket.is_shared:
        yield f'"/{bucket.name}.bin" {bucket.crc(0)};\n'
        return
    for number, key in enumerate(bucket.all_keys()):
        yield f'"/{bucket.name}/{key}" {bucket.crc(number)};\n'

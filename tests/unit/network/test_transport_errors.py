"""What the errors of libcurl, sockets and parsers mean."""

import subprocess
import sys

import pycurl
import pytest

from ossh.model import Cause
from ossh.network.transport_errors import failure_of, stalled


@pytest.mark.parametrize(
    ("code", "text", "cause"),
    [
        (pycurl.E_COULDNT_RESOLVE_HOST, "Could not resolve host: x", Cause.NETWORK),
        (pycurl.E_COULDNT_RESOLVE_PROXY, "Could not resolve proxy: x", Cause.NETWORK),
        (pycurl.E_COULDNT_CONNECT, "", Cause.NETWORK),
        (pycurl.E_COULDNT_CONNECT, "CONNECT tunnel failed, response 407", Cause.NOT_OSS),
        (pycurl.E_RECV_ERROR, "CONNECT tunnel failed, response 403", Cause.NOT_OSS),
        (pycurl.E_COULDNT_CONNECT, "CONNECT tunnel failed, response 503", Cause.NETWORK),
        (pycurl.E_OPERATION_TIMEDOUT, "Connection timed out after 10001 ms", Cause.NETWORK),
        (pycurl.E_OPERATION_TIMEDOUT, "Failed to connect to x port 443", Cause.NETWORK),
        (pycurl.E_OPERATION_TIMEDOUT, "Operation too slow. Less than 51 bytes/sec", Cause.STALL),
        (pycurl.E_OPERATION_TIMEDOUT, "Operation timed out after 5 s", Cause.TIMEOUT),
        (pycurl.E_PEER_FAILED_VERIFICATION, "SSL certificate problem", Cause.TLS),
        (pycurl.E_SSL_CONNECT_ERROR, "", Cause.TLS),
        (pycurl.E_PARTIAL_FILE, "transfer closed with 5 bytes remaining", Cause.SHORT_BODY),
        (pycurl.E_GOT_NOTHING, "Empty reply from server", Cause.RESET),
        (pycurl.E_RECV_ERROR, "Recv failure: Connection reset by peer", Cause.RESET),
        (pycurl.E_SEND_ERROR, "Send failure: Broken pipe", Cause.RESET),
        (pycurl.E_FILESIZE_EXCEEDED, "Maximum file size exceeded", Cause.CORRUPT),
        (pycurl.E_BAD_FUNCTION_ARGUMENT, "", Cause.RESET),
        (0, "", Cause.RESET),
    ],
)
def test_each_error_of_libcurl_has_a_cause(code: int, text: str, cause: Cause) -> None:
    failure = failure_of(pycurl.error(code, text) if code else pycurl.error())

    assert failure.cause is cause
    assert failure.code
    assert failure.message


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Could not resolve host: x", "could not resolve host: x"),
        ("SSL certificate problem", "SSL certificate problem"),
        ("no route", "no route"),
    ],
)
def test_words_of_libcurl_are_told_in_our_style(said: str, told: str) -> None:
    assert failure_of(pycurl.error(pycurl.E_COULDNT_CONNECT, said)).message == told


def test_a_stall_is_told_by_what_came() -> None:
    failure = stalled(3, 20)

    assert (failure.cause, failure.message) == (Cause.STALL, "only 3 bytes arrived in 20 s")


USED_UP = """
import errno, os, resource, socket
from ossh.network import Http, Pool, Timeouts

with socket.create_server(("127.0.0.1", 0)) as server:
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    http = Http(Timeouts(stall=0.2))
    http.handle().close()  # what it imports and reads is there now
    pool = Pool(http)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    files = []
    try:
        while True:
            files.append(os.dup(0))
    except OSError:
        pass
    try:
        Pool(http)
    except OSError as error:
        print(errno.errorcode[error.errno])
    for left in range(4):
        pool.start(url, (), left)
        while not (answers := pool.poll(0.1)):
            pass
        print(answers[0].failure.cause)
        os.close(files.pop())
"""


@pytest.mark.fault("F34")
@pytest.mark.skipif(sys.platform == "win32", reason="sets a limit of POSIX")
def test_a_network_that_nobody_could_ask_is_not_away() -> None:
    line = [sys.executable, "-c", USED_UP]

    told = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()

    assert told.pop(0) == "EMFILE"  # of what was not even begun
    assert told[0] == "too-many-files"
    assert set(told) <= {"too-many-files", "stall"}  # nobody answers one that could be made

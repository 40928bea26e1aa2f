"""What each cause of failure means and what to do next; and failures as errors to raise."""

from collections.abc import Collection, Mapping
from typing import Final

from ossh.errors import StoreError
from ossh.language import Words, _, said
from ossh.model import Cause, Failure
from ossh.printable import printable

# Codes of a local conflict: whether `--replace` moves what is in the way.
REPLACEABLE: Final = "local conflict"
IMMOVABLE: Final = "immovable"
_TRY_AGAIN: Final = Words(
    "'retry' tries again; fewer connections may help ('connections' in the job's [transfer])"
)
_MEANINGS: Final[Mapping[Cause, str]] = {
    Cause.TIMEOUT: Words("the service took the request but did not answer in time"),
    Cause.RESET: Words("the connection was lost before the answer was complete"),
    Cause.SERVER: Words("the service reported an internal problem"),
    Cause.SHORT_BODY: Words("the connection ended before all bytes had arrived"),
    Cause.CORRUPT: Words(
        "the bytes received do not match what the service announced, so no file was made from them"
    ),
    Cause.STALL: Words("bytes arrived too slowly or not at all, so the connection was closed"),
    Cause.BLOCKED: Words(
        "a proxy or filter on the way answered in place of OSS, which does answer other requests"
    ),
    Cause.TLS: Words(
        "no trusted connection: this computer does not trust the certificate it received"
    ),
    Cause.DENIED: Words("the service recognizes this user but denies access to the object"),
    Cause.KMS: Words(
        "the object is encrypted with a KMS key that is disabled, or that this user may not use"
    ),
    Cause.GONE: Words("the bucket has no object with this key"),
    Cause.REFUSED: Words("the service refused the request; 'failures' shows its error code"),
    Cause.IN_USE: Words("another program has the file open, so it cannot be replaced"),
    Cause.WORKER_LOST: Words("the process that fetched it was killed, or hung"),
    Cause.LOCAL_CONFLICT: Words(
        "the file's place is taken by something that must not be overwritten"
    ),
    Cause.CANNOT_WRITE: Words("this computer refused to write the file"),
    Cause.THROTTLED: Words("the service repeatedly asked to slow down"),
    Cause.NETWORK: Words("the service could not be reached"),
    Cause.NOT_OSS: Words("something other than OSS answered"),
    Cause.EXPIRED: Words("the temporary credentials expired during the run"),
    Cause.CLOCK: Words("this computer's clock differs too much from the service's"),
    Cause.NO_WORKER: Words("the Dask cluster had no worker to fetch it"),
    Cause.CHANGED: Words("the object was replaced while it was being read, more than once"),
    Cause.ARCHIVED: Words("the object is in cold storage and cannot be read until it is restored"),
    Cause.BAD_CREDENTIALS: Words("the service does not accept the access key"),
    Cause.NO_BUCKET: Words("the bucket does not exist, or cannot be used"),
    Cause.WRONG_ENDPOINT: Words("the bucket is at another endpoint"),
    Cause.DISK_FULL: Words("the target's disk has no space left"),
    Cause.READ_ONLY: Words("the target is on a read-only file system"),
    Cause.TARGET_GONE: Words("the target folder, or the disk it is on, disappeared"),
    Cause.TOO_MANY_FILES: Words("the system allows no more open files"),
}
_ADVICE: Final[Mapping[Cause, str]] = {
    Cause.TIMEOUT: _TRY_AGAIN,
    Cause.RESET: _TRY_AGAIN,
    Cause.SERVER: Words("'retry' tries again"),
    Cause.SHORT_BODY: _TRY_AGAIN,
    Cause.CORRUPT: Words(
        "'retry' tries again; if it keeps happening, a proxy is altering the data"
    ),
    Cause.STALL: _TRY_AGAIN,
    Cause.BLOCKED: Words(
        "ask whoever runs the proxy or filter to let the object through, or use another "
        "network; 'retry' tries again"
    ),
    Cause.TLS: Words(
        "check the clock and the endpoint; if a proxy inspects TLS, provide its certificate "
        "with --ca-bundle FILE or SSL_CERT_FILE"
    ),
    Cause.DENIED: Words(
        "the user needs oss:GetObject to read this bucket's objects, and oss:GetObjectVersion for "
        "older versions; then 'retry'"
    ),
    Cause.KMS: Words(
        "the user needs kms:Decrypt for the key that 'stat KEY' shows, and the key must be "
        "enabled; then 'retry'"
    ),
    Cause.GONE: Words(
        "it was deleted since the bucket was listed: 'refresh' looks again; or a list names a key "
        "that is not there: correct it, and name it with --from again"
    ),
    Cause.IN_USE: Words(
        "close the program that has it open (a spreadsheet, an editor); 'retry' tries again"
    ),
    Cause.WORKER_LOST: Words(
        "find out what ends processes here (the system's log tells if memory ran out), or set "
        "processes = 1 in the job's [transfer]; 'retry' tries again"
    ),
    Cause.LOCAL_CONFLICT: Words(  # of several objects, of which each needs another
        "'retry --replace' moves files and links in their place to the trash; move folders, "
        "devices, read-only files and other jobs' files away yourself (or choose another --to), "
        "then 'retry'"
    ),
    Cause.CANNOT_WRITE: Words("check the permissions in the target folder; 'retry' tries again"),
    Cause.THROTTLED: Words("resume later, or with fewer 'connections' in the job's [transfer]"),
    Cause.NETWORK: Words(
        "check the network and the endpoint's spelling; an -internal endpoint answers only inside "
        "its region"
    ),
    Cause.NOT_OSS: Words(
        "a proxy, a login page or another server answered: check the endpoint, HTTPS_PROXY and "
        "NO_PROXY, or log in to the network"
    ),
    Cause.EXPIRED: Words("get new temporary credentials; 'whoami' says where these come from"),
    Cause.CLOCK: Words(
        "set this computer's clock (on Linux: timedatectl set-ntp true), then 'get'"
    ),
    Cause.NO_WORKER: Words("start workers (dask worker ADDRESS), then resume with 'get'"),
    Cause.CHANGED: Words("'retry' fetches the current one"),
    Cause.ARCHIVED: Words("'restore' asks OSS to thaw what is archived, which costs money"),
    Cause.BAD_CREDENTIALS: Words("check the access key; 'whoami' says where it comes from"),
    Cause.NO_BUCKET: Words("check the bucket's name; 'buckets' lists yours"),
    Cause.WRONG_ENDPOINT: Words(
        "give the bucket's own endpoint and region: connect --endpoint URL --region REGION"
    ),
    Cause.DISK_FULL: Words("free some space at the target, then resume with 'get'"),
    Cause.READ_ONLY: Words(
        "make the target's file system writable again (a faulty disk becomes read-only), then "
        "resume with 'get'"
    ),
    Cause.TARGET_GONE: Words(
        "make the target available again (plug it in, mount it, move it back), then resume "
        "with 'get'"
    ),
    Cause.TOO_MANY_FILES: Words(
        "allow more open files (ulimit -n), or use fewer 'connections' in the job's "
        "[transfer]; then resume with 'get'"
    ),
}
# Where no job has an object that 'retry' could try again: what was asked for failed as a whole.
_LATER: Final = Words("try again later")
_ADVICE_ON_CALLS: Final[Mapping[Cause, str]] = {
    Cause.TIMEOUT: _LATER,
    Cause.RESET: _LATER,
    Cause.SERVER: _LATER,
    Cause.SHORT_BODY: _LATER,
    Cause.STALL: _LATER,
    Cause.CORRUPT: Words("try again; if it keeps happening, a proxy is altering the data"),
    Cause.BLOCKED: Words(
        "ask whoever runs the proxy or filter to let the object through, or use another network"
    ),
    Cause.DENIED: Words(
        "the user needs oss:GetObject to read this bucket's objects, and oss:GetObjectVersion for "
        "older versions"
    ),
    Cause.KMS: Words(
        "the user needs kms:Decrypt for the key that 'stat KEY' shows, and the key must be enabled"
    ),
    Cause.THROTTLED: _LATER,
    Cause.CLOCK: Words("set this computer's clock (on Linux: timedatectl set-ntp true)"),
    Cause.CHANGED: Words("try again"),
}
_PAY: Final = Words("pay the account's bills, then try again")
_BIND: Final = Words("bind the domain to the bucket in the OSS console, or connect without --cname")
_ADVICE_BY_CODE: Final[Mapping[str, str]] = {
    REPLACEABLE: Words(
        "'retry --replace' moves what is in their place to the target's trash, and fetches them"
    ),
    IMMOVABLE: Words(
        "move or rename what is in the way yourself, or choose another --to; then 'retry'"
    ),
    "ENAMETOOLONG": Words(
        "the whole path is too long for this system: choose a shorter --to, or leave out folders "
        "with --flat or --strip-prefix N"
    ),
    "EFBIG": Words(
        "the disk holds no file as large as that (FAT32: 4 GiB), or 'ulimit -f' forbids it: choose "
        "a --to on another disk"
    ),
    "EIO": Words("the disk has an error: check it, or choose a --to on another disk"),
    "target file": Words(
        "there is a file where the folder belongs: choose another folder with get --to DIR, or "
        "rename the file"
    ),
    "target": Words("choose another folder with get --to DIR, or make this one writable"),
    "InvalidAccessKeyId": Words("check the access key id; 'whoami' says where it comes from"),
    "SignatureDoesNotMatch": Words(
        "check the access key secret ('whoami' says where it comes from); behind a gateway that "
        "rewrites the host: connect --unsigned-host, or sign_host = false in the job's [source]"
    ),
    "UserDisable": Words("ask the account's administrator"),
    "InDebt": _PAY,
    "InDebtOverdue": _PAY,
    "InvalidArgument": Words(
        "give the bucket's own region, for example: connect --region cn-hangzhou"
    ),
    "KmsServiceNotEnabled": Words("have the account's owner activate KMS, then try again"),
    "SecondLevelDomainForbidden": Words("use the endpoint's host name, not an IP address"),
    "CnameDenied": _BIND,
    "NoSuchCname": _BIND,
    "PublicEndpointForbidden": Words(
        "accounts opened since March 2025 can read data in the Chinese mainland only through the "
        "bucket's own domain: connect --cname --endpoint https://DOMAIN --region REGION; inside "
        "the region, --internal works too"
    ),
    "V1 signature": Words(
        "new accounts (since March 2025) and new buckets (since September 2025) accept only "
        "version 4 signatures, which need the bucket's region: connect --region REGION, or region "
        "in the job's [source]"
    ),
    "ListObjects": Words(
        "the user needs oss:ListObjects to list this bucket; 'cat KEY > FILE' fetches a known key "
        "without it"
    ),
    "ListObjectVersions": Words(
        "the user needs oss:ListObjectVersions to list versions and oss:GetObjectVersion to read "
        "them"
    ),
    "GetBucketVersioning": Words(
        "the user needs oss:GetBucketVersioning, which tells whether the bucket keeps versions"
    ),
    "not versioned": Words("'cd --as-of now' shows the bucket as it is"),
    "not past": Words("choose an earlier time"),
    "RestoreAlreadyInProgress": Words(
        "'get --wait-restore' waits until it has thawed, then fetches it"
    ),
    "unasked keys": Words(
        "a gateway on the way ignores listing parameters: connect to OSS's own endpoint"
    ),
    "redirected": Words("redirects are not followed: check the endpoint, or log in to the network"),
    "dead proxy": Words("check that the proxy runs there, or go without one: --proxy none"),
    "proxy login": Words(
        "use --proxy http://USER@HOST:PORT and put the password in OSSH_PROXY_PASSWORD; or put "
        "both in HTTPS_PROXY: http://USER:PASS@HOST:PORT"
    ),
    "proxy refusal": Words(
        "have the proxy allow the endpoint, use another proxy (--proxy, HTTPS_PROXY), or go "
        "without one: --proxy none"
    ),
}


def meaning(cause: Cause) -> str:
    return _MEANINGS[cause]


def advice(cause: Cause, code: str = "") -> str:
    """Return what to do next about a failure: one line, "" if there is nothing to do."""
    return _of_code(cause, code) or _ADVICE.get(cause, "")


def _of_code(cause: Cause, code: str) -> str:
    if code == "InvalidArgument" and cause is not Cause.WRONG_ENDPOINT:
        return ""
    return _ADVICE_BY_CODE.get(code, "")


def advice_for(cause: Cause, codes: Collection[str]) -> str:
    """Return what to do next about all objects that failed for a cause, with these codes."""
    needed = set(codes) if cause in {Cause.ARCHIVED, Cause.CANNOT_WRITE} else set()
    if cause is Cause.LOCAL_CONFLICT:
        needed = {REPLACEABLE if code == REPLACEABLE else IMMOVABLE for code in codes}
    return advice(cause, needed.pop() if len(needed) == 1 else "")


def store_error(doing: str, why: Failure, *, hint: str = "") -> StoreError:
    """Return a failure as the error to raise.

    What was tried is worded as it follows "cannot": `list 'logs/'`. A hint replaces usual advice.
    """
    usual = _of_code(why.cause, why.code) or _ADVICE_ON_CALLS.get(why.cause) or advice(why.cause)
    reason = said(why.message)
    if why.request_id:
        reason = _("{message} (request {id})").format(message=reason, id=why.request_id)
    return StoreError(
        _("cannot {do}: {reason}").format(do=printable(doing), reason=reason),
        hint=hint or usual or None,
        code=why.code,
        request_id=why.request_id,
        cause=why.cause,
    )

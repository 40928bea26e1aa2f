"""The OSS protocol: header names, error bodies, dates, and the cause that a failure has. Pure."""

from ossh.protocol.failures import (
    NO_OBJECT,
    THAWING_CODE,
    archived,
    failure,
    refusal,
    tunnel_refusal,
)
from ossh.protocol.headers import (
    CLIENT_ENCRYPTION,
    CRC64,
    OBJECT_TYPE,
    RANGE_BEHAVIOR,
    REQUEST_ID,
    REQUEST_PAYER,
    RESTORE,
    STORAGE_CLASS,
    SYMLINK_TARGET,
    is_client_encrypted,
    thaw_of,
)
from ossh.protocol.times import parse_http_date, server_time

__all__ = [
    "CLIENT_ENCRYPTION",
    "CRC64",
    "NO_OBJECT",
    "OBJECT_TYPE",
    "RANGE_BEHAVIOR",
    "REQUEST_ID",
    "REQUEST_PAYER",
    "RESTORE",
    "STORAGE_CLASS",
    "SYMLINK_TARGET",
    "THAWING_CODE",
    "archived",
    "failure",
    "is_client_encrypted",
    "parse_http_date",
    "refusal",
    "server_time",
    "thaw_of",
    "tunnel_refusal",
]

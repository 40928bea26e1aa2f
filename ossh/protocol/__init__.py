"""The OSS protocol: header names, error bodies, dates, and the cause that a failure has. Pure."""

from ossh.protocol.failures import NO_OBJECT as NO_OBJECT
from ossh.protocol.failures import THAWING_CODE as THAWING_CODE
from ossh.protocol.failures import archived as archived
from ossh.protocol.failures import failure as failure
from ossh.protocol.failures import refusal as refusal
from ossh.protocol.failures import tunnel_refusal as tunnel_refusal
from ossh.protocol.headers import CLIENT_ENCRYPTION as CLIENT_ENCRYPTION
from ossh.protocol.headers import CRC64 as CRC64
from ossh.protocol.headers import OBJECT_TYPE as OBJECT_TYPE
from ossh.protocol.headers import RANGE_BEHAVIOR as RANGE_BEHAVIOR
from ossh.protocol.headers import REQUEST_ID as REQUEST_ID
from ossh.protocol.headers import REQUEST_PAYER as REQUEST_PAYER
from ossh.protocol.headers import RESTORE as RESTORE
from ossh.protocol.headers import STORAGE_CLASS as STORAGE_CLASS
from ossh.protocol.headers import SYMLINK_TARGET as SYMLINK_TARGET
from ossh.protocol.headers import conditions as conditions
from ossh.protocol.headers import is_client_encrypted as is_client_encrypted
from ossh.protocol.headers import thaw_of as thaw_of
from ossh.protocol.headers import version_query as version_query
from ossh.protocol.times import parse_http_date as parse_http_date
from ossh.protocol.times import server_time as server_time

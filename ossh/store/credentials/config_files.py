"""Read the configuration files of ossutil (1 and 2) and of the aliyun CLI.

Which profile counts is decided in `sources`, how it leads to keys in `modes`. These files hold
secrets: no message quotes a line, and errors are raised `from None`.

Source: ossutil documentation ("Configure ossutil"), aliyun CLI documentation ("Configure
credentials"), and the many spellings users have in their files.
"""

import json
from collections.abc import Mapping
from dataclasses import field, fields, replace
from pathlib import Path
from typing import Any

from ossh import text_files
from ossh.errors import UsageError, reason
from ossh.language import _, said
from ossh.model import value

_OSSUTIL_1 = "credentials"
_BUCKET_SECTIONS = (("bucket-endpoint", "auto"), ("bucket-cname", "cname"))  # the later one wins
_KEY_SERVICE = "akservice"  # of ossutil 1: a URI that gives keys, for the default profile
_NOT_PROFILES = frozenset({"bucket-endpoint", "bucket-cname", _KEY_SERVICE})
_WAYS = frozenset({"key_id", "secret", "mode", "role_arn", "ecs_role", "uri", "command"})
_INHERITANCE_LIMIT = 8  # profiles; longer chains of source-profile are circles


def _spelled(*names: str, shown: bool = True) -> Any:  # noqa: ANN401 - as `field` is typed
    """Return a field that files have by any of these names, but for case, "-" and "_"."""
    return field(default="", repr=shown, metadata={"names": names})


@value
class Profile:
    """One profile as its file has it, unchecked; "" for what it lacks."""

    name: str
    source: str  # where it was found, for people
    mode: str = _spelled("mode")
    key_id: str = _spelled("accesskeyid", "accessid")
    secret: str = _spelled("accesskeysecret", "accesskey", shown=False)
    token: str = _spelled("ststoken", "securitytoken", shown=False)
    expires: str = _spelled("stsexpiration", "expiration")  # of the token: Unix seconds, or a date
    endpoint: str = _spelled("endpoint", "host")
    region: str = _spelled("region", "regionid")
    base: str = _spelled("sourceprofile")  # the profile it is built on
    ecs_role: str = _spelled("ecsrolename", "ramrolename")
    role_arn: str = _spelled("ramrolearn", "rolearn")
    session_name: str = _spelled("ramsessionname", "rolesessionname")
    external_id: str = _spelled("externalid")
    # of a role's keys, in seconds
    duration: str = _spelled("expiredseconds", "durationseconds", "tokentimeout")
    sts_region: str = _spelled("stsregion")
    sts_endpoint: str = _spelled("stsendpoint")
    oidc_provider: str = _spelled("oidcproviderarn")
    oidc_token_file: str = _spelled("oidctokenfile", "oidctokenfilepath")
    # some have a password in it
    uri: str = _spelled("credentialsuri", "credentialuri", "ecsak", shown=False)
    command: str = _spelled("processcommand", "credentialprocess", "externalprocess", shown=False)
    bucket_endpoints: tuple[tuple[str, str, str], ...] = ()  # bucket, endpoint, addressing

    @property
    def leads_to_keys(self) -> bool:
        """Return whether it has anything about keys, even incomplete, not only an endpoint."""
        return any(getattr(self, name) for name in _WAYS)


_FIELDS = {name: one.name for one in fields(Profile) for name in one.metadata.get("names", ())}


def ossutil_profiles(path: Path, shown: str) -> dict[str, Profile]:
    """Return the profiles of an ossutil file by name; the unnamed one is "default".

    {} when there is no such file; `shown` is its name for people.

    Raises:
        UsageError: The file cannot be read or understood.
    """
    sections = _ini_sections(_read(path, shown) or "", shown)
    mapped = tuple(
        (bucket, endpoint, addressing)
        for section, addressing in _BUCKET_SECTIONS
        for bucket, endpoint in sections.get(section, {}).items()
    )
    service = _canonical(sections.get(_KEY_SERVICE, {}))
    found = {}
    for section in sections:
        name = _profile_name(section)
        values = {} if section.lower() in _NOT_PROFILES else _inherited(sections, section)
        if section.lower() == _OSSUTIL_1:
            values = service | values
        # The [Default] of ossutil 1 holds timeouts, not a profile: it has none of these.
        if not values.keys() & (_WAYS | {"endpoint"}):
            continue
        if name in found and section.lower() != _OSSUTIL_1:
            continue
        found[name] = _profile(name, f"{shown} [{section}]", values, mapped)
    return found


def aliyun_profiles(path: Path, shown: str) -> tuple[str, dict[str, Profile]]:
    """Return the name of the current profile of an aliyun CLI file, and its profiles by name.

    ("", {}) when there is no such file; `shown` is its name for people.

    Raises:
        UsageError: The file cannot be read or understood.
    """
    text = _read(path, shown)
    if text is None:
        return "", {}
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise _broken(shown, _("line {lineno} is not JSON").format(lineno=error.lineno)) from None
    except (ValueError, RecursionError):  # numbers and depths that no such file has
        content = None
    if not isinstance(content, dict) or not isinstance(content.get("profiles", []), list):
        raise _broken(shown, _("it has no list of profiles"))
    found = {}
    for number, item in enumerate(content.get("profiles", []), 1):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise _broken(shown, _("profile {number} has no name").format(number=number))
        source = f"{shown} [{item['name']}]"
        # its "endpoint" is that of other services
        found[item["name"]] = replace(profile_of(item["name"], source, item), endpoint="")
    current = content.get("current", "")
    return current if isinstance(current, str) else "", found


def _read(path: Path, shown: str) -> str | None:
    """Return a file's text, None when there is no such file."""
    try:
        return text_files.read(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except text_files.NotTextError as error:
        text = _("line {lineno} is not UTF-8 text").format(lineno=error.line)
        raise _broken(shown, text, said(text_files.HINT)) from None
    except OSError as error:
        raise UsageError(
            _("cannot read {shown}: {reason}").format(shown=shown, reason=reason(error)),
            hint=_("check the file's permissions, or choose another source of credentials"),
        ) from error


def _ini_sections(text: str, shown: str) -> dict[str, dict[str, str]]:
    """Return the sections of an INI file; names that are not those of profiles in lower case."""
    import configparser  # noqa: PLC0415 - most runs read no such file

    parser = configparser.ConfigParser(
        interpolation=None, strict=False, default_section="\0none", allow_no_value=True
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign] # buckets and keys as written
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        raise _broken(
            shown, _("line {lineno} comes before any [section]").format(lineno=error.lineno)
        ) from None
    except (configparser.ParsingError, AttributeError) as error:  # the latter before Python 3.13
        lines = ", ".join(str(number) for number, _line in getattr(error, "errors", ()))
        if not lines:
            raise _broken(shown, _("an indented line has nothing to continue")) from None
        raise _broken(shown, _("line {lines} is not 'name = value'").format(lines=lines)) from None
    return {
        name.lower() if name.lower() in _NOT_PROFILES else name: {
            option: value or "" for option, value in parser[name].items()
        }
        for name in parser.sections()
    }


def _profile_name(section: str) -> str:
    """Return the name of a section's profile: `[profile work]` is work, `[Credentials]` default."""
    words = section.split(maxsplit=1)
    if len(words) > 1 and words[0].lower() == "profile":
        return words[1].strip().strip("\"'")
    return "default" if section.lower() in {_OSSUTIL_1, "default"} else section


def _inherited(sections: Mapping[str, Mapping[str, str]], section: str) -> dict[str, str]:
    """Return a section's values over those of the profiles it inherits from (source-profile)."""
    by_name = {_profile_name(name): name for name in sections}
    values: dict[str, str] = {}
    for _step in range(_INHERITANCE_LIMIT):
        own = _canonical(sections[section])
        values = {**own, **values}
        base = own.get("base", "")
        if base not in by_name:
            break
        section = by_name[base]
    return values


def _canonical(values: Mapping[str, str]) -> dict[str, str]:
    """Return values by field; unknown names and empty values are left out."""
    found = {}
    for name, given in values.items():
        meaning = _FIELDS.get(name.lower().replace("-", "").replace("_", ""))
        if meaning and given.strip():
            found[meaning] = given.strip()
    return found


def profile_of(name: str, source: str, values: Mapping[str, object]) -> Profile:
    """Return the profile of values whose names have any known spelling; others are ignored."""
    texts = {key: str(value) for key, value in values.items() if isinstance(value, (str, int))}
    return _profile(name, source, _canonical(texts))


def _profile(
    name: str, source: str, values: Mapping[str, str], mapped: tuple[tuple[str, str, str], ...] = ()
) -> Profile:
    fields: dict[str, Any] = {"mode": _implied_mode(values), **values}
    return Profile(name=name, source=source, bucket_endpoints=mapped, **fields)


def _implied_mode(values: Mapping[str, str]) -> str:
    """Return the mode that the fields of a profile imply when it names none."""
    has_key = "key_id" in values
    if "role_arn" in values:
        return "OIDC" if "oidc_token_file" in values and not has_key else "RamRoleArn"
    if has_key:
        return ""
    kinds = {"ecs_role": "EcsRamRole", "uri": "CredentialsURI", "command": "External"}
    return next((mode for name, mode in kinds.items() if name in values), "")


def _broken(shown: str, reason: str, hint: str = "") -> UsageError:
    return UsageError(
        _("cannot understand {shown}: {reason}").format(shown=shown, reason=reason),
        hint=hint or _("fix the file, or choose another source of credentials"),
    )

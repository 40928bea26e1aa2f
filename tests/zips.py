"""ZIP archives, made in memory."""

import io
import zipfile
from collections.abc import Mapping


def zipped(members: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.filename = name  # on Windows, too, where each "\\" has become a "/"
            packed.writestr(member, content, zipfile.ZIP_DEFLATED)
    return data.getvalue()

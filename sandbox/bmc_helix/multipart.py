"""Bodies of writes: JSON, or ``multipart/form-data`` with the files of attachment fields.

The part ``entry`` comes first and is the JSON body, in which each attachment field names its file; the part
``attach-FIELD`` holds the bytes (public client of the vendor's API).
"""

from __future__ import annotations

from typing import Any, cast

import orjson
from werkzeug.wrappers import Request

from . import errors
from .errors import refuse
from .store import File

_ENTRY = "entry"
_ATTACH = "attach-"


def read_body(request: Request) -> tuple[dict[str, Any], dict[str, File]]:
    """Give the JSON body and the files by field.

    Raises:
        RefusedError: 400.
    """
    if request.mimetype != "multipart/form-data":
        return _json(request.get_data()), {}
    data = request.get_data()
    first, files = data.find(b'name="entry"'), data.find(b'name="attach-')
    if files != -1 and first > files:
        raise refuse(400, errors.BAD_REQUEST, _ENTRY)
    text = request.form.get(_ENTRY)
    entry = text.encode() if text is not None else request.files[_ENTRY].read() if _ENTRY in request.files else b""
    found = {
        name.removeprefix(_ATTACH): File(part.filename or name.removeprefix(_ATTACH), part.read())
        for name, part in request.files.items()
        if name.startswith(_ATTACH)
    }
    request.close()  # the parts' temporary files
    request.close()
    return _json(entry), found


def _json(data: bytes) -> dict[str, Any]:
    try:
        body: Any = orjson.loads(data)
    except ValueError:
        raise refuse(400, errors.BAD_REQUEST) from None
    if not isinstance(body, dict):
        raise refuse(400, errors.BAD_REQUEST)
    return cast("dict[str, Any]", body)

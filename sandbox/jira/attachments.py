"""Files: uploading, showing, downloading through a redirect, deleting.

A download answers 303 with a short-lived address on the host of the media service, which refuses credentials of Jira; here
it is the same server under its other name, ``localhost``. Data Center serves the bytes itself, and sends a stranger to its
login page. Source: developer.atlassian.com, "Issue attachments"; jira.atlassian.com, JRASERVER-72019.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, RefusedError, Routes, reply
from .auth import Session
from .errors import no_issue, platform, xsrf
from .jsons import Json, as_int
from .records import File

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()
MOST_AT_ONCE = 60
LARGEST = 10 * 1024 * 1024
"""Bytes of one file; a setting of the site."""
LINK_LIFE = 600
"""Seconds for which an address of the media service works."""
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body><form id='login-form'></form></body></html>"


def uploaded(call: Call) -> list[tuple[str, str, bytes]]:
    """Give the files of a multipart request: name, media type, bytes.

    Raises:
        RefusedError: 400 without a file, 403 without the header against forgery, 413 for too many or too large ones.
    """
    if call.request.headers.get("X-Atlassian-Token", "").lower() not in ("no-check", "nocheck"):
        raise xsrf()
    parts = list(call.request.files.items(multi=True))
    files = [(file.filename or "file", file.mimetype, file.stream.read()) for name, file in parts if name == "file"]
    for _, file in parts:
        file.close()
    if not files:
        raise platform(400, "No file was attached: the part has to be named 'file'.")
    if len(files) > MOST_AT_ONCE:
        raise platform(413, f"You can not attach more than {MOST_AT_ONCE} files at once.")
    for name, _, content in files:
        if len(content) > LARGEST:
            raise platform(413, f"The file {name} exceeds the maximum size of {LARGEST} bytes.")
    return files


def find(vendor: Jira, session: Session, number: str) -> File:
    """Find a file that the caller may see.

    Raises:
        RefusedError: 404.
    """
    file = vendor.state.files.get(as_int(number, -1))
    if file is None or not session.is_licensed or vendor.state.issues[file.issue_id].deleted:
        raise platform(404, f"The attachment with id '{number}' does not exist")
    return file


def signature(vendor: Jira, file: File, expires: int) -> str:
    """Give what makes an address of the media service good."""
    return hashlib.sha256(f"{file.media_id}:{expires}".encode()).hexdigest()[:32]


def media_url(vendor: Jira, file: File) -> str:
    """Give a short-lived address of a file's bytes."""
    expires = int(vendor.clock.timestamp()) + LINK_LIFE
    host = vendor.base_url.replace("127.0.0.1", "localhost")
    return f"{host}/file/{file.media_id}/binary?expires={expires}&token={signature(vendor, file, expires)}"


def redirect(vendor: Jira, file: File) -> Response:
    """Send a client to the bytes of a file."""
    return Response(status=303, headers={"Location": media_url(vendor, file)})


@routes.post("/rest/api/3/issue/<issue>/attachments")
def upload(vendor: Jira, call: Call, issue: str) -> Response:
    """Attach files to an issue."""
    session: Session = call.account
    files = uploaded(call)
    found = vendor.changes.issue(session, issue)
    if not session.is_agent:
        raise no_issue()
    vendor.admit_write(found)
    made = [vendor.threads.attach(session.account_id, found, *each) for each in files]
    return reply([vendor.render.attachment(session, file) for file in made])


@routes.get("/rest/api/3/attachment/meta")
def meta(vendor: Jira, call: Call) -> Response:
    """Tell whether files can be attached, and how large."""
    return reply({"enabled": True, "uploadLimit": LARGEST})


@routes.get("/rest/api/3/attachment/<attachment>")
def show(vendor: Jira, call: Call, attachment: str) -> Response:
    """Show a file's data; its id is a number here."""
    file = find(vendor, call.account, attachment)
    return reply({**vendor.render.attachment(call.account, file), "id": file.id})


@routes.delete("/rest/api/3/attachment/<attachment>")
def delete(vendor: Jira, call: Call, attachment: str) -> Response:
    """Delete a file."""
    session: Session = call.account
    file = find(vendor, session, attachment)
    vendor.changes.editable(session, file.issue_id)
    vendor.threads.detach(session.account_id, file)
    return Response(status=204)


@routes.get("/rest/api/3/attachment/content/<attachment>")
@routes.get("/rest/api/3/attachment/thumbnail/<attachment>")
def content(vendor: Jira, call: Call, attachment: str) -> Response:
    """Send to the bytes of a file, or give them where the request says so."""
    file = find(vendor, call.account, attachment)
    if call.request.args.get("redirect", "true").lower() != "false":
        return redirect(vendor, file)
    return _bytes(call, file)


@routes.get("/secure/attachment/<attachment>/<name>", public=True)
def secure(vendor: Jira, call: Call, attachment: str, name: str) -> Response:
    """Give the bytes of a file, as Data Center does; a stranger is sent to the login page."""
    try:
        session = vendor.session(call)
    except RefusedError:
        session = None
    if session is None or session.user is None:
        return Response(status=302, headers={"Location": f"{vendor.base_url}/login.jsp"})
    return _bytes(call, find(vendor, session, attachment))


@routes.get("/login.jsp", public=True)
def login_page(vendor: Jira, call: Call) -> Response:
    """Give the login page: 200 and HTML."""
    return Response(LOGIN_PAGE, 200, content_type="text/html;charset=UTF-8")


@routes.get("/file/<media>/binary", public=True)
def media(vendor: Jira, call: Call, media: str) -> Response:
    """Give the bytes of a file by an address of the media service."""
    if "Authorization" in call.request.headers:
        return reply({"error": "Only one auth mechanism allowed"}, 400)
    file = vendor.state.files.get(vendor.state.media.get(media, -1))
    expires = as_int(call.request.args.get("expires"), 0)
    good = file is not None and call.request.args.get("token") == signature(vendor, file, expires)
    if file is None or not good or expires < vendor.clock.timestamp():
        return reply({"error": "Forbidden"}, 403)
    return _bytes(call, file)


def _bytes(call: Call, file: File) -> Response:
    data = file.content()
    headers: Json = {"Content-Disposition": "attachment", "Accept-Ranges": "bytes"}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", call.request.headers.get("Range", ""))
    if wanted is None:
        return Response(data, 200, headers, content_type=file.media_type)
    start, end = int(wanted[1]), min(int(wanted[2] or len(data) - 1), len(data) - 1)
    if start >= len(data):
        return Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(data[start : end + 1], 206, headers, content_type=file.media_type)

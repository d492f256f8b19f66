"""Files: stream them down, upload internal ones to the issue, and share public ones with the customer.

Vendor facts:

- A file that is uploaded to the issue is not shown in the portal; one that is attached through the service desk with
  ``public`` is, and makes a comment that names it. [Atlassian support, attachments; developer.atlassian.com, service desk]
- Uploads are ``multipart/form-data`` with a part ``file`` and the header ``X-Atlassian-Token: no-check``; temporary files
  of the service desk likewise. [developer.atlassian.com, issue attachments, service desk]
- ``/attachment/content/{id}`` redirects to another host, which must not see our credentials. Data Center serves
  ``/secure/attachment`` itself, and sends whom it does not know to its login page, with 200.
  [developer.atlassian.com; jira.atlassian.com JRASERVER-72019]
- Empty files are taken. [recorded]
"""

from __future__ import annotations

from typing import BinaryIO, Final
from urllib.parse import urlsplit

from ...core.connector import AddFile, Json, Outcome
from ...core.errors import ForbiddenError, NotFoundError, UnavailableError, UnexpectedReplyError
from ...core.model import Visibility
from ...core.net.http import fill_path
from ...core.net.multipart import FilePart, Multipart
from ...core.shapes import as_list, as_object
from .api import Api
from .shares import shared_id
from .site import Site

NO_CHECK: Final = {"X-Atlassian-Token": "no-check"}
PAGE_BEGINS: Final = (b"<!doctype html", b"<html")


class Files:
    """The files of one site's issues."""

    def __init__(self, api: Api, site: Site) -> None:
        """Make a reader and writer of files."""
        self._api = api
        self._site = site

    def download(self, file: Json, target: BinaryIO) -> str:
        """Stream a file, given by its document, and give its SHA-256 in hex.

        Raises:
            NotFoundError: the file is gone, or names no address.
            UnexpectedReplyError: a login page came in its place.
            UnavailableError: not all of it came.
        """
        digest = self._api.download(self._address(file), target)
        size = target.tell()
        if file.get("size") is not None and size != file["size"]:
            target.seek(0)
            begin = target.read(64).lstrip().lower()
            if begin.startswith(PAGE_BEGINS):
                raise UnexpectedReplyError(
                    "got a login page where a file should be; let the account's token read attachments",
                    connection=self._api.connection,
                    operation="GET file",
                )
            raise UnavailableError("the file came cut short", connection=self._api.connection, operation="GET file")
        return digest

    def _address(self, file: Json) -> str:
        if self._api.settings.is_cloud:
            path = fill_path("attachment/content/{id}", id=str(file["id"]))
            return self._api.session.base_url + self._api.path(path)
        address = str(file.get("url") or "")
        if not address:
            raise NotFoundError("the file has no address", connection=self._api.connection, key=str(file.get("id")))
        return address if urlsplit(address).scheme else self._api.session.base_url + address

    def upload(self, write: AddFile) -> Outcome:
        """Attach a file to an issue: shared with the customer where it is public, seen by agents only otherwise."""
        if not write.record_id.isdigit():
            raise NotFoundError("no such issue", connection=self._api.connection, key=write.record_id)
        if write.visibility is Visibility.PUBLIC and self._site.desk_id is not None:
            shared = self._share(write)
            if shared is not None:
                return Outcome(write.key, write.record_id, child_id=shared or None)
        form = _form(write)
        reply = self._api.call(
            "POST",
            "issue/{issue}/attachments",
            data=form.open,
            headers={"Content-Type": form.content_type, **NO_CHECK},
            repeatable=False,
            issue=write.record_id,
        )
        made = [as_object(each) for each in as_list(reply.data)]
        return Outcome(write.key, write.record_id, child_id=str(made[0]["id"]) if made else None)

    def _share(self, write: AddFile) -> str | None:
        """Attach a public file through the service desk, and give its id; None where the issue is no request."""
        if self._api.exists("/request/{issue}", issue=write.record_id) is None:
            return None
        try:
            temporary = self._temporary(write)
        except (ForbiddenError, NotFoundError) as error:
            raise error.refusal("the service desk takes no files from this account", write.record_id) from error
        body = {"temporaryAttachmentIds": [temporary], "public": True}
        reply = self._api.call("POST", "/request/{issue}/attachment", json=body, repeatable=False, issue=write.record_id)
        files = as_list(as_object(as_object(reply.data).get("attachments")).get("values"))
        return shared_id(as_object(files[0])) if files else ""

    def _temporary(self, write: AddFile) -> str:
        form = _form(write)
        reply = self._api.call(
            "POST",
            "/servicedesk/{desk}/attachTemporaryFile",
            data=form.open,
            headers={"Content-Type": form.content_type, **NO_CHECK},
            repeatable=True,
            desk=str(self._site.desk_id),
        )
        made = as_list(self._api.whole(reply.data, "temporaryAttachments", "POST temporary file")["temporaryAttachments"])
        return str(as_object(made[0])["temporaryAttachmentId"])


def _form(write: AddFile) -> Multipart:
    file = write.file
    return Multipart([FilePart("file", file.name, file.media_type, file.size, file.open)])

"""What hangs on issues: comments, worklogs, links and files; each write bumps ``updated`` of the issue.

A comment is public unless it carries the property ``sd.public.comment`` with ``{"internal": true}``; the value has to be a
boolean, a text leaves it public. Source: jira.atlassian.com, JSDCLOUD-9766; developer.atlassian.com, "Add comment".
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from . import times
from .auth import Session
from .changes import item
from .errors import bad_fields, platform
from .jsons import Json, as_dict, as_int, as_list
from .records import Comment, File, Issue, Link, Named, Worklog
from .richtext import RichText
from .values import NO_DOCUMENT, NO_TEXT, InvalidValueError, Reader

if TYPE_CHECKING:
    from .vendor import Jira

PUBLIC_PROPERTY = "sd.public.comment"
MOST_COMMENTS, MOST_FILES, MOST_LINKS, MOST_WORKLOGS = 5000, 2000, 2000, 10000
"""Limits of one issue."""
_MEDIA = uuid.UUID("0d2f1c6e-7f2b-4c39-9b16-5a1d6c0f4e11")


class Threads:
    """Adds to issues."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    # -- comments

    def read_body(self, session: Session, value: Any, *, markup: bool | None = None) -> RichText:
        """Read the body of a comment.

        Raises:
            RefusedError: 400.
        """
        try:
            body = Reader(self.vendor.state, session, markup=markup).rich_text(value)
        except InvalidValueError as error:
            text = "Comment body is not valid!" if str(error) in (NO_DOCUMENT, NO_TEXT) else str(error)
            raise bad_fields({"comment": text}) from error
        if body is None or (not body.plain and not _shows(body.adf)):
            raise bad_fields({"comment": "Comment body can not be empty!"})
        return body

    def add(self, session: Session, issue: Issue, sent: Json) -> Comment:
        """Add a comment as the platform takes it.

        Raises:
            RefusedError: 400, or 413 where the issue is full.
        """
        body = self.read_body(session, sent.get("body"))
        properties = {str(each.get("key")): each.get("value") for each in map(as_dict, as_list(sent.get("properties")))}
        comment = self.say(session, issue, body, public=not is_internal(properties))
        comment.properties = properties
        comment.visibility = as_dict(sent.get("visibility")) or None
        parent = sent.get("parentId")
        comment.parent = as_int(parent, 0) or None
        return comment

    def say(self, session: Session, issue: Issue, body: RichText, *, public: bool) -> Comment:
        """Add a comment whose body was read.

        Raises:
            RefusedError: 413 where the issue is full.
        """
        if len(issue.comments) >= MOST_COMMENTS:
            raise platform(413, "The per-issue limit of comments has been breached.")
        state, now = self.vendor.state, self.vendor.now()
        author = session.account_id
        comment = Comment(state.number("comment"), author, body, public, now, now, author)
        issue.comments.append(comment)
        state.comment_issue[comment.id] = issue.id
        state.touch(issue, now)
        self.vendor.notify.commented(session.who, issue, comment)
        self.vendor.rules.commented(session.who, issue, comment)
        return comment

    def edit(self, session: Session, issue: Issue, comment: Comment, sent: Json) -> None:
        """Edit a comment; without properties its visibility stays.

        Raises:
            RefusedError: 400.
        """
        properties = {str(each.get("key")): each.get("value") for each in map(as_dict, as_list(sent.get("properties")))}
        public = comment.public
        if PUBLIC_PROPERTY in properties:
            public = not is_internal(properties)
            if comment.parent is not None and public != comment.public:
                raise platform(400, "The visibility of a child comment cannot be changed.")
        body = self.read_body(session, sent.get("body"))
        comment.body, comment.public = body, public
        comment.properties |= properties
        if "visibility" in sent:
            comment.visibility = as_dict(sent["visibility"]) or None
        comment.editor, comment.updated = session.account_id, self.vendor.now()
        self.vendor.state.touch(issue, comment.updated)

    def remove(self, issue: Issue, comment: Comment) -> None:
        """Delete a comment; the changelog does not tell."""
        issue.comments.remove(comment)
        del self.vendor.state.comment_issue[comment.id]
        self.vendor.state.touch(issue, self.vendor.now())

    # -- worklogs

    def log_work(self, session: Session, issue: Issue, sent: Json) -> Worklog:
        """Log work.

        Raises:
            RefusedError: 400.
        """
        now, author = self.vendor.now(), session.account_id
        if len(issue.worklogs) >= MOST_WORKLOGS:
            raise platform(413, "The per-issue limit of worklogs has been breached.")
        comment = None if sent.get("comment") is None else self.read_body(session, sent["comment"])
        worklog = Worklog(
            self.vendor.state.number("worklog"),
            author,
            comment,
            now,
            now,
            author,
            self._started(sent, now),
            _seconds(sent, None),
        )
        issue.worklogs.append(worklog)
        self.vendor.state.touch(issue, now)
        return worklog

    def relog(self, session: Session, issue: Issue, worklog: Worklog, sent: Json) -> None:
        """Edit logged work.

        Raises:
            RefusedError: 400.
        """
        seconds = _seconds(sent, worklog.seconds)
        if sent.get("comment") is not None:
            worklog.comment = self.read_body(session, sent["comment"])
        worklog.seconds, worklog.started = seconds, self._started(sent, worklog.started)
        worklog.editor, worklog.updated = session.account_id, self.vendor.now()
        self.vendor.state.touch(issue, worklog.updated)

    def _started(self, sent: Json, default: int) -> int:
        if "started" not in sent:
            return default
        moment = times.parse(sent["started"])
        if moment is None:
            raise platform(400, "The 'started' date must be of format yyyy-MM-dd'T'HH:mm:ss.SSSZ")
        return moment

    # -- links

    def connect(self, account_id: str, kind: Named, inward: Issue, outward: Issue) -> Link:
        """Link two issues, once for each type; both changelogs tell."""
        state = self.vendor.state
        for number in inward.links:
            link = state.links[number]
            if (link.type_id, link.inward, link.outward) == (kind.id, inward.id, outward.id):
                return link
        if max(len(inward.links), len(outward.links)) >= MOST_LINKS:
            raise platform(413, "The per-issue limit of links has been breached.")
        link = Link(state.number("link"), kind.id, inward.id, outward.id)
        state.link(link)
        for issue, other, words in ((inward, outward, "outward"), (outward, inward, "inward")):
            text = f"This work item {kind.more[words]} {other.key}"
            self.vendor.changes.note(issue, account_id, [item("Link", None, None, other.key, text)])
        return link

    def disconnect(self, account_id: str, link: Link) -> None:
        """Delete a link; both changelogs tell."""
        state = self.vendor.state
        kind = state.link_types[link.type_id]
        state.unlink(link.id)
        inward, outward = state.issues[link.inward], state.issues[link.outward]
        for issue, other, words in ((inward, outward, "outward"), (outward, inward, "inward")):
            text = f"This work item {kind.more[words]} {other.key}"
            self.vendor.changes.note(issue, account_id, [item("Link", other.key, text, None, None)])

    # -- files

    def attach(self, account_id: str, issue: Issue, name: str, media_type: str, content: bytes) -> File:
        """Attach a file; the changelog tells.

        Raises:
            RefusedError: 413 where the issue is full.
        """
        if len(issue.files) >= MOST_FILES:
            raise platform(413, "The per-issue limit of attachments has been breached.")
        state, now = self.vendor.state, self.vendor.now()
        number = state.number("attachment")
        kind = media_type or "application/octet-stream"
        file = File(number, issue.id, name, kind, len(content), lambda: content, account_id, now, media_id(number))
        state.add_file(file, issue)
        self.vendor.changes.note(
            issue, account_id, [item("Attachment", None, None, str(number), name, field_id="attachment")]
        )
        return file

    def detach(self, account_id: str, file: File) -> None:
        """Delete a file; the changelog tells."""
        state = self.vendor.state
        state.remove_file(file)
        told = item("Attachment", str(file.id), file.name, None, None, field_id="attachment")
        self.vendor.changes.note(state.issues[file.issue_id], account_id, [told])


def media_id(number: int) -> str:
    """Give the id in the media service of an attachment."""
    return str(uuid.uuid5(_MEDIA, str(number)))


def is_internal(properties: Json) -> bool:
    """Tell whether the properties of a comment make it internal."""
    return as_dict(properties.get(PUBLIC_PROPERTY)).get("internal") is True


def _shows(node: Json) -> bool:
    """Tell whether a document shows something that is no text."""
    shown = node.get("type") in ("media", "rule", "mention", "emoji", "inlineCard", "mediaInline", "extension")
    return shown or any(_shows(as_dict(child)) for child in as_list(node.get("content")))


def _seconds(sent: Json, default: int | None) -> int:
    seconds = sent.get("timeSpentSeconds", default)
    if "timeSpent" in sent:
        sizes = {"w": 144000, "d": 28800, "h": 3600, "m": 60}
        parts = str(sent["timeSpent"]).split()
        good = parts and all(part[:-1].isdecimal() and part[-1] in sizes for part in parts)
        seconds = sum(int(part[:-1]) * sizes[part[-1]] for part in parts) if good else None
    if not isinstance(seconds, int) or seconds < 60:
        raise bad_fields({"timeLogged": "You must indicate the time spent working."})
    return seconds

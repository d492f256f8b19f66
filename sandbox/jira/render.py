"""What the platform API shows of a site's objects, but for whole issues (see ``issue_view``).

Source: recorded replies of Jira Cloud of 2026, and of Data Center.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import times
from .auth import Session
from .jsons import Json
from .records import Comment, File, History, Issue, Link, Named, Option, Project, Status, User, Worklog
from .site import CATEGORIES

if TYPE_CHECKING:
    from .vendor import Jira

SIZES = {"48x48": "", "24x24": "?size=small", "16x16": "?size=xsmall", "32x32": "?size=medium"}


class Render:
    """Shows objects to callers."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor
        self._pictures: dict[str, Json] = {}

    def url(self, session: Session, path: str) -> str:
        """Give the address of an object of the platform API."""
        return f"{session.base}/rest/api/{session.version}/{path}"

    # -- people

    def user(self, session: Session, user: User) -> Json:
        """Give an account, as it stands in other objects."""
        if session.data_center:
            shown: Json = {"self": self.url(session, f"user?username={quote(user.username)}")}
            shown |= {"key": user.key, "name": user.username}
        else:
            shown = {
                "self": self.url(session, f"user?accountId={quote(user.account_id, safe='')}"),
                "accountId": user.account_id,
            }
        if self.email_shown(session, user):
            shown["emailAddress"] = user.email
        shown |= {"avatarUrls": self.avatars(user), "displayName": user.name, "active": user.active, "timeZone": user.zone}
        return shown if session.data_center else {**shown, "accountType": user.kind}

    def person(self, session: Session, account_id: str | None) -> Json | None:
        """Give an account by its id."""
        user = self.vendor.state.users.get(account_id or "")
        return None if user is None else self.user(session, user)

    def email_shown(self, session: Session, user: User) -> bool:
        """Tell whether the profile lets the caller see the e-mail address."""
        return bool(user.email) and (session.data_center or user.email_visible or session.account_id == user.account_id)

    def avatars(self, user: User) -> Json:
        """Give the addresses of a person's pictures."""
        shown = self._pictures.get(user.account_id)
        if shown is None:
            digest = hashlib.sha256(user.account_id.encode()).hexdigest()[:32]
            shown = dict.fromkeys(SIZES, f"{self.vendor.base_url}/avatar/{digest}?d=initials")
            self._pictures[user.account_id] = shown
        return shown

    # -- metadata

    def category(self, session: Session, key: str) -> Json:
        """Give a status category."""
        number, name, colour = CATEGORIES[key]
        return {
            "self": self.url(session, f"statuscategory/{number}"),
            "id": number,
            "key": key,
            "colorName": colour,
            "name": name,
        }

    def status(self, session: Session, status: Status) -> Json:
        """Give a status."""
        return {
            "self": self.url(session, f"status/{status.id}"),
            "description": status.description,
            "iconUrl": f"{self.vendor.base_url}/images/icons/statuses/generic.png",
            "name": status.name,
            "id": status.id,
            "statusCategory": self.category(session, status.category),
        }

    def priority(self, session: Session, priority: Named) -> Json:
        """Give a priority, as it stands in an issue."""
        icon = f"{self.vendor.base_url}/images/icons/priorities/{priority.name.lower()}_new.svg"
        return {
            "self": self.url(session, f"priority/{priority.id}"),
            "iconUrl": icon,
            "name": priority.name,
            "id": priority.id,
        }

    def resolution(self, session: Session, resolution: Named) -> Json:
        """Give a resolution."""
        address = self.url(session, f"resolution/{resolution.id}")
        return {"self": address, "id": resolution.id, "description": resolution.description, "name": resolution.name}

    def issue_type(self, session: Session, kind: Named) -> Json:
        """Give an issue type."""
        avatar = kind.more["avatarId"]
        icon = f"{session.base}/rest/api/2/universal_avatar/view/type/issuetype/avatar/{avatar}?size=medium"
        return {
            "self": self.url(session, f"issuetype/{kind.id}"),
            "id": kind.id,
            "description": kind.description,
            "iconUrl": icon,
            "name": kind.name,
            "subtask": kind.more["hierarchyLevel"] < 0,
            "avatarId": avatar,
            "hierarchyLevel": kind.more["hierarchyLevel"],
        }

    def project(self, session: Session, project: Project) -> Json:
        """Give a project, as it stands in an issue."""
        picture = self.url(session, "universal_avatar/view/type/project/avatar/10416")
        return {
            "self": self.url(session, f"project/{project.id}"),
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.kind,
            "simplified": False,
            "avatarUrls": {size: picture + query for size, query in SIZES.items()},
        }

    def component(self, session: Session, component: Named) -> Json:
        """Give a component, as it stands in an issue."""
        return {"self": self.url(session, f"component/{component.id}"), "id": component.id, "name": component.name}

    def option(self, session: Session, option: Option) -> Json:
        """Give a choice of a custom field."""
        return {"self": self.url(session, f"customFieldOption/{option.id}"), "value": option.value, "id": option.id}

    def group(self, session: Session, name: str) -> Json:
        """Give a group of people."""
        number = self.vendor.state.groups.get(name, "")
        return {"name": name, "groupId": number, "self": self.url(session, f"group?groupId={number}")}

    def link_type(self, session: Session, kind: Named) -> Json:
        """Give a type of links."""
        words = {"inward": kind.more["inward"], "outward": kind.more["outward"]}
        return {"id": kind.id, "name": kind.name, **words, "self": self.url(session, f"issueLinkType/{kind.id}")}

    # -- what hangs on issues

    def comment(
        self, session: Session, issue: Issue, comment: Comment, *, expand: str = "", properties: bool = False
    ) -> Json:
        """Give a comment; ``expand`` may ask for ``renderedBody``, and for ``properties`` where the endpoint has them."""
        shown: Json = {
            "self": self.url(session, f"issue/{issue.id}/comment/{comment.id}"),
            "id": str(comment.id),
            "author": self.person(session, comment.author),
            "body": comment.body.shown(session.version),
            "updateAuthor": self.person(session, comment.editor),
            "created": times.iso(comment.created, session.zone),
            "updated": times.iso(comment.updated, session.zone),
        }
        if comment.visibility:
            shown["visibility"] = comment.visibility
        if comment.said:
            shown["jsdPublic"] = comment.public
        if comment.parent is not None:
            shown["parentId"] = comment.parent
        if "renderedBody" in expand:
            shown["renderedBody"] = comment.body.html
        if properties and "properties" in expand:
            shown["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shown

    def attachment(self, session: Session, file: File) -> Json:
        """Give an attachment, as it stands in an issue."""
        where = f"{session.base}/secure/attachment/{file.id}/{quote(file.name)}"
        shown: Json = {
            "self": self.url(session, f"attachment/{file.id}"),
            "id": str(file.id),
            "filename": file.name,
            "author": self.person(session, file.author),
            "created": times.iso(file.created, session.zone),
            "size": file.size,
            "mimeType": file.media_type,
            "content": where if session.data_center else self.url(session, f"attachment/content/{file.id}"),
        }
        if file.media_type.startswith("image/"):
            shown["thumbnail"] = self.url(session, f"attachment/thumbnail/{file.id}")
        return shown

    def worklog(self, session: Session, issue: Issue, worklog: Worklog) -> Json:
        """Give logged work."""
        shown: Json = {
            "self": self.url(session, f"issue/{issue.id}/worklog/{worklog.id}"),
            "author": self.person(session, worklog.author),
            "updateAuthor": self.person(session, worklog.editor),
        }
        if worklog.comment is not None:
            shown["comment"] = worklog.comment.shown(session.version)
        return {
            **shown,
            "created": times.iso(worklog.created, session.zone),
            "updated": times.iso(worklog.updated, session.zone),
            "started": times.iso(worklog.started, session.zone),
            "timeSpent": times.worked(worklog.seconds),
            "timeSpentSeconds": worklog.seconds,
            "id": str(worklog.id),
            "issueId": str(issue.id),
        }

    def history(self, session: Session, history: History) -> Json:
        """Give an entry of the changelog."""
        shown: Json = {"id": str(history.id)}
        author = self.person(session, history.author)
        if author is not None:
            shown["author"] = author
        items = [self._older(item) for item in history.items] if session.data_center else history.items
        shown |= {"created": times.iso(history.created, session.zone), "items": items}
        return {**shown, "historyMetadata": history.metadata} if history.metadata else shown

    def _older(self, item: Json) -> Json:
        """Give an item of the changelog as Data Center has it: without the field's id, people by their key."""
        users = self.vendor.state.users
        keys = {end: users[item[end]].key for end in ("from", "to") if item[end] in users}
        return {key: value for key, value in {**item, **keys}.items() if key != "fieldId"}

    def linked(self, session: Session, issue: Issue) -> Json:
        """Give an issue as it stands in links, subtasks and parents."""
        state = self.vendor.state
        fields: Json = {
            "summary": issue.values.get("summary"),
            "status": self.status(session, state.statuses[issue.status]),
        }
        priority = state.priorities.get(issue.values.get("priority") or "")
        if priority is not None:
            fields["priority"] = self.priority(session, priority)
        fields["issuetype"] = self.issue_type(session, state.types[issue.type_id])
        return {"id": str(issue.id), "key": issue.key, "self": self.url(session, f"issue/{issue.id}"), "fields": fields}

    def link(self, session: Session, link: Link, seen_from: int | None = None) -> Json:
        """Give a link: as one of its issues has it, or whole."""
        state = self.vendor.state
        kind = self.link_type(session, state.link_types[link.type_id])
        shown: Json = {"id": str(link.id), "self": self.url(session, f"issueLink/{link.id}"), "type": kind}
        if link.inward != seen_from or seen_from is None:
            shown["inwardIssue"] = self.linked(session, state.issues[link.inward])
        if seen_from is None or link.inward == seen_from:
            shown["outwardIssue"] = self.linked(session, state.issues[link.outward])
        return shown

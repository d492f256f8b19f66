"""What the service desk API shows of requests, people and forms, and who may see what.

Customers see the requests that they reported, take part in, or share through an organization; agents see all.
Source: developer.atlassian.com, Jira Service Management REST API; its documented samples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import sla, times
from .auth import Session
from .errors import desk as refuse
from .jsons import Json
from .records import (
    APPROVERS,
    ORGANIZATIONS,
    PARTICIPANTS,
    Approval,
    Comment,
    File,
    Issue,
    Organization,
    Project,
    RequestType,
    User,
)
from .richtext import RichText
from .site import APPROVE, CHANGE, DECLINE, REQUEST_GROUPS

if TYPE_CHECKING:
    from .vendor import Jira

EXPANDS = ("participant", "status", "sla", "requestType", "serviceDesk", "attachment", "action", "comment")
CATEGORY_WORDS = {"new": "NEW", "indeterminate": "INDETERMINATE", "done": "DONE", "undefined": "UNDEFINED"}


class Desk:
    """The service desks of a site."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    # -- who may see what

    def serves(self, issue: Issue) -> bool:
        """Tell whether an issue is in a project of service management."""
        return self.vendor.state.projects[issue.project].desk is not None

    def sees(self, session: Session, issue: Issue) -> bool:
        """Tell whether the caller may see a request."""
        if session.is_agent:
            return True
        mine = session.account_id
        if mine == issue.reporter or mine in (issue.values.get(PARTICIPANTS) or ()):
            return True
        shared = (self.vendor.state.organizations.get(number) for number in issue.values.get(ORGANIZATIONS) or ())
        return any(mine in organization.members for organization in shared if organization)

    def request(self, session: Session, name: str) -> Issue:
        """Find a request that the caller may see.

        Raises:
            RefusedError: 404, or 429 is left to the write itself.
        """
        issue = self.vendor.state.issue_named(name)
        if issue is None or issue.request_type is None or not self.sees(session, issue):
            raise refuse(404, "The request you are trying to view does not exist.", "sd.agent.error.request.not.found")
        return issue

    def of_agents(self, session: Session) -> None:
        """Refuse a caller who is no agent.

        Raises:
            RefusedError: 403.
        """
        if not session.is_agent:
            raise refuse(403, "Only agents of this service desk can do that.", "sd.error.agent.only")

    def find(self, session: Session, number: str) -> Project:
        """Find the project of a service desk.

        Raises:
            RefusedError: 404.
        """
        project = self.vendor.state.desk_project(number)
        if project is None:
            raise refuse(404, f"The service desk with ID {number} does not exist.", "sd.error.servicedesk.not.exists")
        return project

    def form(self, project: Project, number: str) -> RequestType:
        """Find a request type of a service desk.

        Raises:
            RefusedError: 404.
        """
        found = self.vendor.state.request_types.get(number)
        if found is None or found.desk != project.desk:
            text = "The request type you are trying to use does not exist."
            raise refuse(404, text, "sd.customerview.error.requestTypeNotFound")
        return found

    # -- objects

    def url(self, session: Session, path: str) -> str:
        """Give the address of an object."""
        return f"{session.base}/rest/servicedeskapi/{path}"

    def user(self, session: Session, user: User) -> Json:
        """Give an account."""
        shown: Json = {}
        if session.data_center:
            shown |= {"name": user.username, "key": user.key}
            rest = f"{session.base}/rest/api/2/user?username={quote(user.username)}"
        else:
            shown["accountId"] = user.account_id
            rest = f"{session.base}/rest/api/2/user?accountId={quote(user.account_id, safe='')}"
        if self.vendor.render.email_shown(session, user):
            shown["emailAddress"] = user.email
        shown |= {"displayName": user.name, "active": user.active, "timeZone": user.zone}
        return {**shown, "_links": {"jiraRest": rest, "avatarUrls": self.vendor.render.avatars(user), "self": rest}}

    def person(self, session: Session, account_id: str | None) -> Json | None:
        """Give an account by its id."""
        user = self.vendor.state.users.get(account_id or "")
        return None if user is None else self.user(session, user)

    def organization(self, session: Session, organization: Organization, *, dates: bool = True) -> Json:
        """Give an organization."""
        links = {"self": self.url(session, f"organization/{organization.id}")}
        shown: Json = {"id": str(organization.id), "name": organization.name, "_links": links}
        return {**shown, "scimManaged": False} if dates else shown

    def desk(self, session: Session, project: Project) -> Json:
        """Give a service desk."""
        shown: Json = {"id": project.desk, "projectId": project.id, "projectName": project.name, "projectKey": project.key}
        return {**shown, "_links": {"self": self.url(session, f"servicedesk/{project.desk}")}}

    def request_type(self, session: Session, form: RequestType) -> Json:
        """Give a request type."""
        number = f"{10500 + int(form.id)}"
        picture = f"{session.base}/rest/api/2/universal_avatar/view/type/SD_REQTYPE/avatar/{number}"
        sizes = {"48x48": "large", "24x24": "small", "16x16": "xsmall", "32x32": "medium"}
        urls = {size: f"{picture}?size={word}" for size, word in sizes.items()}
        return {
            "_expands": ["field"],
            "id": form.id,
            "_links": {"self": self.url(session, f"servicedesk/{form.desk}/requesttype/{form.id}")},
            "name": form.name,
            "description": form.description,
            "helpText": "",
            "issueTypeId": form.type_id,
            "serviceDeskId": form.desk,
            "portalId": form.desk,
            "groupIds": list(form.groups),
            "icon": {"id": number, "_links": {"iconUrls": urls}},
        }

    def group_name(self, number: str) -> str:
        """Give the name of a group of request types."""
        return REQUEST_GROUPS[number]

    def request_links(self, session: Session, issue: Issue) -> Json:
        """Give the addresses of a request."""
        project = self.vendor.state.projects[issue.project]
        base = self.vendor.base_url
        return {
            "jiraRest": f"{session.base}/rest/api/2/issue/{issue.id}",
            "web": f"{base}/servicedesk/customer/portal/{project.desk}/{issue.key}",
            "self": self.url(session, f"request/{issue.id}"),
            "agent": f"{base}/browse/{issue.key}",
        }

    # -- what hangs on requests

    def current_status(self, session: Session, issue: Issue) -> Json:
        """Give the status of a request."""
        return self.statuses(session, issue)[0]

    def statuses(self, session: Session, issue: Issue) -> list[Json]:
        """Give the statuses that a request had, newest first."""
        known = self.vendor.state.statuses
        changes = [
            (history.created, item["from"], item["to"])
            for history in issue.histories
            for item in history.items
            if item.get("fieldId", item.get("field")) == "status" and item["to"] in known
        ]
        first = changes[0][1] if changes and changes[0][1] in known else None if changes else issue.status
        held = [*([(issue.created, first)] if first else []), *((when, after) for when, _, after in changes)]
        return [
            {
                "status": known[number].name,
                "statusCategory": CATEGORY_WORDS[known[number].category],
                "statusDate": times.date_dto(when, session.zone),
            }
            for when, number in reversed(held)
        ]

    def comment(self, session: Session, issue: Issue, comment: Comment, expand: str = "") -> Json:
        """Give a comment."""
        shown: Json = {"_expands": ["attachment", "renderedBody"], "id": str(comment.id), "body": comment.body.wiki}
        if "renderedBody" in expand:
            shown["renderedBody"] = {"html": comment.body.html}
        shown["public"] = comment.public
        author = self.person(session, comment.author)
        if author is not None:
            shown["author"] = author
        shown["created"] = times.date_dto(comment.created, session.zone)
        return {**shown, "_links": {"self": self.url(session, f"request/{issue.id}/comment/{comment.id}")}}

    def attachment(self, session: Session, issue: Issue, file: File) -> Json:
        """Give a file; its id stands in its addresses only."""
        rest = f"{session.base}/rest/api/2/attachment/{file.id}"
        links = {"self": self.url(session, f"request/{issue.id}/attachment/{file.id}"), "jiraRest": rest}
        links["content"] = self.vendor.render.attachment(session, file)["content"]
        if file.media_type.startswith("image/"):
            links["thumbnail"] = f"{session.base}/rest/api/2/attachment/thumbnail/{file.id}"
        shown: Json = {"filename": file.name}
        author = self.person(session, file.author)
        if author is not None:
            shown["author"] = author
        shown |= {"created": times.date_dto(file.created, session.zone), "size": file.size, "mimeType": file.media_type}
        return {**shown, "_links": links}

    def approval(self, session: Session, issue: Issue, approval: Approval) -> Json:
        """Give an approval."""
        approvers = [
            {"approver": person, "approverDecision": answer}
            for number, answer in approval.answers.items()
            if (person := self.person(session, number))
        ]
        waits = approval.answers.get(session.account_id) == "pending" and approval.completed is None
        shown: Json = {"id": str(approval.id), "name": approval.name, "finalDecision": approval.decision}
        shown |= {"canAnswerApproval": waits, "approvers": approvers}
        shown["createdDate"] = times.date_dto(approval.created, session.zone)
        if approval.completed is not None:
            shown["completedDate"] = times.date_dto(approval.completed, session.zone)
        return {**shown, "_links": {"self": self.url(session, f"request/{issue.id}/approval/{approval.id}")}}

    def clocks(self, session: Session, issue: Issue) -> list[Json]:
        """Give the clocks of a request."""
        return [sla.shown(self.vendor, session, issue, metric) for metric in sla.METRICS]

    def field_values(self, session: Session, issue: Issue, form: RequestType) -> list[Json]:
        """Give the values of a request's form."""
        found: list[Json] = []
        for name, label, _ in form.fields:
            value: Any = issue.values.get(name)
            if isinstance(value, RichText):
                found.append({"fieldId": name, "label": label, "value": value.wiki, "renderedValue": {"html": value.html}})
            elif value is not None:
                shown = self.vendor.view.field(session, issue, name)
                found.append({"fieldId": name, "label": label, "value": shown})
        return found

    # -- approvals

    def ask_approvers(self, issue: Issue) -> None:
        """Ask the approvers of a change, once it was opened."""
        approvers: list[str] = issue.values.get(APPROVERS) or []
        if issue.type_id == CHANGE and approvers:
            number = self.vendor.state.number("approval")
            answers = dict.fromkeys(approvers, "pending")
            issue.approvals.append(Approval(number, "Waiting for approval", self.vendor.now(), answers))
            self._move(issue, "171", self.vendor.state.automation.account_id)

    def answer(self, session: Session, issue: Issue, approval: Approval, decision: str) -> None:
        """Approve or decline; the last answer moves the request on."""
        approval.answers[session.account_id] = decision
        if approval.decision == "pending":
            self.vendor.state.touch(issue, self.vendor.now())
            return
        approval.completed = self.vendor.now()
        self._move(issue, APPROVE if approval.decision == "approved" else DECLINE, session.account_id)

    def _move(self, issue: Issue, number: str, account_id: str) -> None:
        for way in self.vendor.workflows.transitions(issue):
            if way.id == number and issue.status in way.sources:
                self.vendor.changes.move_as(account_id, issue, way, {})
                return
        self.vendor.state.touch(issue, self.vendor.now())

"""What hangs on a request: comments, files, participants, statuses, transitions, clocks, approvals, feedback, mails.

Comments are wiki markup here, have no ``updated``, and cannot be edited. A file always comes with a comment.
Source: developer.atlassian.com, service desk API, Request and Feedback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..vendor import Call, Routes, reply
from .attachments import redirect
from .auth import Session
from .errors import desk as refuse
from .jsons import Json, as_dict, as_int, as_list, as_strings
from .paging import desk_body, desk_page
from .records import PARTICIPANTS, Approval, Comment, File, Issue, Transition
from .richtext import RichText
from .sla import METRICS, shown
from .values import LONGEST, TOO_LONG

if TYPE_CHECKING:
    from .vendor import Jira

routes = Routes()


# -- comments


def _visible(vendor: Jira, call: Call, issue: Issue) -> list[Comment]:
    session: Session = call.account
    given = call.request.args
    public, internal = (given.get(name, "true").lower() != "false" for name in ("public", "internal"))
    return [
        each for each in issue.comments if (each.public and public) or (not each.public and internal and session.is_agent)
    ]


@routes.get("/rest/servicedeskapi/request/<issue>/comment")
def comments(vendor: Jira, call: Call, issue: str) -> Response:
    """List the comments of a request; without access there are none."""
    session: Session = call.account
    found = vendor.state.issue_named(issue)
    if found is None:
        found = vendor.desk.request(session, issue)
    expand = call.request.args.get("expand", "")
    said = _visible(vendor, call, found) if vendor.desk.sees(session, found) else []
    return desk_page(call, said, lambda each: _comment(vendor, call, found, each, expand))


def _comment(vendor: Jira, call: Call, issue: Issue, comment: Comment, expand: str = "") -> Json:
    body = vendor.desk.comment(call.account, issue, comment, expand)
    if "attachment" in expand:
        files = [vendor.state.files[number] for number in comment.files]
        body["attachments"] = desk_body(
            call, files, lambda file: vendor.desk.attachment(call.account, issue, file), whole=True
        )
    return body


@routes.post("/rest/servicedeskapi/request/<issue>/comment")
def add_comment(vendor: Jira, call: Call, issue: str) -> Response:
    """Add a comment; customers add public ones only."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    vendor.admit_write(found)
    sent = as_dict(call.json())
    if not isinstance(sent.get("public"), bool):
        raise refuse(400, "The 'public' property is required.", "sd.error.comment.public.required")
    if not sent["public"]:
        vendor.desk.of_agents(session)
    comment = vendor.threads.say(session, found, _markup(sent.get("body")), public=sent["public"])
    return reply(_comment(vendor, call, found, comment), 201)


def _markup(text: object) -> RichText:
    if not isinstance(text, str) or not text.strip():
        raise refuse(400, "Comment body can not be empty!", "sd.error.comment.empty")
    if len(text) > LONGEST:
        raise refuse(400, TOO_LONG, "sd.error.comment.too.long")
    return RichText(markup=text)


def _find_comment(vendor: Jira, call: Call, issue: Issue, number: str) -> Comment:
    comment = issue.comment(as_int(number, -1))
    if comment is None or comment not in _visible(vendor, call, issue):
        raise refuse(404, f"The comment with ID {number} does not exist.", "sd.error.comment.not.found")
    return comment


@routes.get("/rest/servicedeskapi/request/<issue>/comment/<number>")
def show_comment(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Show a comment."""
    found = vendor.desk.request(call.account, issue)
    comment = _find_comment(vendor, call, found, number)
    return reply(_comment(vendor, call, found, comment, call.request.args.get("expand", "")))


@routes.get("/rest/servicedeskapi/request/<issue>/comment/<number>/attachment")
def comment_files(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """List the files of a comment."""
    found = vendor.desk.request(call.account, issue)
    files = [vendor.state.files[each] for each in _find_comment(vendor, call, found, number).files]
    return desk_page(call, files, lambda file: vendor.desk.attachment(call.account, found, file))


# -- files


def _files(vendor: Jira, call: Call, issue: Issue) -> list[File]:
    """Give the files that the caller may see: customers those of public comments, and those that came with the request."""
    session: Session = call.account
    said = {number: comment.public for comment in issue.comments for number in comment.files}
    files = [vendor.state.files[number] for number in issue.files]
    return files if session.is_agent else [file for file in files if said.get(file.id, file.author == issue.reporter)]


@routes.get("/rest/servicedeskapi/request/<issue>/attachment")
def files(vendor: Jira, call: Call, issue: str) -> Response:
    """List the files of a request."""
    found = vendor.desk.request(call.account, issue)
    return desk_page(call, _files(vendor, call, found), lambda file: vendor.desk.attachment(call.account, found, file))


@routes.get("/rest/servicedeskapi/request/<issue>/attachment/<number>")
def download(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Send to the bytes of a file."""
    found = vendor.desk.request(call.account, issue)
    for file in _files(vendor, call, found):
        if str(file.id) == number:
            return redirect(vendor, file)
    raise refuse(404, f"The attachment with ID {number} does not exist.", "sd.error.attachment.not.found")


@routes.post("/rest/servicedeskapi/request/<issue>/attachment")
def attach(vendor: Jira, call: Call, issue: str) -> Response:
    """Attach temporary files to a request; a comment tells of them."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    vendor.admit_write(found)
    sent = as_dict(call.json())
    names = as_strings(as_list(sent.get("temporaryAttachmentIds")))
    if not names or not isinstance(sent.get("public"), bool):
        text = "The 'temporaryAttachmentIds' and 'public' properties are required."
        raise refuse(400, text, "sd.error.attachment.required")
    if not sent["public"]:
        vendor.desk.of_agents(session)
    for name in names:
        if name not in vendor.state.temporary or vendor.state.temporary[name][3] < vendor.now():
            raise refuse(400, f"The temporary attachment '{name}' does not exist.", "sd.error.attachment.temporary")
    taken = [vendor.state.temporary.pop(name) for name in names]
    made = [vendor.threads.attach(session.account_id, found, *each[:3]) for each in taken]
    words = str(as_dict(sent.get("additionalComment")).get("body") or "")
    body = "\n\n".join(filter(None, (words, "\n".join(map(_mention, made)))))
    comment = vendor.threads.say(session, found, RichText(markup=body), public=sent["public"])
    comment.files = [file.id for file in made]
    page = desk_body(call, made, lambda file: vendor.desk.attachment(session, found, file), whole=True)
    return reply({"comment": _comment(vendor, call, found, comment), "attachments": page}, 201)


def _mention(file: File) -> str:
    if file.media_type.startswith("image/"):
        return f"!{file.name}|thumbnail!"
    return f"[^{file.name}] _({max(1, file.size // 1024)} kB)_"


# -- participants


@routes.get("/rest/servicedeskapi/request/<issue>/participant")
def participants(vendor: Jira, call: Call, issue: str) -> Response:
    """List the participants of a request."""
    found = vendor.desk.request(call.account, issue)
    people = [vendor.state.users[number] for number in found.values.get(PARTICIPANTS) or ()]
    return desk_page(call, people, lambda user: vendor.desk.user(call.account, user))


@routes.post("/rest/servicedeskapi/request/<issue>/participant")
@routes.delete("/rest/servicedeskapi/request/<issue>/participant")
def change_participants(vendor: Jira, call: Call, issue: str) -> Response:
    """Add participants to a request, or take them off."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    vendor.admit_write(found)
    names = as_strings(as_list(as_dict(call.json()).get("usernames" if session.data_center else "accountIds")))
    users = [vendor.state.user_named(name) if session.data_center else vendor.state.users.get(name) for name in names]
    if not names or None in users:
        raise refuse(400, "The participants do not exist.", "sd.error.participant.not.found")
    numbers = [user.account_id for user in users if user]
    kept = [number for number in found.values.get(PARTICIPANTS) or () if number not in numbers]
    changed = [*kept, *numbers] if call.request.method == "POST" else kept
    vendor.changes.set_values(session.account_id, found, {PARTICIPANTS: changed or None})
    return participants(vendor, call, issue)


# -- statuses, transitions, clocks


@routes.get("/rest/servicedeskapi/request/<issue>/status")
def statuses(vendor: Jira, call: Call, issue: str) -> Response:
    """List the statuses that a request had, newest first."""
    found = vendor.desk.request(call.account, issue)
    return desk_page(call, vendor.desk.statuses(call.account, found), lambda each: each)


def _ways(vendor: Jira, issue: Issue) -> list[Transition]:
    return [way for way in vendor.workflows.transitions(issue) if way.customers and issue.status in way.sources]


@routes.get("/rest/servicedeskapi/request/<issue>/transition")
def transitions(vendor: Jira, call: Call, issue: str) -> Response:
    """List the transitions that the portal offers now."""
    found = vendor.desk.request(call.account, issue)
    return desk_page(call, _ways(vendor, found), lambda way: {"id": way.id, "name": way.name})


@routes.post("/rest/servicedeskapi/request/<issue>/transition")
def transition(vendor: Jira, call: Call, issue: str) -> Response:
    """Carry out a transition of the portal, with a public comment if the body has one."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    vendor.admit_write(found)
    sent = as_dict(call.json())
    way = next((way for way in _ways(vendor, found) if way.id == str(sent.get("id"))), None)
    if way is None:
        raise refuse(400, f"The transition '{sent.get('id')}' is not available.", "sd.error.transition.invalid")
    words = as_dict(sent.get("additionalComment")).get("body")
    body = _markup(words) if words else None
    vendor.changes.move(session, found, way, {})
    if body is not None:
        vendor.threads.say(session, found, body, public=True)
    return Response(status=204)


@routes.get("/rest/servicedeskapi/request/<issue>/sla")
def clocks(vendor: Jira, call: Call, issue: str) -> Response:
    """List the clocks of a request."""
    found = vendor.desk.request(call.account, issue)
    vendor.desk.of_agents(call.account)
    return desk_page(call, vendor.desk.clocks(call.account, found), lambda clock: clock)


@routes.get("/rest/servicedeskapi/request/<issue>/sla/<metric>")
def clock(vendor: Jira, call: Call, issue: str, metric: str) -> Response:
    """Show a clock of a request."""
    found = vendor.desk.request(call.account, issue)
    vendor.desk.of_agents(call.account)
    if metric not in METRICS:
        raise refuse(404, f"The SLA metric with ID {metric} does not exist.", "sd.error.sla.not.found")
    return reply(shown(vendor, call.account, found, metric))


# -- approvals


@routes.get("/rest/servicedeskapi/request/<issue>/approval")
def approvals(vendor: Jira, call: Call, issue: str) -> Response:
    """List the approvals of a request."""
    found = _asked(vendor, call.account, issue)
    return desk_page(call, found.approvals, lambda each: vendor.desk.approval(call.account, found, each))


def _asked(vendor: Jira, session: Session, issue: str) -> Issue:
    """Find a request; an approver may see it as well."""
    found = vendor.state.issue_named(issue)
    mine = found is not None and any(session.account_id in approval.answers for approval in found.approvals)
    return found if found is not None and mine else vendor.desk.request(session, issue)


def _approval(issue: Issue, number: str) -> Approval:
    for approval in issue.approvals:
        if str(approval.id) == number:
            return approval
    raise refuse(404, f"The approval with ID {number} does not exist.", "sd.error.approval.not.found")


@routes.get("/rest/servicedeskapi/request/<issue>/approval/<number>")
def show_approval(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Show an approval."""
    found = _asked(vendor, call.account, issue)
    return reply(vendor.desk.approval(call.account, found, _approval(found, number)))


@routes.post("/rest/servicedeskapi/request/<issue>/approval/<number>")
def answer_approval(vendor: Jira, call: Call, issue: str, number: str) -> Response:
    """Approve or decline."""
    session: Session = call.account
    found = _asked(vendor, session, issue)
    approval = _approval(found, number)
    decision = {"approve": "approved", "decline": "declined"}.get(str(as_dict(call.json()).get("decision")))
    if decision is None:
        raise refuse(400, "The decision must be 'approve' or 'decline'.", "sd.error.approval.decision")
    if approval.completed is not None:
        raise refuse(409, "The approval has been completed.", "sd.error.approval.completed")
    if session.account_id not in approval.answers:
        raise refuse(403, "You are not an approver of this request.", "sd.error.approval.not.approver")
    vendor.desk.answer(session, found, approval, decision)
    return reply(vendor.desk.approval(session, found, approval))


# -- feedback and mails


@routes.get("/rest/servicedeskapi/request/<issue>/feedback")
def feedback(vendor: Jira, call: Call, issue: str) -> Response:
    """Show the customer's rating of a request."""
    found = vendor.desk.request(call.account, issue)
    if found.feedback is None:
        raise refuse(404, "There is no feedback for this request.", "sd.error.feedback.not.found")
    return reply(_feedback(found.feedback))


def _feedback(given: Json) -> Json:
    shown: Json = {"type": "csat", "rating": given["rating"]}
    return {**shown, "comment": {"body": given["comment"]}} if given["comment"] else shown


@routes.post("/rest/servicedeskapi/request/<issue>/feedback")
def rate(vendor: Jira, call: Call, issue: str) -> Response:
    """Rate a request that is resolved: its reporter does."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    sent = as_dict(call.json())
    rating = sent.get("rating")
    if session.account_id != found.reporter:
        raise refuse(403, "Only the reporter can give feedback.", "sd.error.feedback.reporter")
    if not isinstance(rating, int) or not 1 <= rating <= 5 or sent.get("type", "csat") != "csat":
        raise refuse(400, "The rating must be between 1 and 5.", "sd.error.feedback.rating")
    if vendor.state.statuses[found.status].category != "done":
        raise refuse(400, "The request is not resolved.", "sd.error.feedback.open")
    words = as_dict(sent.get("comment")).get("body")
    found.feedback = {"rating": rating, "comment": words, "created": vendor.now(), "by": session.account_id}
    vendor.state.touch(found, vendor.now())
    return reply(_feedback(found.feedback), 201)


@routes.delete("/rest/servicedeskapi/request/<issue>/feedback")
def unrate(vendor: Jira, call: Call, issue: str) -> Response:
    """Take back the rating of a request."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    if found.feedback is None:
        raise refuse(404, "There is no feedback for this request.", "sd.error.feedback.not.found")
    found.feedback = None
    vendor.state.touch(found, vendor.now())
    return Response(status=204)


@routes.get("/rest/servicedeskapi/request/<issue>/notification")
def subscription(vendor: Jira, call: Call, issue: str) -> Response:
    """Tell whether the caller gets mails about a request."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    return reply({"subscribed": session.account_id not in found.unsubscribed})


@routes.put("/rest/servicedeskapi/request/<issue>/notification")
@routes.delete("/rest/servicedeskapi/request/<issue>/notification")
def subscribe(vendor: Jira, call: Call, issue: str) -> Response:
    """Start or stop mails about a request to the caller."""
    session: Session = call.account
    found = vendor.desk.request(session, issue)
    if call.request.method == "PUT":
        found.unsubscribed.discard(session.account_id)
    else:
        found.unsubscribed.add(session.account_id)
    return Response(status=204)

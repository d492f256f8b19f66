"""Mails: which write tells whom.

The customer notifications of service management tell the reporter and the participants of a *request* (an issue with a
request type): that it was opened on their behalf (``create``), of public comments (``public_comment``), and that it was
resolved (``resolve``). Who stopped the notifications of a request gets none; nobody is told of what he did himself;
internal comments tell no customer. A mention in a comment tells the person mentioned (``mention``), if that person may see
it.
Source: Atlassian support, "Customer notifications"; developer.atlassian.com, "Mention".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..outbox import Message
from .adf import mentions
from .records import PARTICIPANTS, Comment, Issue, User

if TYPE_CHECKING:
    from .vendor import Jira


class Notify:
    """Sends mails."""

    def __init__(self, vendor: Jira) -> None:
        """Take the site."""
        self.vendor = vendor

    def send(self, user: User, kind: str, issue: Issue, subject: str, text: str) -> None:
        """Send one mail."""
        if user.email and user.active:
            message = Message(self.vendor.clock.now(), user.email, kind, issue.key, subject, text)
            self.vendor.outbox.send(message)

    def _customers(self, actor: User, issue: Issue) -> list[User]:
        if issue.request_type is None:
            return []
        numbers = dict.fromkeys([issue.reporter or "", *(issue.values.get(PARTICIPANTS) or ())])
        people = [user for number in numbers if (user := self.vendor.state.users.get(number))]
        return [user for user in people if user.account_id not in {actor.account_id, *issue.unsubscribed}]

    def created(self, actor: User, issue: Issue) -> None:
        """Tell that a request was opened."""
        text = issue.values.get("description")
        for user in self._customers(actor, issue):
            self.send(user, "create", issue, f"{issue.key} {issue.values['summary']}", text.plain if text else "")

    def commented(self, actor: User, issue: Issue, comment: Comment) -> None:
        """Tell of a comment."""
        words = comment.body.plain
        told = self._customers(actor, issue) if comment.public and comment.visibility is None else []
        for user in told:
            self.send(user, "public_comment", issue, f"{issue.key} {issue.values['summary']}", words)
        for number in dict.fromkeys(mentions(comment.body.adf)):
            user = self.vendor.state.users.get(number)
            if user is not None and user is not actor and user not in told and user.is_licensed:
                self.send(user, "mention", issue, f"{actor.name} mentioned you on {issue.key}", words)

    def moved(self, actor: User, issue: Issue, before: str, after: str) -> None:
        """Tell that a request was resolved."""
        if after == "done" and before != "done":
            for user in self._customers(actor, issue):
                self.send(user, "resolve", issue, f"{issue.key} {issue.values['summary']}", "Your request was resolved.")

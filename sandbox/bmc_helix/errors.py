"""Error bodies: an array of AR messages, whatever the status.

``[{"messageType", "messageText", "messageNumber", "messageAppendedText"}]`` (docs.bmc.com, AR System REST API, status
codes). Validations by ITSM workflow are 500, not 400. Numbers 101, 302, 307, 623, 9093, 92 and 93 are documented, 314
is recorded; 303, 306, 326, 330, 332, 353 and 382 are those of the AR System error list. The numbers of ITSM's own
messages and the number of a wrong qualification are unconfirmed, and so is 401 with 623 for an expired token.
"""

from __future__ import annotations

from typing import Any

import orjson
from werkzeug.wrappers import Response

from ..vendor import RefusedError

CONTENT_TYPE = "application/json; charset=utf-8"

RPC_TIMEOUT = 92, "Timeout during data retrieval due to busy server -- retry the operation"
QUERY_TIMEOUT = 93, "Timeout during database query -- consider using more specific search criteria to narrow the results"
ENTRY_ID_TOO_LONG = 101, "Entry ID parameter length is longer than the maximum allowed length"
NO_ENTRY = 302, "Entry does not exist in database"
NO_FORM = 303, "Form does not exist on server"
OUT_OF_LIMITS = 306, "Value does not fall within the limits specified for the field"
REQUIRED = 307, "Required field (without a default) not specified"
NO_FIELD = 314, "Field does not exist on current form"
NO_NULL = 326, "Required field cannot be reset to a NULL value"
NO_FIELD_WRITE = 330, "You do not have write access to field"
NO_RECORD_WRITE = 332, "You do not have write access to this record"
NO_FORM_ACCESS = 353, "You have no access to form"
NOT_UNIQUE = 382, "The value(s) for this entry violate a unique index that has been defined for this form"
MANY_MATCHES = 383, "Two or more entries match the specified qualification"
NOT_ADMINISTRATOR = 302001, "Must have Administrator permissions to perform this operation"
FAILED_LOGIN = 623, "Authentication failed"
OTHER_SESSION = 9093, "User is currently connected from another machine or incompatible session"
BAD_QUALIFICATION = 1587, "Unrecognized or misused expression in the qualification line"
BAD_REQUEST = 8945, "The request body or a parameter cannot be read"

NO_STATUS_REASON = 1291205, "Status Reason is a required field for this status"
NO_RESOLUTION = 1291053, "A Resolution is required when the incident is resolved"
NO_ASSIGNEE = 45382, "You must select an assignee before the incident can have this status"
NOT_IN_STATUS = 45384, "The status reason does not belong to this status"
NO_TRANSITION = 45390, "The incident cannot go from its present status to this one"
READ_ONLY = 48303, "The incident is closed or cancelled and cannot be modified"
OPEN_TASKS = 48310, "The incident has open tasks, and cannot be resolved or closed"
MISSING_BY_RULE = 48320, "A value is required by your company's rules"
WRONG_GROUP = 48330, "The assigned support company, organization and group do not name one support group"
WRONG_ASSIGNEE = 48331, "The assignee is no member of the assigned group"
WRONG_CUSTOMER = 48340, "records have been found for the Incident contact information you have provided"
WRONG_CATEGORY = 48350, "The categorization is not in the catalogue"
WRONG_ITEM = 48360, "The configuration item does not exist"
WRONG_INCIDENT = 48370, "The incident of the work log does not exist"
LOCKED_LOG = 48371, "The work log is locked and cannot be modified"
WRONG_REQUEST = 48380, "A request of the relationship does not exist"

Message = tuple[int, str]


def listed(status: int, message: Message, appended: str | None = None, kind: str = "ERROR") -> Response:
    """Give a failed reply with one message."""
    return as_json(messages(message, appended, kind), status)


def messages(message: Message, appended: str | None = None, kind: str = "ERROR") -> list[dict[str, Any]]:
    """Give the array of one message."""
    number, text = message
    return [{"messageType": kind, "messageText": text, "messageAppendedText": appended, "messageNumber": number}]


def as_json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Give a JSON reply."""
    return Response(orjson.dumps(body), status, headers, content_type=CONTENT_TYPE)


def refuse(status: int, message: Message, appended: str | None = None) -> RefusedError:
    """Give what a handler raises to fail."""
    return RefusedError(listed(status, message, appended))


def invalid(message: Message, appended: str | None = None) -> RefusedError:
    """Give the refusal by ITSM workflow: a 500 that no retry cures."""
    return refuse(500, message, appended)


def no_entry(form: str) -> RefusedError:
    """Give the refusal of a row that does not exist or is hidden by permission."""
    return refuse(404, NO_ENTRY, form)


def empty(status: int = 204, headers: dict[str, str] | None = None) -> Response:
    """Give a reply without a body."""
    response = Response(status=status, headers=headers)
    response.headers.pop("Content-Type", None)
    return response

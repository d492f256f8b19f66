"""The ways in which the three layers refuse: the platform, the service desk and the gateway before them.

Source: recorded bodies; developer.atlassian.com, "Status codes" of the platform; the service desk API's ``ErrorResponse``.
"""

from __future__ import annotations

from werkzeug.wrappers import Response

from ..vendor import RefusedError, reply
from .jsons import Json

NO_ISSUE = "Issue does not exist or you do not have permission to see it."


def platform(status: int, *messages: str, **errors: str) -> RefusedError:
    """Give the platform's refusal: messages, and errors by field."""
    return RefusedError(reply({"errorMessages": list(messages), "errors": errors}, status))


def bad_fields(errors: dict[str, str]) -> RefusedError:
    """Give the platform's 400 for fields that do not fit."""
    return RefusedError(reply({"errorMessages": [], "errors": errors}, 400))


def bad_query(*messages: str) -> RefusedError:
    """Give the platform's 400 for a query."""
    return RefusedError(reply({"errorMessages": list(messages), "warningMessages": []}, 400))


def no_issue() -> RefusedError:
    """Give 404: the issue is absent or hidden."""
    return platform(404, NO_ISSUE)


def desk(status: int, message: str, key: str) -> RefusedError:
    """Give the service desk's refusal."""
    return RefusedError(reply(desk_body(message, key), status))


def desk_body(message: str, key: str) -> Json:
    """Give the body of the service desk's refusal."""
    return {"errorMessage": message, "i18nErrorMessage": {"i18nKey": key, "parameters": []}}


def no_licence() -> RefusedError:
    """Give 403 with an empty body: the account has no agent licence."""
    return RefusedError(Response(status=403, content_type="application/json;charset=UTF-8"))


def gateway(status: int, message: str) -> RefusedError:
    """Give the refusal of the gateway for OAuth."""
    return RefusedError(reply({"code": status, "message": message}, status))


def unauthenticated() -> RefusedError:
    """Give 401 of a site: plain text."""
    text = "Client must be authenticated to access this resource."
    headers = {"WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fexample.atlassian.net"'}
    return RefusedError(Response(text, 401, headers, content_type="text/plain;charset=UTF-8"))


def xsrf() -> RefusedError:
    """Give 403: a multipart upload without its header."""
    return RefusedError(Response("XSRF check failed", 403, content_type="text/html;charset=UTF-8"))

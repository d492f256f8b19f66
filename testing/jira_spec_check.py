"""Judged by Atlassian's own specification: the files of the platform (version 3) and of Jira Service Management.

Version 2 of the platform is described by no file; its exchanges are counted as silent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from .spec_check import NULL, Known, SpecCheck

GATEWAY: Final = r"^/ex/jira/[^/]+"
"""Stands before the paths of the files where OAuth is used."""
JIRA: Final = (
    Known("*", r": (401|403|404|405|409|410|413|415|429|500|502|503): reply", "the files describe few refusals"),
    Known("*", r": 400: reply: Unknown response http status", "the files describe few refusals"),
    Known("*", r"\('untranslatedName' was unexpected\)", "recorded lists of fields and issue types have it"),
    Known("*", r"204: reply: Missing response data", "204 has no body: recorded deletions and edits"),
    Known("POST /rest/api/3/issueLink", r"201: reply: Missing response data", "a recorded link has no body"),
    Known("*", r"request : \{\} is not of type 'array'", "openapi-core does not read multipart bodies"),
    Known("*", r"(attachTemporaryFile|attachments): 20[01]: request: Missing", "a recorder sees no streamed upload"),
    Known("POST /rest/api/3/issue/{issueIdOrKey}/watchers", r"Missing required request body", "then the caller watches"),
    Known("GET /rest/api/3/issue/{issueIdOrKey}/remotelink", r"is not of type 'object'", "the documented list is an array"),
    Known("POST /rest/api/3/changelog/bulkfetch", r"created: \d+", "a number in the documented sample"),
    Known("POST /rest/api/3/jql/parse", r"structure/where", "the file allows no property beside its alternatives"),
    Known("*", r"is not a 'date-time'", "recorded moments have an offset without a colon"),
    Known("*", rf"reply .*(from|fromString|to|toString): {NULL}", "recorded changelogs have null for nothing"),
    Known("PUT /rest/api/3/issue/{issueIdOrKey}/assignee", r"request accountId: None", "null unassigns: Assign issue"),
    Known("POST /rest/api/3/issue/bulkfetch", r"\('expand' was unexpected\)", "real replies have it, as those of a search"),
    Known("GET /rest/api/3/bulk/queue/{taskId}", r": 400: reply", "the documented example of an unknown task"),
)
"""Where the files are wrong; the sources are pages of developer.atlassian.com and recorded traffic."""


def jira_check(folder: Path) -> SpecCheck:
    """Give the check by Atlassian's files in a folder."""
    files = [*folder.glob("jira_platform_v3*.json"), *folder.glob("jira_service_management*.json")]
    return SpecCheck(files, JIRA, affixes=GATEWAY)

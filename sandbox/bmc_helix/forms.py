"""The forms of the server."""

from __future__ import annotations

from . import fields_foundation as foundation
from .fields_incident import CREATE, INCIDENT, INTERFACE
from .fields_work_log import WORK_LOG
from .schema import Form

CREATE_FORM = "HPD:IncidentInterface_Create"
INTERFACE_FORM = "HPD:IncidentInterface"
HELP_DESK = "HPD:Help Desk"
WORK_LOG_FORM = "HPD:WorkLog"
PEOPLE = "CTM:People"
GROUPS = "CTM:Support Group"
MEMBERS = "CTM:Support Group Association"
COMPANIES = "COM:Company"
CATEGORIES = "CFG:Service Catalog"
ASSOCIATIONS = "HPD:Associations"
ITEMS = "BMC.CORE:BMC_BaseElement"
AUDIT = "HPD:HelpDesk_AuditLogSystem"
MEASUREMENTS = "SLM:Measurement"
TASKS = "TMS:Task"
PROBLEMS = "PBM:Problem Investigation"
CHANGES = "CHG:Infrastructure Change"
TEMPLATES = "HPD:TemplateSPGLookUp"

WORK_LOGS_OF = "HPD:INC:Worklog"
"""The association from an incident to its work logs."""
_WORK_LOGS = {WORK_LOGS_OF: (WORK_LOG_FORM, "Incident Number", "Incident Number")}


def all_forms() -> dict[str, Form]:
    """Give every form by name."""
    forms = [
        Form(CREATE_FORM, CREATE_FORM, "Request ID", CREATE, associations=_WORK_LOGS),
        Form(INTERFACE_FORM, HELP_DESK, "Request ID", INTERFACE, join=True, associations=_WORK_LOGS),
        Form(HELP_DESK, HELP_DESK, "Entry ID", INCIDENT, associations=_WORK_LOGS),
        Form(WORK_LOG_FORM, WORK_LOG_FORM, "Work Log ID", WORK_LOG),
        Form(PEOPLE, PEOPLE, "Person ID", foundation.PERSON),
        Form(GROUPS, GROUPS, "Support Group ID", foundation.GROUP),
        Form(MEMBERS, MEMBERS, "Support Group Association ID", foundation.MEMBERSHIP),
        Form(COMPANIES, COMPANIES, "Company Entry ID", foundation.COMPANY),
        Form(CATEGORIES, CATEGORIES, "Service Catalog ID", foundation.CATEGORY),
        Form(ASSOCIATIONS, ASSOCIATIONS, "Associations ID", foundation.ASSOCIATION),
        Form(ITEMS, ITEMS, "Request ID", foundation.ITEM),
        Form(AUDIT, AUDIT, "Request ID", foundation.AUDIT),
        Form(MEASUREMENTS, MEASUREMENTS, "Request ID", foundation.MEASUREMENT),
        Form(TASKS, TASKS, "Task ID", foundation.TASK),
        Form(PROBLEMS, PROBLEMS, "Entry ID", foundation.PROBLEM),
        Form(CHANGES, CHANGES, "Request ID", foundation.CHANGE),
        Form(TEMPLATES, TEMPLATES, "Request ID", foundation.TEMPLATE),
    ]
    return {form.name: form for form in forms}

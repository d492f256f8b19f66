"""Fields of the forms around incidents: people, groups, companies, relationships, items, clocks, histories, tasks.

Names of ``CTM:People`` and ``CTM:Support Group`` are recorded; those of ``HPD:Associations`` and of the audit form
are seen in public clients; the rest is common knowledge of the product. Ids are the sandbox's own but for the core
fields.
"""

from __future__ import annotations

from . import enums
from .schema import Field, enum, fields, plain


def _core(id_name: str, *, groups: bool = True, instance: str = "InstanceId") -> list[Field]:
    """Give the core fields that every form has."""
    core = [
        Field(id_name, 1, option="SYSTEM", limit=15),
        Field("Submitter", 2, option="SYSTEM"),
        Field("Submit Date", 3, "time", "SYSTEM"),
        Field("Assigned To", 4),
        Field("Last Modified By", 5, option="SYSTEM"),
        Field("Last Modified Date", 6, "time", "SYSTEM"),
        Field("Short Description", 8, default="."),
        Field("Notifier Listening", 109, option="SYSTEM", default="Not Listening"),
        Field(instance, 179, limit=38, key="InstanceId"),
        Field("Record ID", 10000000, option="SYSTEM"),
    ]
    return [*core, Field("Assignee Groups", 112, option="SYSTEM", limit=0)] if groups else core


PERSON = fields(
    _core("Person ID", groups=False),
    (
        Field("First Name", 1000000019, option="REQUIRED"),
        Field("Last Name", 1000000018, option="REQUIRED"),
        Field("Full Name", 1000000017, option="SYSTEM"),
        Field("Company", 1000000001, option="REQUIRED"),
        Field("Remedy Login ID", 1000000070),
        Field("Internet E-mail", 1000000048),
        enum("Profile Status", 7, enums.ENABLED, option="REQUIRED", default="Proposed"),
        enum("Client Type", 1000000022, enums.CLIENT_TYPE, default="Office-Based Employee"),
        enum("Client Sensitivity", 1000000027, enums.SENSITIVITY, default="Standard"),
        enum("Support Staff", 1000000025, enums.YES_NO, default="No"),
        enum("VIP", 1000000026, enums.YES_NO, default="No"),
        enum("Unrestricted Access", 1000003975, enums.YES_NO, default="No"),
    ),
    plain(
        """Corporate E-Mail; Corporate ID; Organization; Department; Region; Site Group; Site; Site ID; Middle Initial;
        Phone Number Business; Phone Number Mobile; Time Zone; JobTitle; Locale; Street; City; Country""",
        1000007000,
    ),
)
GROUP = fields(
    _core("Support Group ID", instance="instanceId"),
    (
        enum("Status", 7, enums.ENABLED, default="Enabled"),
        Field("Company", 1000000001, option="REQUIRED"),
        Field("Support Organization", 1000000014, option="REQUIRED"),
        Field("Support Group Name", 1000000015, option="REQUIRED"),
        Field("Support Group Role", 1000000016, default="Help Desk"),
        enum("Permission_Group_Enabled", 301899100, enums.YES_NO, default="Yes"),
        enum("DisableGroupNotification", 301899101, enums.YES_NO, default="No"),
        enum("Confidential Support Group", 301899102, enums.YES_NO, default="No"),
        enum("Shifts Flag", 301899103, enums.YES_NO, default="No"),
        enum("Uses SLA", 301899104, enums.YES_NO, default="Yes"),
        enum("Uses OLA", 301899105, enums.YES_NO, default="Yes"),
        enum("On Call Group Flag", 301899106, enums.YES_NO, default="No"),
        enum("Vendor Group", 301899107, enums.YES_NO, default="No"),
        Field("Company_SortOrder", 301899108, "integer", default=100),
    ),
    plain(
        "DataTags; GroupNotificationEmail; Notification_Locale; Parent Group; Description; Navigation Menu01", 1000007100
    ),
)
MEMBERSHIP = fields(
    _core("Support Group Association ID", groups=False),
    (
        Field("Support Group ID", 1000000079, option="REQUIRED", limit=15),
        Field("Person ID", 1000000080, option="REQUIRED", limit=15),
        Field("Login ID", 301921200, option="SYSTEM"),
        Field("Full Name", 1000000017, option="SYSTEM"),
        Field("Support Group Association Role", 1000000346, default="Member"),
        enum("Assignment Availability", 1000000347, enums.YES_NO, default="Yes"),
        enum("Default Group", 1000000348, enums.YES_NO, default="No"),
    ),
)
COMPANY = fields(
    _core("Company Entry ID"),
    (
        enum("Status", 7, enums.ENABLED, default="Enabled"),
        Field("Company", 1000000001, option="REQUIRED"),
        Field("Company Type", 1000000005, default="Operating Company"),
        Field("Abbreviation", 1000000006),
        Field("Permission Group ID", 1000000007, "integer", "SYSTEM"),
    ),
)
CATEGORY = fields(
    _core("Service Catalog ID", groups=False),
    (enum("Status", 7, enums.ENABLED, default="Enabled"), Field("Company", 1000000001, default="- Global -")),
    (Field("Categorization Tier 1", 1000000063, option="REQUIRED"),),
    plain("Categorization Tier 2; Categorization Tier 3", 1000000064),
)
ASSOCIATION = fields(
    _core("Associations ID"),
    (
        Field("Form Name01", 1000000203, option="REQUIRED"),
        Field("Form Name02", 1000000204, default="HPD:Help Desk"),
        Field("Request ID01", 1000000205, option="REQUIRED"),
        Field("Request ID02", 1000000206, option="REQUIRED", limit=15),
        Field("Request Description01", 1000000210),
        enum("Request Type01", 1000000211, enums.REQUEST_TYPE),
        enum("Association Type01", 1000000208, enums.ASSOCIATION_TYPE, option="REQUIRED"),
        Field("Lookup Keyword", 1000000209),
        Field("Parent Request ID01", 1000000212),
    ),
)
ITEM = fields(
    _core("Request ID", groups=False, instance="InstanceId"),
    (
        Field("Name", 200000020, option="REQUIRED"),
        Field("Description", 200000021, limit=0),
        Field("ClassId", 400079600, option="REQUIRED", default="BMC_COMPUTERSYSTEM"),
        Field("DatasetId", 400127400, default="BMC.ASSET"),
        Field("ReconciliationIdentity", 400129200, limit=38),
        Field("Company", 1000000001),
        Field("MarkAsDeleted", 400129100, default="No"),
    ),
    plain("Category; Type; Item", 200000003),
)
AUDIT = fields(
    (
        Field("Request ID", 1, option="SYSTEM", limit=15),
        Field("Submitter", 2, option="SYSTEM"),
        Field("Create Date", 3, "time", "SYSTEM"),
        Field("Original Request ID", 450, option="SYSTEM", limit=15),
        Field("Audit Date", 451, "time", "SYSTEM"),
        Field("User", 452, option="SYSTEM"),
        Field("Fields Changed", 453, option="SYSTEM", limit=0),
        Field("Action", 454, option="SYSTEM"),
        Field("Log", 456, option="SYSTEM", limit=0),
    ),
)
MEASUREMENT = fields(
    _core("Request ID"),
    (
        enum("MeasurementStatus", 300365100, enums.MEASUREMENT_STATUS, option="SYSTEM"),
        Field("SVTDueDate", 300364900, "time", "SYSTEM"),
        Field("OverallStartTime", 300364400, "time", "SYSTEM"),
        Field("OverallStopTime", 300364500, "time", "SYSTEM"),
        Field("UpElapsedTime", 300365600, "integer", "SYSTEM"),
        Field("GoalTimeHr", 300365700, "integer", "SYSTEM"),
        Field("GoalTimeMin", 300365800, "integer", "SYSTEM"),
        *plain(
            "ApplicationInstanceID; ApplicationUserFriendlyID; SVTTitle; GoalCategoryChar; ApplicationFormName", 301489500
        ),
    ),
)
TASK = fields(
    (each for each in _core("Task ID") if each.name not in {"Submit Date", "Last Modified Date", "Short Description"}),
    (
        Field("Create Date", 3, "time", "SYSTEM", key="Submit Date"),
        Field("Modified Date", 6, "time", "SYSTEM", key="Last Modified Date"),
        enum("Status", 7, enums.TASK_STATUS, default="Staged"),
        Field("Summary", 1000000000, option="REQUIRED"),
        Field("TaskName", 1000000002),
        Field("Notes", 1000000151, limit=0),
        Field("RootRequestName", 10000006),
        Field("RootRequestID", 10000007, option="REQUIRED"),
        Field("RootRequestFormName", 10000008, default="HPD:Help Desk"),
        Field("RootRequestInstanceID", 10000009),
        Field("Sequence", 10000010, "integer", default=1),
    ),
)
PROBLEM = fields(
    _core("Entry ID"),
    (
        Field("Problem Investigation ID", 1000000232, option="SYSTEM", limit=15),
        enum("Investigation Status", 7, enums.PROBLEM_STATUS, default="Draft"),
        Field("Description", 1000000000, option="REQUIRED", limit=100),
        Field("Detailed Decription", 1000000151, limit=0),
        Field("Company", 1000000001),
    ),
)
CHANGE = fields(
    _core("Request ID"),
    (
        Field("Infrastructure Change ID", 1000000182, option="SYSTEM", limit=15),
        enum("Change Request Status", 7, enums.CHANGE_STATUS, default="Draft"),
        Field("Description", 1000000000, option="REQUIRED", limit=100),
        Field("Detailed Description", 1000000151, limit=0),
        Field("Company", 1000000001),
    ),
)
TEMPLATE = fields(
    _core("Request ID"),
    (Field("Template Name", 1000001437, option="REQUIRED"), Field("Description", 1000000000)),
    (enum("Impact", 1000000163, enums.IMPACT), enum("Urgency", 1000000162, enums.URGENCY)),
    (enum("Service Type", 1000000099, enums.SERVICE_TYPE), enum("Reported Source", 1000000215, enums.REPORTED_SOURCE)),
)

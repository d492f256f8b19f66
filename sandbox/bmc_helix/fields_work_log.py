"""The fields of a work log: names as recorded, ids the sandbox's own but for the core fields and the attachments."""

from __future__ import annotations

from . import enums
from .schema import Field, enum, fields, plain

FILES = ("z2AF Work Log01", "z2AF Work Log02", "z2AF Work Log03")
FILE_NAMES = ("FileNameAttachment1", "FileNameAttachment2", "FileNameAttachment3")
"""Helper fields that hold the names of the files."""

WORK_LOG = fields(
    (
        Field("Work Log ID", 1, option="SYSTEM", limit=15),
        Field("Submitter", 2, option="SYSTEM"),
        Field("Submit Date", 3, "time", "SYSTEM"),
        Field("Assigned To", 4),
        Field("Last Modified By", 5, option="SYSTEM"),
        Field("Last Modified Date", 6, "time", "SYSTEM"),
        enum("Status", 7, enums.ENABLED, default="Enabled"),
        Field("Short Description", 8, default="."),
        Field("Status History", 15, "history", "SYSTEM"),
        Field("Notifier Listening", 109, option="SYSTEM", default="Not Listening"),
        Field("Assignee Groups", 112, option="SYSTEM", limit=0),
        Field("InstanceId", 179, option="SYSTEM", limit=38),
        Field("Record ID", 10000000, option="SYSTEM"),
        Field("Assignee Groups_parent", 60900, option="SYSTEM", default=""),
        Field("Incident Number", 1000000161, option="REQUIRED", limit=15),
        Field("Incident Entry ID", 1000000654, limit=15),
        Field("Description", 1000000000, limit=100),
        Field("Detailed Description", 1000000151, limit=0),
        enum("Work Log Type", 1000000170, enums.WORK_LOG_TYPE, option="REQUIRED", default="General Information"),
        enum("View Access", 1000000761, enums.VIEW_ACCESS, option="REQUIRED", default="Internal"),
        enum("Secure Work Log", 1000000760, enums.YES_NO, option="REQUIRED", default="No"),
        Field("Work Log Submitter", 1000000159),
        Field("Work Log Submit Date", 1000000157, "time"),
        Field("Work Log Date", 1000001476, "time"),
        Field("Communication Source", 1000000410),
        enum("Communication Type", 1000002134, enums.COMMUNICATION_TYPE, default="Inbound"),
        Field("Total Time Spent", 1000000731, "integer", default=0),
        Field("Number of Attachments", 1000000655, "integer", "SYSTEM"),
        *(Field(name, 1000000351 + number, "attachment") for number, name in enumerate(FILES)),
        *plain("; ".join(FILE_NAMES), 304412100, option="SYSTEM"),
        Field("Shared With Vendor", 301899910),
        Field("Broker Vendor Name", 301899900),
        Field("Broker Vendor Ticket Id", 301899911),
        Field("ClientLocale", 303519400, default="en_US"),
        Field("MessageId", 304412110),
        Field("NeedsAttentionCCS_Setting", 304412111, default="false"),
        Field("SV_TicketSummary", 304412112, option="SYSTEM"),
        enum("RequestCreatedFromDWP", 304412001, enums.YES_NO, default="No"),
        enum("Assign WorkLog Flag", 1000002135, enums.YES_NO, default="No"),
    ),
    plain(
        """Vendor Assignee Groups; Vendor Assignee Groups_parent; DataTags; Needs Attention; SR_Instanceid;
        AttachmentSourceFormName; AttachmentSourceGUID; ActivityValueChar_0; ActivityValueChar_1;
        ActivityValueChar_2; ActivityValueChar_3; ActivityValueSelection_0; ActivityValueSelection_1;
        ActivityValueSelection_2; ActivityValueSelection_3; DWP_SRID; DWP_SRInstanceID; Company; Assigned Support
        Organization; Assigned Group ID; Assigned Group; Assignee; Assigned Support Company; Shifts Flag; Assigned
        Group Shift Name; Assigned Group Shift ID; HPD Attachment ID; Assignee Login ID; URL01; URL02; URL03; Number
        of URLs; WorkLog Action Status; WorkLog Action Completed; Assignment Log Created; Thumbnail 1; Thumbnail 2;
        Thumbnail 3; Additional Access; Additional Access Parent; IsNotesRTFEnabled""",
        1000006000,
    ),
    plain(
        """z1G Multi-language; z1G Enable French; z1G Enable German; z1G Enable Spanish; z1G Enable User Defined 1; z1G
        Enable User Defined 2; z1G Disable Worklog Action; z1G InitComplete; z1G_Use_Custom_Prefix;
        z1G_HelpDeskIDPrefix; z1D_PrefixResult; z1D_PrefixHolder; zTmpEventGUID; z1D_AttachedFileName;
        z1D_FileNameAttach2; z1D_FileNameAttach3; z1D_WorkInfo_FileDefaultMsg; z1D_ConfirmGroup;
        z1D_WorkInfo_NotesLabel; z1D_SkipIfSmartITInstalled; z1D Char01; z1D Char02; z1D Char03; z1D Char04; z1D
        Action; z1D Integer01; z1D Char05; z1D Char06; z1D Char07; z1D Char08; z1D Char09; z1D Integer02; z1D
        Integer03; z1D Char10; z1D Char11; z1D Char12; z1D Char13; z1D Char14; z1D Lastcount; z1D Char15; z1D
        Previous Operation; z1D Page Indicator; z1D Char16; z1D Close Dialog; z1D Work Log ID; z1D Lastcount02; z1D
        Integer04; z1D Status-INC; z1D Action02; z1D Permission Group ID; z1D Permission Group List; z1D Last Date
        Duration Calc; z1D Mobile Worklog Upd2; z1D QuickViewWlg Flag""",
        304249000,
        option="DISPLAY",
    ),
)
"""``HPD:WorkLog``."""

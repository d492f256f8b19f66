"""The fields of an incident, as the three forms show them.

Names are recorded; the ids in the table of well-known fields are documented, all others are the sandbox's own. The
create form writes some names with underscores where the others have blanks; the misspelling ``Detailed Decription``
is the vendor's.
"""

from __future__ import annotations

from dataclasses import replace

from . import enums
from .schema import Field, enum, fields, plain

_WORK_LOG_COMMANDS = "z1D_WorklogDetails; z1D_Details; z1D_Summary; z1D_CommunicationSource"
COMMANDS = (
    *plain(_WORK_LOG_COMMANDS, 304247080, option="DISPLAY", limit=0),
    enum("z1D_Activity_Type", 304247210, enums.WORK_LOG_TYPE, option="DISPLAY"),
    enum("z1D_Secure_Log", 304247260, enums.YES_NO, option="DISPLAY"),
    enum("z1D_View_Access", 304247261, enums.VIEW_ACCESS, option="DISPLAY"),
    Field("z2AF_Act_Attachment_1", 304247262, "attachment", "DISPLAY"),
)
"""What writes a work log together with a change; all read back as null."""

_CORE = (
    Field("Submitter", 2, option="SYSTEM"),
    Field("Submit Date", 3, "time", "SYSTEM"),
    Field("Assigned To", 4),
    Field("Last Modified By", 5, option="SYSTEM"),
    Field("Last Modified Date", 6, "time", "SYSTEM"),
    enum("Status", 7, enums.STATUS, option="REQUIRED"),
    Field("Assignee Groups", 112, option="SYSTEM", limit=0),
    Field("InstanceId", 179, option="SYSTEM", limit=38),
)

_INCIDENT = (
    Field("Incident Number", 1000000161, option="SYSTEM", limit=15),
    Field("Description", 1000000000, option="REQUIRED", limit=100),
    Field("Detailed Decription", 1000000151, limit=0),
    Field("Resolution", 1000000156, limit=0),
    enum("Status_Reason", 1000000150, enums.STATUS_REASON),
    enum("Urgency", 1000000162, enums.URGENCY, option="REQUIRED"),
    enum("Impact", 1000000163, enums.IMPACT, option="REQUIRED"),
    enum("Priority", 1000000164, enums.PRIORITY, option="SYSTEM"),
    Field("Priority Weight", 1000000169, "integer", "SYSTEM"),
    enum("Service Type", 1000000099, enums.SERVICE_TYPE, option="REQUIRED"),
    enum("Reported Source", 1000000215, enums.REPORTED_SOURCE, option="REQUIRED"),
    Field("Company", 1000000001),
    Field("Contact Company", 1000000082),
    Field("Organization", 1000000010),
    Field("Department", 200000006),
    Field("Site", 260000001),
    Field("Site Group", 200000007),
    Field("Region", 200000012),
    Field("Site ID", 1000000074, limit=15),
    Field("First Name", 1000000019),
    Field("Last Name", 1000000018),
    Field("Middle Initial", 1000000020),
    Field("Internet E-mail", 1000000048),
    Field("Phone Number", 1000000056),
    Field("Person ID", 1000000080, limit=15),
    Field("Corporate ID", 1000000054),
    enum("VIP", 1000000026, enums.YES_NO, option="SYSTEM"),
    Field("Assigned Support Company", 1000000251),
    Field("Assigned Support Organization", 1000000014),
    Field("Assigned Group", 1000000217),
    Field("Assigned Group ID", 1000000079, limit=15),
    Field("Assignee", 1000000218),
    Field("Assignee Login ID", 1000000396),
    *plain("Categorization Tier 1; Categorization Tier 2; Categorization Tier 3", 1000000063),
    *plain("Product Categorization Tier 1; Product Categorization Tier 2; Product Categorization Tier 3", 200000003),
    Field("Product Name", 240001002),
    Field("Product Model/Version", 240001005),
    Field("Manufacturer", 240001003),
    *plain("ServiceCI; HPD_CI", 303497300),
    *plain("ServiceCI_ReconID; HPD_CI_ReconID", 303497400, limit=38),
    Field("Vendor Name", 1000000406),
    Field("Vendor Organization", 1000000407),
    Field("Vendor Group", 1000000408),
    Field("Vendor Ticket Number", 1000000652),
    Field("Broker Vendor Name", 301899900),
    Field("SRID", 301610100, limit=15),
    Field("SRInstanceID", 301368700),
    Field("SRMS Registry Instance ID", 301368800),
    Field("mc_ueid", 301734600),
    Field("InfrastructureEventType", 301718200, default="None"),
    Field("Resolution Method", 1000000253),
    Field("Reported Date", 1000000564, "time"),
    Field("Required Resolution DateTime", 1000000011, "time"),
)

_LIFE = (
    Field("SRInstanceID", 301368700, default="NA"),
    Field("Assignee Groups_parent", 60900, option="SYSTEM", default=""),
    Field("Entry ID", 1000000158, option="SYSTEM", limit=15),
    Field("Customer Login ID", 301921200),
    Field("Contact Client Type", 1000000022),
    Field("Contact Sensitivity", 1000000027),
    *plain("Owner Support Company; Owner Support Organization; Owner Group; Owner Group ID", 1000000426),
    Field("Number of Attachments", 1000000655, "integer", "SYSTEM"),
    Field("Total Transfers", 1000000688, "integer", "SYSTEM"),
    *plain(
        "Responded Date; Last Acknowledged Date; Last Resolved Date; Closed Date; Re-Opened Date",
        1000000565,
        kind="time",
        option="SYSTEM",
    ),
    Field("Estimated Resolution Date", 1000000577, "time"),
    *plain("Resolution Category; Resolution Category Tier 2; Resolution Category Tier 3", 1000002488),
    *plain(
        """Vendor Assignee Groups; City; Country; State Province; Street; Zip/Postal Code; Closure Product Category
        Tier1; Closure Product Category Tier2; Closure Product Category Tier3; Closure Product Name; Closure Product
        Model/Version; Closure Manufacturer""",
        1000005000,
    ),
    *plain(
        """Direct Contact Company; Direct Contact Last Name; Direct Contact First Name; Direct Contact Phone Number;
        Direct Contact Organization; Direct Contact Department; Direct Contact Region; Direct Contact Site Group;
        Direct Contact Site; Direct Contact Person ID; Direct Contact Street; Direct Contact Country; Direct Contact
        State/Province; Direct Contact City; Direct Contact Zip/Postal Code; Direct Contact Time Zone; Direct
        Contact Site ID; Direct Contact Country Code; Direct Contact Area Code; Direct Contact Local Number; Direct
        Contact Extension; Direct Contact Internet E-mail""",
        1000005100,
    ),
)

_CREATE_NAMES = {
    "First Name": "First_Name",
    "Last Name": "Last_Name",
    "Contact Company": "Contact_Company",
    "Phone Number": "Phone_Number",
    "Service Type": "Service_Type",
    "Detailed Decription": "Detailed_Decription",
    "Submit Date": "Create Date",
    "Last Modified Date": "Modified Date",
}
"""What the create form calls a field of the interface."""

_CREATE_ONLY = (
    Field("Request ID", 1, option="SYSTEM", limit=15),
    Field("Short Description", 8, option="SYSTEM", default="."),
    Field("Status History", 15, "history", "SYSTEM", key="Status-History"),
    Field("Notifier Listening", 109, option="SYSTEM", default="Not Listening"),
    Field("Record ID", 10000000, option="SYSTEM"),
    Field("Login_ID", 301921200, key="Customer Login ID"),
    Field("Client Type", 1000000022, key="Contact Client Type"),
    Field("Client Sensitivity", 1000000027, key="Contact Sensitivity"),
    Field("Local Business", 1000000053, default="###"),
    Field("Default City", 1000000004, key="City"),
    Field("Default Country", 1000000002, key="Country"),
    Field("Incident_Entry_ID", 1000000654, option="SYSTEM", limit=15),
    Field("TemplateID", 303558600, limit=38),
    Field("DatasetId", 400127400, default="0"),
    Field("ReconciliationIdentity", 400129200, default="0"),
    Field("z1D_Action", 1000000076, option="DISPLAY"),
    enum("RequestCreatedFromDWP", 304412001, enums.YES_NO, default="No"),
    enum("Assign To Current User", 1000000340, enums.YES_NO, default="No"),
    *plain(
        """Vendor Assignee Groups; Vendor Assignee Groups_parent; Assignee Groups_parent; CI Name; Schema Name; Lookup
        Keyword; Created_By; Person Instance ID; MaxRetries; AccessMode; AppInstanceServer; AppInterfaceForm;
        Protocol; AppLogin; AppPassword; PortNumber; Unknown User; SRMS Registry Instance ID; SRMSAOIGuid; DataTags;
        Created_From_flag; Flag_Create_Request; Component_ID; cell_name; Unavailability_Priority; policy_name;
        status_incident; status_reason2; root_component_id_list; root_incident_id_list; Impact_OR_Root;
        bOrphanedRoot; OptionForClosingIncident; first_name2; last_name2; Global_OR_Custom_Mapping; use_case;
        BiiARS_01; BiiARS_02; BiiARS_03; BiiARS_04; BiiARS_05; Needs Attention; TemplateID2; ClientLocale; Direct
        Contact Corporate ID; KMSGUID; HPD_CI_FormName; HPD_TemplateName; Contact Login Id; Direct Contact LoginID;
        policy_type; Chat Session ID; Modified Chat Session ID; Auto Open Session; NeedsAttentionCCS_Setting;
        ApplyTemplate; DWP_SRID; DWP_SRInstanceID; State Province; CC Business; Area Business; Extension Business;
        Desk Location; Mail Station; Street; Zip/Postal Code; Assigned Group Shift Name; Unavailability Type; Time
        Zone; Generic Categorization Tier 1; Resolution Category Tier 1; Direct Contact Internet E-mail; Vendor
        Group ID; Resolution Category Tier 2; Resolution Category Tier 3; Closure Product Category Tier1; Closure
        Product Category Tier2; Closure Product Category Tier3; Closure Product Name; Closure Product Model/Version;
        Closure Manufacturer; Direct Contact Company; Direct Contact Last Name; Direct Contact First Name; Direct
        Contact Middle Initial; Direct Contact Phone Number; Direct Contact Organization; Direct Contact Department;
        Direct Contact Region; Direct Contact Site Group; Direct Contact Site; Direct Contact Street; Direct Contact
        Country; Direct Contact State/Province; Direct Contact City; Direct Contact Zip/Postal Code; Direct Contact
        Time Zone; Direct Contact Desk Location; Direct Contact Mail Station; Direct Contact Location Details;
        Direct Contact Site ID; Direct Contact Country Code; Direct Contact Area Code; Direct Contact Local Number;
        Direct Contact Extension""",
        1000005200,
    ),
    *plain(
        """z1D_Command; z1D_Char02; zTmpEventGUID; z1D_SupportGroupID; z1D_ActivityDate_tab; z1D_CIUASupportCompany;
        z1D_CIUASupportOrg; z1D_CIUAAssignGroup; z1D_UAAssignmentMethod; z1D_CI_FormName; z1D_SRMInteger; z1D_Direct
        Contact Person ID; z1D_Phone_Number; z1D_CC_Business; z1D_Area_Business; z1D_Local_Business;
        z1D_Extension_Business; z1D_DC_Phone_Number; z1D_DC_CountryCode; z1D_DC_AreaCode; z1D_DC_LocalNumber;
        z1D_DC_Extension; z1D_Internet_Email; z1D_DC_Internet_Email; z1D_ConfirmGroup;
        z1D_CreatedFromBackEndSynchWI; z1D_PersonInfo; z1D_Person_Match_Found; z1D Char01; z1D Permission Group ID;
        z1D Permission Group List; z1D Modify All Flag-V""",
        304248000,
        option="DISPLAY",
    ),
)

_UNRECORDED = frozenset({"z1D_Summary"})
"""Commands of the interface that the recorded create form lacks."""

INCIDENT = fields(
    (
        Field("Entry ID", 1, option="SYSTEM", limit=15),
        Field("Status History", 15, "history", "SYSTEM", key="Status-History"),
    ),
    *([each for each in group if each.name != "Entry ID"] for group in (_CORE, _INCIDENT, _LIFE)),
    COMMANDS,
    (Field("z1D Action", 1000000076, option="DISPLAY"),),
)
"""``HPD:Help Desk``, the base form."""

INTERFACE = fields(
    (Field("Request ID", 1, option="SYSTEM", limit=31, key="Entry ID"), Field("Status-History", 15, "history", "SYSTEM")),
    _CORE,
    _INCIDENT,
    _LIFE,
    COMMANDS,
    (Field("z1D Action", 1000000076, option="DISPLAY"),),
)
"""``HPD:IncidentInterface``, the form to read and to modify."""


def _created(each: Field) -> Field:
    name = _CREATE_NAMES.get(each.name)
    return replace(each, name=name, key=each.name) if name else each


CREATE = fields(
    _CREATE_ONLY,
    (_created(each) for each in (*_CORE, *_INCIDENT)),
    (each for each in COMMANDS if each.name not in _UNRECORDED),
)
"""``HPD:IncidentInterface_Create``, the form that makes incidents; its own rows are staging rows."""

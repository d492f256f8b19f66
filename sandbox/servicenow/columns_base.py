"""The tables beside the tasks: people, places, configuration items, and the platform's own.

``sys_user`` and ``sys_user_group`` have the 62 and 20 columns that a developer instance delivers (recorded replies of July
2026). The columns of ``sys_rate_limit_rules`` and ``sys_audit_delete`` beyond the documented ones are unconfirmed.
"""

from __future__ import annotations

from .schema import DOMAIN, SYSTEM, TableSpec, table

_USER = """
user_name | string(40) | User ID
first_name | string(50) | First name
middle_name | string(50) | Middle name
last_name | string(50) | Last name
name | string(151) | Name
email | email(100) | Email
active | boolean =true | Active
locked_out | boolean =false | Locked out
web_service_access_only | boolean =false | Web service access only
internal_integration_user | boolean =false | Internal Integration User
password_needs_reset | boolean =false | Password needs reset
enable_multifactor_authn | boolean =false | Enable Multifactor Authentication
identity_type | string choice =unclassified | Identity type
user_password | password(128) | Password
federated_id | string(255) read_only | Federated ID
title | string(60) | Title
company | reference(core_company) | Company
department | reference(cmn_department) | Department
location | reference(cmn_location) | Location
cost_center | reference(cmn_cost_center) | Cost center
manager | reference(sys_user) | Manager
manager_hp1 | string(255) | Manager HP
employee_number | string(40) | Employee number
vip | boolean =false | VIP
gender | string choice | Gender
phone | ph_number(40) | Business phone
mobile_phone | ph_number(40) | Mobile phone
home_phone | ph_number(40) | Home phone
fax | ph_number(40) | Fax
street | string(255) | Street
building | reference(cmn_building) | Building
city | string(40) | City
state | string(40) | State / Province
zip | string(40) | Zip / Postal code
country | string(3) | Country code
introduction | string(40) | Prefix
time_zone | string choice | Time zone
date_format | string choice | Date format
time_format | string choice | Time format
preferred_language | string(3) choice | Language
calendar_integration | integer choice =1 | Calendar integration
notification | integer choice =2 | Notification
schedule | reference(cmn_schedule) | Schedule
default_perspective | reference(sys_perspective) | Default perspective
roles | user_roles(255) | Roles
source | string(255) | Source
ldap_server | reference(ldap_server_config) | LDAP server
photo | user_image | Photo
avatar | reference(live_profile) | Avatar
failed_attempts | integer | Failed login attempts
last_login | glide_date | Last login
last_login_time | glide_date_time | Last login time
sys_class_name | sys_class_name(80) read_only | Class
"""

_GROUP = """
name | string(80) mandatory | Name
description | string(1000) | Description
email | email(100) | Group email
manager | reference(sys_user) | Manager
parent | reference(sys_user_group) | Parent
type | glide_list(sys_user_group_type) | Type
active | boolean =true | Active
roles | user_roles(255) | Roles
source | string(255) | Source
cost_center | reference(cmn_cost_center) | Cost center
default_assignee | reference(sys_user) | Default assignee
exclude_manager | boolean =false | Exclude manager
include_members | boolean =false | Include members
"""

_MEMBER = """
user | reference(sys_user) mandatory | User
group | reference(sys_user_group) mandatory | Group
"""

_HAS_ROLE = """
user | reference(sys_user) mandatory | User
role | reference(sys_user_role) mandatory | Role
inherited | boolean =false | Inherited
state | string =active | State
"""

_ROLE = """
name | string(100) mandatory | Name
description | string(1000) | Description
"""

_COMPANY = """
name | string(80) mandatory | Name
customer | boolean =false | Customer
vendor | boolean =false | Vendor
parent | reference(core_company) | Parent
street | string(255) | Street
city | string(50) | City
country | string(40) | Country
phone | ph_number(40) | Phone
website | url(1024) | Website
notes | string(4000) | Notes
"""

_LOCATION = """
name | string(100) mandatory | Name
full_name | string(255) | Full name
parent | reference(cmn_location) | Parent
company | reference(core_company) | Company
street | string(255) | Street
city | string(50) | City
state | string(40) | State / Province
zip | string(40) | Zip / Postal Code
country | string(40) | Country
time_zone | string choice | Time zone
"""

_DEPARTMENT = """
name | string(100) mandatory | Name
id | string(40) | ID
description | string(1000) | Description
dept_head | reference(sys_user) | Department head
company | reference(core_company) | Company
"""

_CI = """
name | string(255) | Name
asset_tag | string(40) | Asset tag
serial_number | string(255) | Serial number
category | string(40) | Category
subcategory | string(40) | Subcategory
short_description | string(1000) | Description
operational_status | integer choice =1 | Operational status
install_status | integer choice =1 | Status
assigned_to | reference(sys_user) | Assigned to
assignment_group | reference(sys_user_group) | Change Group
support_group | reference(sys_user_group) | Support group
owned_by | reference(sys_user) | Owned by
company | reference(core_company) | Company
location | reference(cmn_location) | Location
correlation_id | string(1000) | Correlation ID
sys_class_name | sys_class_name(80) read_only | Class
"""

_JOURNAL = """
sys_id | GUID read_only | Sys ID
name | string(80) | Name
element_id | GUID | Element ID
element | string(80) | Element
value | string(4000) | Value
sys_created_on | glide_date_time read_only | Created
sys_created_by | string read_only | Created by
sys_tags | related_tags read_only | Tags
"""

_ATTACHMENT = """
table_name | string(80) | Table name
table_sys_id | string(32) | Table sys ID
file_name | string(100) | File name
content_type | string(80) | Content type
size_bytes | integer | Size bytes
size_compressed | integer | Size compressed
compressed | boolean =true | Compressed
state | string choice =available | State
hash | string(64) | Hash
chunk_size_bytes | integer =700000 | Chunk size bytes
average_image_color | string(40) | Average image color
image_width | integer | Image width
image_height | integer | Image height
"""

_CHOICE = """
name | table_name(80) mandatory | Table
element | string(80) mandatory | Element
value | string(255) mandatory | Value
label | string(255) mandatory | Label
language | string(40) =en | Language
dependent_value | string(40) | Dependent value
sequence | integer | Sequence
inactive | boolean =false | Inactive
hint | string(255) | Hint
"""

_DICTIONARY = """
name | table_name(80) mandatory | Table
element | string(80) | Column name
column_label | string(80) | Column label
internal_type | string(255) | Type
max_length | integer =40 | Max length
mandatory | boolean =false | Mandatory
read_only | boolean =false | Read only
reference | string(80) | Reference
default_value | string(4000) | Default value
choice | integer choice | Choice
dependent | string(80) | Dependent
display | boolean =false | Display
unique | boolean =false | Unique
audit | boolean =false | Audit
active | boolean =true | Active
attributes | string(1000) | Attributes
"""

_AUDIT = """
sys_id | GUID read_only | Sys ID
tablename | string(80) | Table name
documentkey | string(32) | Document key
fieldname | string(80) | Field name
oldvalue | string(4000) | Old value
newvalue | string(4000) | New value
user | string(40) | User
reason | string(4000) | Reason
record_checkpoint | integer | Update count
internal_checkpoint | string(40) | Internal checkpoint
sys_created_on | glide_date_time read_only | Created
sys_created_by | string read_only | Created by
"""

_AUDIT_DELETE = """
tablename | string(80) | Table name
documentkey | string(32) | Document key
display_value | string(255) | Display value
payload | string(65000) | Payload
"""

_PROPERTY = """
name | string(100) mandatory | Name
value | string(4000) | Value
type | string choice =string | Type
description | string(512) | Description
is_private | boolean =false | Private
"""

_RATE_LIMIT = """
name | string(40) | Name
active | boolean =true | Active
type | string choice =all | Type
user | reference(sys_user) | User
role | reference(sys_user_role) | Role
resource | string(255) | REST resource
method | string choice | HTTP method
request_limit | integer | Request limit per hour
"""


def base_tables() -> list[TableSpec]:
    """Give fresh declarations; a live table may gain columns."""
    return [
        table("sys_user", "User", _USER, DOMAIN, SYSTEM),
        table("sys_user_group", "Group", _GROUP, SYSTEM),
        table("sys_user_grmember", "Group Member", _MEMBER, SYSTEM, display="user"),
        table("sys_user_role", "Role", _ROLE, SYSTEM),
        table("sys_user_has_role", "User Role", _HAS_ROLE, SYSTEM, display="role"),
        table("core_company", "Company", _COMPANY, SYSTEM),
        table("cmn_location", "Location", _LOCATION, SYSTEM),
        table("cmn_department", "Department", _DEPARTMENT, SYSTEM),
        table("cmdb_ci", "Configuration Item", _CI, SYSTEM),
        table("cmdb_ci_service", "Service", _CI, SYSTEM, extends="cmdb_ci"),
        table("service_offering", "Offering", _CI, SYSTEM, extends="cmdb_ci_service"),
        table("sys_journal_field", "Journal Entry", _JOURNAL, display="sys_id"),
        table("sys_attachment", "Attachment", _ATTACHMENT, SYSTEM, display="file_name"),
        table("sys_choice", "Choice", _CHOICE, SYSTEM, display="label"),
        table("sys_dictionary", "Dictionary Entry", _DICTIONARY, SYSTEM, display="element"),
        table("sys_audit", "Audit", _AUDIT, display="sys_id"),
        table("sys_audit_delete", "Audit Deleted Record", _AUDIT_DELETE, SYSTEM, display="display_value"),
        table("sys_properties", "System Property", _PROPERTY, SYSTEM),
        table("sys_rate_limit_rules", "Rate Limit Rule", _RATE_LIMIT, SYSTEM),
    ]

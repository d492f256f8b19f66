"""Task tables: incident, problem and change_request, which extend task.

The columns are those that a developer instance delivers (recorded replies of July 2026): 92, 98 and 104. The lengths are
those of the base dictionary as the vendor's documentation gives them; where it is silent, 40.
"""

from __future__ import annotations

from .schema import DOMAIN, SYSTEM, TableSpec, parse_columns, table

_TASK = """
number | string(40) | Number
short_description | string(160) | Short description
description | string(4000) | Description
state | integer choice =1 | State
active | boolean =true | Active
impact | integer choice =3 | Impact
urgency | integer choice =3 | Urgency
priority | integer choice =4 | Priority
escalation | integer choice =0 | Escalation
approval | string choice =not_requested | Approval
approval_set | glide_date_time | Approval set
approval_history | journal_input | Approval history
upon_approval | string choice =proceed | Upon approval
upon_reject | string choice =cancel | Upon reject
assigned_to | reference(sys_user) | Assigned to
assignment_group | reference(sys_user_group) | Assignment group
additional_assignee_list | glide_list(sys_user) | Additional assignee list
opened_at | glide_date_time | Opened
opened_by | reference(sys_user) | Opened by
closed_at | glide_date_time | Closed
closed_by | reference(sys_user) | Closed by
close_notes | string(4000) | Close notes
company | reference(core_company) | Company
location | reference(cmn_location) | Location
cmdb_ci | reference(cmdb_ci) | Configuration item
business_service | reference(cmdb_ci_service) | Service
service_offering | reference(service_offering) | Service offering
contact_type | string choice | Contact type
correlation_id | string(100) | Correlation ID
correlation_display | string(100) | Correlation display
comments | journal_input | Additional comments
work_notes | journal_input | Work notes
comments_and_work_notes | journal_list read_only | Comments and Work notes
watch_list | glide_list(sys_user) | Watch list
work_notes_list | glide_list(sys_user) | Work notes list
group_list | glide_list(sys_user_group) | Group list
parent | reference(task) | Parent
due_date | due_date | Due date
sla_due | glide_date_time read_only | SLA due
activity_due | glide_date_time | Activity due
follow_up | glide_date_time | Follow up
expected_start | glide_date_time | Expected start
work_start | glide_date_time | Actual start
work_end | glide_date_time | Actual end
business_duration | glide_duration | Business duration
calendar_duration | glide_duration | Duration
time_worked | timer | Time worked
made_sla | boolean =true | Made SLA
knowledge | boolean =false | Knowledge
reassignment_count | integer =0 | Reassignment count
order | integer | Order
delivery_plan | reference(sc_cat_item_delivery_plan) | Delivery plan
delivery_task | reference(sc_cat_item_delivery_task) | Delivery task
contract | reference(ast_contract) | Contract
universal_request | reference(task) | Universal Request
user_input | user_input(4000) | User input
route_reason | integer | Transfer reason
task_effective_number | string(40) read_only | Effective number
sys_class_name | sys_class_name(80) read_only | Task type
"""

_INCIDENT = """
priority | integer choice =5 | Priority
caller_id | reference(sys_user) | Caller
category | string choice =inquiry | Category
subcategory | string <category | Subcategory
hold_reason | integer choice | On hold reason
incident_state | integer choice =1 | Incident state
severity | integer choice =3 | Severity
notify | integer choice =1 | Notify
close_code | string choice | Resolution code
close_notes | string(4000) | Resolution notes
contact_type | string choice | Channel
resolved_at | glide_date_time | Resolved
resolved_by | reference(sys_user) | Resolved by
reopened_by | reference(sys_user) | Last reopened by
reopened_time | glide_date_time | Last reopened at
reopen_count | integer =0 | Reopen count
child_incidents | integer =0 | Child Incidents
parent_incident | reference(incident) | Parent Incident
problem_id | reference(problem) | Problem
rfc | reference(change_request) | Change Request
caused_by | reference(change_request) | Caused by Change
cause | string(4000) | Probable cause
business_impact | string(4000) | Business impact
business_stc | integer | Business resolve time
calendar_stc | integer | Resolve time
origin_id | string(32) | Origin
origin_table | string(80) | Origin table
"""

_PROBLEM = """
state | integer choice =101 | State
problem_state | integer choice =101 | Problem state
priority | integer choice =5 | Priority
category | string choice | Category
subcategory | string <category | Subcategory
fix_communicated_by | reference(sys_user) | Fix communicated by
fix_communicated_at | glide_date_time | Fix communicated at
fix_at | glide_date_time | Fix applied at
fix_by | reference(sys_user) | Fix applied by
fix_notes | html(4000) | Fix notes
major_problem | boolean =false | Major problem
known_error | boolean =false | Known error
primary_known_error_article | reference(kb_knowledge) | Known error article
workaround | html(4000) | Workaround
workaround_applied | boolean =false | Workaround applied
workaround_communicated_by | reference(sys_user) | Workaround communicated by
workaround_communicated_at | glide_date_time | Workaround communicated at
cause_notes | html(4000) | Cause notes
confirmed_at | glide_date_time | Confirmed
confirmed_by | reference(sys_user) | Confirmed by
resolved_at | glide_date_time | Resolved
resolved_by | reference(sys_user) | Resolved by
reopened_at | glide_date_time | Last reopened at
reopened_by | reference(sys_user) | Last reopened by
reopen_count | integer =0 | Reopen count
related_incidents | integer =0 | Related Incidents
first_reported_by_task | reference(task) | First reported by
duplicate_of | reference(problem) | Duplicate of
prb_model | reference(prb_model) =b58c327fb70c021041c2feb0be11a90e | Model
rfc | reference(change_request) | Change request
resolution_code | string choice | Resolution code
review_outcome | string choice | Review outcome
"""

_CHANGE = """
state | integer choice =-5 | State
type | string choice =normal | Type
category | string choice =Other | Category
phase | string choice =requested | Phase
phase_state | string choice =open | Phase state
requested_by | reference(sys_user) | Requested by
requested_by_date | glide_date_time | Requested by date
reason | string(4000) | Reason
justification | string(4000) | Justification
implementation_plan | string(4000) | Implementation plan
backout_plan | string(4000) | Backout plan
test_plan | string(4000) | Test plan
change_plan | string(4000) | Change plan
copied_from | reference(change_request) | Copied from
cab_delegate | reference(sys_user) | CAB delegate
cab_recommendation | string(4000) | CAB recommendation
cab_required | boolean =false | CAB required
cab_date_time | glide_date_time | CAB date/time
chg_model | reference(chg_model) =007c4001c343101035ae3f52c1d3aeb2 | Model
close_code | string choice | Close code
conflict_status | string choice =Not_Run | Conflict status
conflict_last_run | glide_date_time | Conflict last run
start_date | glide_date_time | Planned start date
end_date | glide_date_time | Planned end date
on_hold | boolean =false | On hold
on_hold_reason | string(4000) | On hold reason
on_hold_task | glide_list(change_task) | On hold change tasks
outside_maintenance_schedule | boolean =false | Outside maintenance schedule
production_system | boolean =false | Production system
review_comments | string(4000) | Review comments
review_date | glide_date_time | Review date
review_status | integer choice | Review status
risk | integer choice | Risk
risk_impact_analysis | string(4000) | Risk and impact analysis
scope | integer choice =3 | Scope
std_change_producer_version | reference(std_change_producer_version) | Standard Change Template version
unauthorized | boolean =false | Unauthorized
"""

TASK_COLUMNS = [*parse_columns("task", _TASK + DOMAIN.lstrip() + SYSTEM.lstrip())]


def task_tables() -> list[TableSpec]:
    """Give fresh declarations of the task tables; a live table may gain columns."""
    return [
        _task_table("incident", "Incident", _INCIDENT, "INC", 10001),
        _task_table("problem", "Problem", _PROBLEM, "PRB", 40001),
        _task_table("change_request", "Change Request", _CHANGE, "CHG", 30001),
    ]


def _task_table(name: str, label: str, columns: str, prefix: str, first: int) -> TableSpec:
    number = prefix, first
    return table(name, label, TASK_COLUMNS, columns, display="number", extends="task", audited=True, number=number)

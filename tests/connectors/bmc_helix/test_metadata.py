"""Live metadata of incidents, and configuration items."""

from __future__ import annotations

from typing import Any

from isthmus.connectors.bmc_helix import BmcHelix
from isthmus.core.connector import Dependency, FieldInfo
from isthmus.core.model import ConfigurationItem


def test_fields(ops: BmcHelix, server: Any) -> None:
    server.on(
        "GET",
        "/api/arsys/v1.0/fields/HPD:IncidentInterface",
        [
            {"name": "Entry ID", "field_option": "SYSTEM", "limit": {"max_length": 15}},
            {"name": "Description", "field_option": "REQUIRED", "limit": {"max_length": 100}},
            {
                "name": "Status",
                "limit": {"selection_values": [{"id": 0, "name": "New"}, {"id": 1, "name": "Assigned"}, {"id": 9}]},
            },
            {"name": "Impact", "limit": {"enum_values": [{"id": 0, "name": "1-Extensive/Widespread"}]}},
            {"name": "Notes", "limit": {"max_length": 0}},
            {"name": "Site_Code__c", "limit": None},
            {"name": "Odd, (name)__c", "limit": None},
            {"name": "ServiceCI"},
            {"id": 5},
        ],
    )
    server.form(
        "CFG:Service Catalog",
        [
            {"Categorization Tier 1": "Network", "Categorization Tier 2": None},
            {"Categorization Tier 1": "Network", "Categorization Tier 2": "VPN"},
        ],
    )
    memberships = [("SGP0", "bob"), ("SGP1", "ann"), ("SGP0", "ann"), ("SGP1", None)]
    rows = [{"Support Group ID": group_id, "Login ID": login} for group_id, login in memberships]
    server.form("CTM:Support Group Association", rows)
    server.form(
        "BMC.CORE:BMC_BaseElement", [item("Mail", "RE1"), item("Twin", "RE2"), item("Twin", "RE3"), item("", "RE4")]
    )
    found = {info.id: info for info in ops.fields()}
    assert found["Description"] == FieldInfo("Description", "Description", max_length=100, required=True)
    assert found["Status"].options == (("New", "New"), ("Assigned", "Assigned"))
    assert found["Impact"].options == (("1-Extensive/Widespread", "1-Extensive/Widespread"),)
    assert (found["Entry ID"].writable, found["Notes"].max_length) == (False, None)
    assert (found["Site_Code__c"].custom, found["Site_Code__c"].name) == (True, "Site_Code")
    assert found["ServiceCI"].options == (("Mail", "Mail"),)
    assert found["Categorization Tier 1"].options == (("Network", "Network"),)
    assert found["Categorization Tier 2"].options == (("VPN", "VPN"),)
    assert found["Categorization Tier 2"].dependency == Dependency("Categorization Tier 1", frozenset({("Network", "VPN")}))
    assert found["assignee.id"].options == (("ann", "ann"), ("bob", "bob"))
    members = frozenset({("SGP0", "ann"), ("SGP0", "bob"), ("SGP1", "ann")})
    assert found["assignee.id"].dependency == Dependency("group.id", members)
    ops.fetch(["INC1"])
    asked = server.calls[-1][2]["fields"]
    assert asked == "values(Entry ID,Status,Description,Impact,ServiceCI,Site_Code__c)", (
        "fields that the form lacks are not asked for"
    )


def test_hidden_metadata(ops: BmcHelix, server: Any, failure: Any) -> None:
    server.on("GET", "/api/arsys/v1.0/fields/HPD:IncidentInterface", failure(353, "no", 403))
    for form in ("CFG:Service Catalog", "BMC.CORE:BMC_BaseElement", "CTM:Support Group Association"):
        server.form(form, failure(303, "no", 404))
    assert {info.id: info.options for info in ops.fields()} == {
        "Categorization Tier 1": (),
        "Categorization Tier 2": (),
        "ServiceCI": (),
    }
    assert ops.find_item(ConfigurationItem(name="web-01")) is None


def item(name: str, recon: str) -> dict[str, str]:
    return {"Name": name, "ReconciliationIdentity": recon, "SerialNumber": "S1"}


def test_items_are_found_in_their_order(ops: BmcHelix, server: Any) -> None:
    def answer(params: dict[str, str], body: Any) -> Any:
        assert "'DatasetId' = \"BMC.ASSET\"" in params["q"]
        if "SerialNumber" in params["q"]:
            return [item("web-01", "RE1")]
        if "WEB-02" in params["q"]:
            return [item("web-02", "RE3"), item("WEB-02", "0"), item("WEB-02", "RE4")][: int(params["limit"])]
        return [item("web-01", "RE1"), item("web-01", "RE2")] if "'Name'" in params["q"] else [item("x", "0")]

    server.form("BMC.CORE:BMC_BaseElement", answer)
    wanted = ConfigurationItem(external_id="other", serial="S1", name="web-01")
    assert ops.find_item(wanted) == ConfigurationItem(id="RE1", name="web-01", serial="S1", external_id="RE1")
    assert ops.find_item(ConfigurationItem(name="web-01")) is None, "several are nobody's"
    assert ops.find_item(ConfigurationItem(name="a\nb")) is None
    other_case = ops.find_item(ConfigurationItem(name="WEB-02"))
    assert other_case is not None
    assert other_case.id == "RE4", "the exact name, and an item that has an id"

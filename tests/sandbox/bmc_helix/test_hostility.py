"""Whatever a client writes is stored or refused in the vendor's words; nothing breaks the server."""

from __future__ import annotations

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from isthmus.sandbox.bmc_helix.forms import all_forms

FORMS = all_forms()
LABELS = sorted({label for form in FORMS.values() for field in form.fields.values() for _, label in field.choices})
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(LABELS)
    | st.sampled_from(
        ["fiona.fulfiller", "eva.employee", "Example", "IT Support", "Service Desk", "VPN", "INC000000000001"]
    )
    | st.sampled_from(["2026-01-02T03:04:05.000+0000", "MODIFY", "1", "0"])
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=2)


@st.composite
def writes(draw):
    form = draw(st.sampled_from(sorted(FORMS)))
    names = [field.name for field in FORMS[form].fields.values() if field.option != "SYSTEM"]
    return form, draw(
        st.dictionaries(st.sampled_from([*names, "Nothing"]) if names else st.just("Nothing"), VALUES, max_size=6)
    )


@pytest.fixture
def workplace(hub, caplog):
    caplog.set_level(logging.ERROR, "isthmus.sandbox")
    made = hub.create(**{"Assigned Group ID": "SGP000000000001", "Assignee Login ID": "fiona.fulfiller"})
    return hub, made, caplog


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    writes(),
    st.sampled_from(["create", "update", "merge", "raw merge"]),
    st.dictionaries(st.text(max_size=9), VALUES, max_size=2),
)
def test_whatever_is_written(workplace, write, way, junk):
    client, made, log = workplace
    form, values = write
    match way:
        case "create":
            base = {"HPD:IncidentInterface_Create": {"Login_ID": "eva.employee", "Impact": "1-Extensive/Widespread"}}
            answer = client.entry("POST", form, json={**junk, "values": {**base.get(form, {}), **values}})
        case "update":
            places = {"HPD:Help Desk": made["Entry ID"], "HPD:IncidentInterface": made["Request ID"]}
            answer = client.entry("PUT", form, places.get(form, "SGP000000000001"), json={**junk, "values": values})
        case _:
            options = {"workflowEnabled": way == "merge", "mergeType": "DUP_MERGE"}
            body = {"mergeOptions": options, **junk, "values": values}
            answer = client("POST", f"/api/arsys/v1/mergeEntry/{form}", json=body)
    client.control("clock", {"advance": 2})
    seen = client.entry("GET", "HPD:IncidentInterface")
    client.control("snapshot")
    assert log.records == []
    assert seen.status_code == 200
    assert answer.status_code < 300 or isinstance(answer.json(), list)


@pytest.mark.parametrize("body", [{"mergeOptions": [1]}, {"qualification": 5}, {"mergeOptions": {"mergeType": ["x"]}}])
def test_merges_in_other_shapes(hub, body):
    assert hub("POST", "/api/arsys/v1/mergeEntry/HPD:WorkLog", json={"values": {}, **body}).status_code == 400

"""A client's answers as a FHIR R4 Bundle: questionnaire responses and survey observations, in a code system of our own.

No LOINC code is given, because none was assigned to these questions; nobody's name is in it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from practice.scales import shipped_scales

CODE_SYSTEM = "urn:attune:codesystem:scale-items"
CODE_SYSTEM_OF_CHOICES = "urn:attune:codesystem:scale-choices"
CODES = "urn:attune:client-code"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_REASONS = {
    "untouched": "not-performed",
    "skipped": "asked-declined",
    "not_sure": "asked-unknown",
    "cannot_tell": "asked-unknown",
}
# The same client gives the same ids in every export, so that a second import replaces the first.
_SPACE = uuid.UUID("4a3a4a0e-7c55-5b0e-9d6c-0f6d5c3f8a11")


def _urn(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_SPACE, '/'.join(parts))}"


def _words_of(scale_id: str, item_id: str) -> tuple[str, Mapping[str, str]]:
    """The question as it is asked, and the labels of its choices."""
    scale = shipped_scales().get(scale_id)
    item = None if scale is None else scale.item(item_id)
    return (item_id, {}) if item is None else (item.question, {choice.id: choice.label for choice in item.choices})


def bundle_of(data: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """A Bundle of type `collection`.

    Parameters
    ----------
    data : mapping
        From `export.gather`.
    at : datetime
        When it is made, aware.
    """
    client = data["client"]
    patient = _urn("patient", client["id"])
    entries: list[dict[str, Any]] = [
        {
            "fullUrl": patient,
            "resource": {
                "resourceType": "Patient",
                "identifier": [{"system": CODES, "value": client["code"]}],
                "active": client["ended_at"] is None,
            },
        }
    ]
    for session in data["sessions"]:
        phases: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
        for answer in session["answers"]:
            phases.setdefault((answer["phase"], answer["scale_id"], answer["at"]), []).append(answer)
        for (phase, scale_id, said_at), answers in phases.items():
            response = _urn("response", session["session_id"], phase, scale_id, said_at)
            entries.append({"fullUrl": response, "resource": _response(answers, patient, scale_id, said_at)})
            entries.extend(
                {
                    "fullUrl": _urn("observation", session["session_id"], phase, scale_id, said_at, answer["item"]),
                    "resource": _observation(answer, patient, response),
                }
                for answer in answers
            )
    return {"resourceType": "Bundle", "type": "collection", "timestamp": at.isoformat(), "entry": entries}


def _response(answers: list[Mapping[str, Any]], patient: str, scale_id: str, said_at: str) -> dict[str, Any]:
    items = []
    for answer in answers:
        question, labels = _words_of(scale_id, answer["item"])
        item: dict[str, Any] = {"linkId": answer["item"], "text": question}
        if answer["number"] is not None:
            item["answer"] = [{"valueDecimal": answer["number"]}]
        elif answer["choice"] is not None:
            item["answer"] = [{"valueCoding": _choice(scale_id, answer, labels)}]
        items.append(item)
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"urn:attune:scale:{scale_id}|{answers[0]['scale_version']}",
        "status": "completed",
        "subject": {"reference": patient},
        "authored": said_at,
        "item": items,
    }


def _choice(scale_id: str, answer: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    code = f"{scale_id}.{answer['item']}.{answer['choice']}"
    return {"system": CODE_SYSTEM_OF_CHOICES, "code": code, "display": labels.get(answer["choice"], answer["choice"])}


def _observation(answer: Mapping[str, Any], patient: str, response: str) -> dict[str, Any]:
    question, labels = _words_of(answer["scale_id"], answer["item"])
    survey = {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "survey"}
    code = {"system": CODE_SYSTEM, "code": f"{answer['scale_id']}.{answer['item']}", "display": question}
    observation: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [survey]}],
        "code": {"coding": [code], "text": f"{question} ({answer['phase']})"},
        "subject": {"reference": patient},
        "effectiveDateTime": answer["at"],
        "derivedFrom": [{"reference": response}],
    }
    if answer["said_by"] == "observer":
        observation["note"] = [{"text": "What a carer saw; not the person's own answer."}]
    if answer["number"] is not None:
        observation["valueQuantity"] = {"value": answer["number"], "unit": "share of the line, 0 to 1"}
    elif answer["choice"] is not None:
        observation["valueCodeableConcept"] = {"coding": [_choice(answer["scale_id"], answer, labels)]}
    else:
        observation["dataAbsentReason"] = {"coding": [{"system": _ABSENT, "code": _REASONS[answer["missing"]]}]}
    return observation

"""Signals as rows of typed tables, in plain Python: for the peers that build their tables there."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
KEYS = {"contact_posts": "contactPosts", "json_schema": "jsonSchema"}
MONEY = Decimal("0.0001")


def tables(signals: list[Row]) -> dict[str, list[Row]]:
    """``signals``, ``sources`` and ``answers_<type>`` with the names and values of our tables."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for signal in signals:
        rows["signals"].append(_signal(signal))
        for position, source in enumerate(signal.get("sources") or ()):
            rows["sources"].append({"signal_id": signal["id"], "position": position, **source})
        answer = signal.get("answer")
        if answer is not None:
            _add_answer(rows, signal, answer)
    return rows


def _signal(signal: Row) -> Row:
    return {
        "signal_id": signal["id"],
        "subject": signal["domain"],
        "question": signal["question"],
        "answer_type": signal["answerType"],
        "status": signal["status"],
        "created_at": signal["createdAt"],
        "completed_at": signal["completedAt"],
        "confidence": signal["confidence"],
        "reasoning": signal["reasoning"],
        "verification_mode": signal["verificationMode"],
        "answer_json": json.dumps(signal["answer"]),
        "metadata": json.dumps(signal["metadata"]),
        "company": json.dumps(signal["company"]),
        "change_type": signal["changeContext"]["changeType"],
    }


def _add_answer(rows: dict[str, list[Row]], signal: Row, answer: Row) -> None:
    kind: str = answer["type"]
    payload = answer[KEYS.get(kind, kind)]
    common = {"signal_id": signal["id"], "subject": signal["domain"], "completed_at": signal["completedAt"]}
    table = rows[f"answers_{kind}"]
    match kind:
        case "contacts" | "contact_posts":
            table += [
                {**{_snake(name): value for name, value in item.items()}, **common, "position": position}
                for position, item in enumerate(payload["value"])
            ]
        case "json_schema":
            table.append({**common, "value": json.dumps(payload)})
        case "currency":
            value = Decimal(str(payload["value"])).quantize(MONEY)
            table.append({**common, "value": value, "currency": payload["currency"]})
        case "number":
            table.append({**common, "value": float(payload["value"])})
        case "percentage":
            table.append({**common, "value": float(payload["value"]), "unit": payload["unit"]})
        case _:
            table.append({**common, "value": payload["value"]})


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

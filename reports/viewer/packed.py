"""Records as compact JSON: by columns, and each value of a column once, since most of what there is to tell repeats."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from broadcast_orchestrator.reports.viewer.facts.page_facts import as_json


def packed(records: Sequence[Any], kind: type) -> str:
    """The records of one data class as a JSON object: for each field its values, and for each record which of them."""
    columns = ",".join(f'"{field.name}":{_column(records, field.name)}' for field in fields(kind))
    return f"{{{columns}}}"


def _column(records: Sequence[Any], name: str) -> str:
    places: dict[str, int] = {}
    at = [places.setdefault(as_json(getattr(record, name)), len(places)) for record in records]
    return f'{{"values":[{",".join(places)}],"at":{as_json(at)}}}'

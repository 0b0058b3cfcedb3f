"""The runs as a Parquet file, for other tools: a row a run, the columns of the store, the settings of its point."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from broadcast_orchestrator.sim.campaign.store import ResultStore
from broadcast_orchestrator.sim.experiments.files import Study
from broadcast_orchestrator.sim.experiments.fleet_vocabulary import EVERY
from broadcast_orchestrator.sim.experiments.vocabulary import SHARE

ROWS = 20_000
"""How many rows are in memory at once, and in one group of the file."""

TEXTS = ("settings", "ends_in", "why", "cause", "hits", "spans", "series")
WHOLE = ("point", "run", "seed")


class ParquetError(ValueError):
    """A file that cannot be written; the message is one line."""


def write(study: Study, store: ResultStore, runs: tuple[int, ...], path: Path) -> None:
    """Write the first so many runs of each point; raises `ParquetError` where the extra `parquet` is not installed."""
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise ParquetError("Parquet needs pyarrow: pip install 'broadcast-orchestrator[parquet]'") from None
    names = ("point", "settings", "run", "seed", *store.columns)
    schema = pa.schema([(name, _type_of(pa, name)) for name in names])
    every = _rows(study, store, runs)
    with ParquetWriter(path, schema) as writer:
        while rows := list(islice(every, ROWS)):
            columns = zip(schema, zip(*rows, strict=True), strict=True)
            arrays = [pa.array(values).cast(field.type) for field, values in columns]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _type_of(pa: Any, name: str) -> Any:
    if name in TEXTS:
        return pa.string()
    if name in WHOLE:
        return pa.int64()
    return pa.bool_() if (name in EVERY and EVERY[name].kind == SHARE) or name.startswith("claim_") else pa.float64()


def _rows(study: Study, store: ResultStore, runs: tuple[int, ...]) -> Iterator[tuple[Any, ...]]:
    for number, (point, count) in enumerate(zip(study.points, runs, strict=True)):
        settings = json.dumps(point.settings)
        for row in store.rows(number, ("run", "seed", *store.columns), count):
            yield (number, settings, *row)

"""One JSON object for a program: the only thing on standard output, or a line or a file of its own."""

import json
import sys


def json_of(data: object, indent: int | None = None) -> str:
    """Plain data as JSON that ends its line; on one line, or indented for a file that people open too."""
    return json.dumps(data, ensure_ascii=False, indent=indent) + "\n"


def print_json(data: object) -> None:
    """Print one object on one line, for `--json`."""
    sys.stdout.write(json_of(data))

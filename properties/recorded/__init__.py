"""Recorded runs, judged: by the guarantees that such a recording lets one judge, whoever recorded it, and how."""

"""How options are written on the command line, where their type alone does not say it."""

from typing import Annotated

from cyclopts import Parameter

Flag = Annotated[bool, Parameter(negative="")]
"""On where it is given; there is no --no- of it."""

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
"""Whether one JSON object is printed and nothing else."""

Several = Annotated[tuple[str, ...], Parameter(show_default=False)]
"""What may be given more than once."""

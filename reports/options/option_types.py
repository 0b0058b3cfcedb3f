"""How options are written on the command line, where their type alone does not say it."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

Flag = Annotated[bool, Parameter(negative="")]
"""On where it is given; there is no --no- of it."""

JsonFlag = Annotated[bool, Parameter(name="--json", negative="")]
"""Whether one JSON object is printed and nothing else."""

Seed = Annotated[int, Parameter(validator=Number(gte=-(2**63), lt=2**63))]
"""What everything that is random begins with: any whole number of 64 bits."""

Jobs = Annotated[int, Parameter(validator=Number(lte=1_024))]
"""How many processes share the work; more than any machine has cannot be meant."""

Count = Annotated[int, Parameter(validator=Number(lte=1_000_000_000))]
"""How many of something are tried."""

Several = Annotated[tuple[str, ...], Parameter(show_default=False)]
"""What may be given more than once."""

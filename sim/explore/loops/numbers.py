"""What the loops are about: arrays of numbers, and tables of small ones."""

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Cells = npt.NDArray[np.int32]

UNKNOWN = -1
"""What a cell says that has not been filled."""

IMPOSSIBLE, BEYOND = -2, -3
"""What a cell says instead of a number: the choice does not apply; or it leads outside the bounds."""

SAME = -1
"""In place of a target: the control stays as it is."""

TARGET, FAULT, LENGTH, VIOLATING, PROGRAMS = range(5)
"""What the columns of outcomes say; each service has its programs in one of its own, from `PROGRAMS` on."""

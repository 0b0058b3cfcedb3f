"""One verification: of everything, or of a part."""

from broadcast_orchestrator.properties.telling.progress import Progress, silent
from broadcast_orchestrator.properties.verification.narrowed import Found, explored, unheard
from broadcast_orchestrator.properties.verification.verification import ALL, Verification, VerificationScope

RUNS = 1_000
"""How many simulated runs there are, where nobody asks for more."""


def verify(
    faults: int = 2,
    seed: int = 0,
    progress: Progress = silent,
    asked: VerificationScope = ALL,
    found: Found = unheard,
    runs: int = RUNS,
    cluster: str | None = None,
) -> Verification:
    """Gather every kind of evidence that there is about the reference, with up to `faults` faults in a proved run; or
    ask the explorer alone, where only a part is `asked` for, or other rules are to be judged; of the reference with
    measures there are simulated runs, too.

    `seed` decides everything that is random, `runs` is how many simulated runs there are, `cluster` the address of a
    Dask scheduler that shares them; the same arguments give the same verification, but for the seconds. `found` hears
    of what is decided while the rest still runs.
    """
    if asked != ALL:
        return explored(faults, seed, progress, asked, found, runs, cluster)
    from broadcast_orchestrator.properties.verification import whole  # SciPy and Hypothesis; a part needs neither

    return whole.gathered(faults, seed, progress, found, runs, cluster)

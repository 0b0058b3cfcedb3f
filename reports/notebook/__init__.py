"""How traces, proofs and answers show themselves in a notebook: `%load_ext broadcast_orchestrator.reports.notebook`.

The rooms below know nothing of pages, so the notebook is told from here; it asks by name, and nothing is imported
before there is something to show.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

VIEWS = {
    "broadcast_orchestrator.sim.world.trace.Trace": "trace",
    "broadcast_orchestrator.sim.simulate.studio.Studio": "studio",
    "broadcast_orchestrator.properties.model_check.proof.Proof": "proof",
    "broadcast_orchestrator.properties.verification.verification.Verification": "verification",
    "broadcast_orchestrator.properties.experiments.answers.Answers": "answers",
}
"""What has a view, by the place of its class, and which one of `views`."""


def load_ipython_extension(shell: Any) -> None:
    """Have the notebook show them; IPython calls this for `%load_ext`."""
    formatter = shell.display_formatter.formatters["text/html"]
    for path, name in VIEWS.items():
        module, _, kind = path.rpartition(".")
        formatter.for_type_by_name(module, kind, _lazily(name))


def _lazily(name: str) -> Callable[[Any], str]:
    def view(shown: Any) -> str:
        made: str = getattr(import_module(f"{__name__}.views"), name)(shown)
        return made

    return view

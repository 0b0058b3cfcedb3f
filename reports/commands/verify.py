"""`broadcast verify`: gather the evidence, show it, and write the reports."""

from broadcast_orchestrator.reports.options.places import made_folder
from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.verify.options import VerifyOptions

DEFAULTS = VerifyOptions()


def run(*, options: VerifyOptions = DEFAULTS) -> ExitCode:
    """Verify, print the answer, and write the reports if there is a folder for them; the code is that of the verdict.

    A thorough verification also measures how the search grows, and has each broken variant of the reference caught.
    """
    from broadcast_orchestrator.reports.verify import verifying  # numpy and the searches; help needs none

    scope = verifying.checked(options)
    with made_folder(options.out) as folder:
        return verifying.answer(options, scope, folder)

"""`broadcast kit`: where the kit for TypeScript lies, or the kit packed into one file that npm can install."""

import gzip
import io
import json
import tarfile
from importlib import resources
from pathlib import Path

from broadcast_orchestrator.reports.output.exit_codes import ExitCode
from broadcast_orchestrator.reports.output.files import write_whole

PARTS = ("package.json", "README.md", "*.d.ts", "src/*.js")
"""What of the kit's folder belongs into the package, as its `files` says."""


def run(*, pack: Path | None = None) -> ExitCode:
    """Print the folder of the kit; or pack it, and print the file.

    Parameters
    ----------
    pack
        A folder of your project in which the kit is packed into one file: npm copies what is packed, and only links a
        folder, which the next install of something else does as well.
    """
    kit = Path(str(resources.files("broadcast_orchestrator.sim").joinpath("node")))
    print(kit if pack is None else _packed(kit, pack))
    return ExitCode.AS_CLAIMED


def _packed(kit: Path, folder: Path) -> Path:
    """The package as `npm pack` would write it; the same kit gives the same bytes."""
    about = json.loads((kit / "package.json").read_text(encoding="utf-8"))
    return write_whole(folder / f"{about['name']}-{about['version']}.tgz", gzip.compress(_archive(kit), mtime=0))


def _archive(kit: Path) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for file in (file for part in PARTS for file in sorted(kit.glob(part))):
            entry = tarfile.TarInfo(f"package/{file.relative_to(kit).as_posix()}")
            data = file.read_bytes()
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()

"""Which files are the orchestrator's own, and may do what others may not."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from broadcast_orchestrator.properties.lint.page import Page
from broadcast_orchestrator.properties.lint.reading.syntax import field, literal, text
from broadcast_orchestrator.properties.lint.reading.vocabulary import Vocabulary


def orchestrators_own(pages: Mapping[str, Page], vocabulary: Vocabulary) -> frozenset[str]:
    """The paths of the files that define the orchestrator or are named as its `modules`, and of what those import from
    their own folder."""
    own = {path for path, page in pages.items() if _is_module(path, page, vocabulary)}
    waiting = sorted(own)
    while waiting:
        path = waiting.pop()
        for beside in _imported(path, pages[path]):
            if beside in pages and beside not in own and not _draws(pages[beside]):
                own.add(beside)
                waiting.append(beside)
    return frozenset(own)


def _is_module(path: str, page: Page, vocabulary: Vocabulary) -> bool:
    if any(PurePosixPath(path).match(module) for module in vocabulary.modules):
        return True
    return any(
        node.type in ("variable_declarator", "function_declaration", "class_declaration")
        and text(field(node, "name")) in vocabulary.orchestrators
        and _made(field(node, "value") or node)
        for node in page.syntax.nodes
    )


def _made(value: object) -> bool:
    """Whether it is made here: an alias of something imported is not."""
    return getattr(value, "type", "") not in ("identifier", "member_expression")


def _imported(path: str, page: Page) -> Iterator[str]:
    """The files in the same folder, or below, that the page may import, by a relative path or by an alias."""
    folder = PurePosixPath(path).parent
    for node in page.syntax.nodes:
        source = field(node, "source") if node.type in ("import_statement", "export_statement") else None
        module = None if source is None else literal(source)
        if module is not None and (below := _below(folder, module)):
            whole = (folder / below).as_posix()
            stem = whole.rpartition(".")[0] if whole.endswith((".js", ".ts", ".tsx", ".mjs")) else whole
            yield from (f"{stem}.ts", f"{stem}.tsx", f"{stem}/index.ts", f"{stem}.mts")


def _below(folder: PurePosixPath, module: str) -> str:
    """The module as a path from the folder; "" where it does not lie in it. An alias such as @/ stands for a folder
    above, so that what follows it names the folder too."""
    if module.startswith("./"):
        return module
    _, aliased, rest = module.partition("/")
    for depth in range(1, len(folder.parts) + 1):
        prefix = "/".join(folder.parts[-depth:]) + "/"
        if aliased and module[0] in "@~#" and rest.startswith(prefix):
            return rest.removeprefix(prefix)
    return ""


def _draws(page: Page) -> bool:
    return bool(page.elements)

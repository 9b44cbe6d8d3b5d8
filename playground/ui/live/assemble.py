"""Join the modules of the live canvas into the one script that an inline component can carry.

The modules are ordinary ES modules, so that a browser can load them one by one in tests. Here their imports
are resolved by order alone: each module after those it imports, all in one scope. What would silently go
wrong in one scope (a name declared twice, an import under another name) is refused.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent

_IMPORT = re.compile(
    r"""^import\s+(?:\{(?P<names>[^}]*)\}\s+from\s+)?["'](?P<path>[^"']+)["'];?[ \t]*\n?""", re.MULTILINE
)
_ANY_IMPORT = re.compile(r"^import\b.*$", re.MULTILINE)
_EXPORT = re.compile(
    r"^export\s+(?P<default>default\s+)?(?=(?:async\s+)?function\b|class\b|const\b|let\b)", re.MULTILINE
)
_ANY_EXPORT = re.compile(r"^export\b.*$", re.MULTILINE)
_DECLARED = re.compile(
    r"^(?P<export>export\s+)?(?P<default>default\s+)?"
    r"(?:async\s+)?(?:function\*?|class|const|let|var)\s+(?P<name>[A-Za-z_$][\w$]*)",
    re.MULTILINE,
)


class AssemblyError(ValueError):
    """The modules cannot become one script; the message says which and why."""


@cache
def javascript(entry: str = "live.js", folder: Path = HERE) -> str:
    """One ES module that does what `entry` and all that it imports do."""
    order: list[str] = []
    sources: dict[str, str] = {}
    _visit(entry, folder, (), order, sources)
    _check_names(order, sources)
    parts = [f"// {name}\n{_joined(name, sources[name], entry)}" for name in order]
    return "\n".join(parts)


@cache
def stylesheet() -> str:
    """The style sheet of the live canvas."""
    return (HERE / "live.css").read_text(encoding="utf-8")


def _visit(name: str, folder: Path, path: tuple[str, ...], order: list[str], sources: dict[str, str]) -> None:
    """Depth first: what a module imports stands before it."""
    if name in path:
        raise AssemblyError(f"Modules import each other in a circle: {' -> '.join((*path, name))}.")
    if name in sources:
        return
    file = folder / name
    if not file.is_file():
        raise AssemblyError(f"{path[-1] if path else 'javascript()'} asks for {name}, which is not in {folder.name}/.")
    sources[name] = file.read_text(encoding="utf-8")
    for other, _ in _imports(name, sources[name]):
        _visit(other, folder, (*path, name), order, sources)
    order.append(name)


def _imports(name: str, source: str) -> list[tuple[str, list[str]]]:
    found = []
    for match in _IMPORT.finditer(source):
        path, names = match["path"], [part.strip() for part in (match["names"] or "").split(",") if part.strip()]
        if not path.startswith("./"):
            raise AssemblyError(f"{name} imports {path!r}; only modules of the same folder can be joined.")
        if renamed := [part for part in names if " as " in part]:
            raise AssemblyError(f"{name} imports {renamed[0]!r}; a name cannot change when modules are joined.")
        found.append((path.removeprefix("./"), names))
    if rest := _ANY_IMPORT.search(_IMPORT.sub("", source)):
        raise AssemblyError(f"{name} has an import that cannot be joined: {rest[0]}")
    return found


def _check_names(order: list[str], sources: dict[str, str]) -> None:
    """One scope for all: each name once, and each imported name exported where it is said to be."""
    home: dict[str, str] = {}
    exported: dict[str, set[str]] = {}
    for module in order:
        exported[module] = set()
        for match in _DECLARED.finditer(sources[module]):
            name = match["name"]
            if name in home:
                raise AssemblyError(f"{name} is declared at top level in both {home[name]} and {module}.")
            home[name] = module
            if match["export"] and not match["default"]:
                exported[module].add(name)
    for module in order:
        for other, names in _imports(module, sources[module]):
            if missing := [name for name in names if name not in exported[other]]:
                raise AssemblyError(f"{module} imports {missing[0]} from {other}, which does not export it.")


def _joined(name: str, source: str, entry: str) -> str:
    """The module without its imports, its exports turned into plain declarations."""
    defaults = sum(1 for match in _EXPORT.finditer(source) if match["default"])
    if name != entry and defaults:
        raise AssemblyError(f"{name} has a default export; only {entry} may.")
    if name == entry and defaults != 1:
        raise AssemblyError(f"{entry} must have exactly one default export, it has {defaults}.")
    plain = _EXPORT.sub(lambda match: "export default " if match["default"] else "", _IMPORT.sub("", source))
    strange = [line for line in _ANY_EXPORT.findall(plain) if not line.startswith("export default ")]
    if strange:
        raise AssemblyError(f"{name} has an export that cannot be joined: {strange[0]}")
    return plain

"""What may import what, and the few rules of style that a program can check.

Every check is a function from a folder like this repository to one sentence a violation, so that the tests
can also show it a bad example and see that it complains.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import playground

ROOT = Path(__file__).parents[1]
PAGE_LINES = 40

# Who stands on whom: a part imports from lower floors only. Whatever is not named here (data, nets, losses,
# gan, ...) is a building block on floor 1, and building blocks may import each other.
FLOORS = {"core": 0, "labs": 2, "runtime": 3, "figures": 3, "export": 4, "ui": 5}
BLOCKS = 1
ONLY = {"core": {"numpy"}, "figures": {"numpy", "plotly"}}  # what these may import from other people
UI_ONLY = {"streamlit", "starlette"}

Check = Callable[[Path], Iterator[str]]


# Reading modules


def modules(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """(dotted name, path, syntax tree) of every module of the package."""
    for path in sorted((root / "playground").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path, ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str, path: Path, tree: ast.Module, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line, dotted name of a module) for every import, wherever in the module it stands."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*up, *([node.module] if node.module else [])])
            for alias in node.names:  # `from playground import gan` imports playground.gan
                inner = f"{source}.{alias.name}"
                yield node.lineno, inner if inner in known else source


def part(name: str) -> str:
    """playground.ui.stage -> ui; the package itself has no part."""
    return name.partition(".")[2].partition(".")[0]


def floor(part: str) -> int:
    return FLOORS.get(part, BLOCKS)


# The rules


def import_direction(root: Path) -> Iterator[str]:
    known = {name for name, _, _ in modules(root)}
    for name, path, tree in modules(root):
        for line, wanted in imports(name, path, tree, known):
            why = _forbidden(name, wanted)
            if why:
                yield f"{path.relative_to(root)}:{line} imports {wanted}: {why}"


def _forbidden(name: str, wanted: str) -> str:
    """Why module `name` may not import `wanted`, or nothing if it may."""
    here, there, outside = part(name), part(wanted), wanted.partition(".")[0]
    if outside != "playground":
        if outside in UI_ONLY and here != "ui":
            return f"only ui knows {outside}"
        if here in ONLY and outside not in ONLY[here] | sys.stdlib_module_names:
            return f"{here} stands on {' and '.join(sorted(ONLY[here]))} alone"
        return ""
    if name == "playground":
        return "" if wanted == name else "importing the package must cost nothing"
    if wanted == "playground" or here == there:
        return "labs never import labs" if here == there == "labs" and wanted != name else ""
    if here == "figures" and there != "core":
        return "figures draw what core describes"
    if floor(there) > floor(here) or floor(there) == floor(here) != BLOCKS:
        return f"{there} does not lie below {here}"
    return ""


def style(root: Path) -> Iterator[str]:
    for _, path, tree in modules(root):
        where = path.relative_to(root)
        if path.name == "utils.py":
            yield f"{where}: name a file for what it holds"
        if not ast.get_docstring(tree):
            yield f"{where}: a module says in its docstring what it is"
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and re.search(r"Manager$|^Base(?![a-z])", node.name):
                yield f"{where}:{node.lineno} class {node.name}: name a class for what it is"
            if isinstance(node, ast.Call) and any(_is_locals(keyword) for keyword in node.keywords):
                yield f"{where}:{node.lineno} **locals() hides what is handed over"


def _is_locals(keyword: ast.keyword) -> bool:
    call = keyword.value
    return keyword.arg is None and isinstance(call, ast.Call) and getattr(call.func, "id", "") == "locals"


def thin_pages(root: Path) -> Iterator[str]:
    for path in sorted((root / "pages").glob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > PAGE_LINES:
            yield f"{path.relative_to(root)} has {lines} lines; more than {PAGE_LINES} belong in playground/ui"


def lab_names(root: Path) -> Iterator[str]:
    """One name for a lab's slug, file and page. Read, not imported: LABS can hold each slug only once."""
    first: dict[str, Path] = {}
    for name, path, tree in modules(root):
        if part(name) != "labs":
            continue
        where = path.relative_to(root)
        for slug in _slugs(tree):
            if slug in first:
                yield f"{where}: {first[slug]} has the slug {slug} already"
            first.setdefault(slug, where)
            file = f"{slug.replace('-', '_')}.py"
            if path.name != file:
                yield f"{where}: the lab {slug} belongs in {file}"
            if not (root / "pages" / file).exists():
                yield f"{where}: the lab {slug} has no page, pages/{file}"


def _slugs(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Lab":
            yield from (ast.literal_eval(keyword.value) for keyword in node.keywords if keyword.arg == "slug")


def doubles(root: Path) -> Iterator[str]:
    """An accelerator may have no double precision: what is to be precise is brought to the processor first."""
    for _, path, tree in modules(root):
        for node in ast.walk(tree):
            inner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
            if (
                isinstance(inner, ast.Call)
                and getattr(inner.func, "attr", "") == "double"
                and node.func.attr in ("cpu", "numpy")
            ):
                yield f"{path.relative_to(root)}:{node.lineno} .double() comes after the way to the processor"


def one_version(root: Path) -> Iterator[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    package = re.search(r'^__version__ = "(.*)"', (root / "playground" / "__init__.py").read_text("utf-8"), re.M)
    if not package or package[1] != project:
        yield f"pyproject.toml says version {project}, playground {package and package[1]}"


CHECKS = (import_direction, style, doubles, thin_pages, lab_names, one_version)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_this_repository_keeps_its_rules(check: Check):
    violations = list(check(ROOT))
    assert not violations, "\n" + "\n".join(violations)


# The rules complain


GOOD = {
    "pyproject.toml": '[project]\nversion = "1.0"\n',
    "playground/__init__.py": '"""."""\n__version__ = "1.0"\n',
    "playground/core/__init__.py": '"""."""\nimport numpy.linalg\nimport math\n',
    "playground/nets.py": '"""."""\nimport torch\nfrom playground import gan\n',
    "playground/gan.py": '"""."""\nfrom playground.core import Lab\n',
    "playground/labs/__init__.py": '"""."""\nfrom playground.core import Lab\n',
    "playground/labs/a_lab.py": '"""."""\nfrom playground import gan\nLAB = Lab(slug="a-lab")\n',
    "playground/figures/__init__.py": '"""."""\nimport plotly.graph_objects as go\nfrom .sheet import Sheet\n',
    "playground/figures/sheet.py": '"""."""\nfrom ..core import View\n',
    "playground/export/__init__.py": '"""."""\nfrom playground import figures, runtime\n',
    "playground/runtime/__init__.py": '"""."""\nfrom playground.labs import LABS\nf(**settings())\n',
    "playground/ui/__init__.py": '"""."""\nimport streamlit\nfrom playground.export import gif\nclass Baseline: ...\n',
    "pages/a_lab.py": "stage()\n" * PAGE_LINES,
}
BAD = {
    "core uses torch": (import_direction, "playground/core/x.py", "import torch"),
    "core uses a block": (import_direction, "playground/core/x.py", "from playground import gan"),
    "core, relatively": (import_direction, "playground/core/x.py", "from .. import gan"),
    "a block uses a lab": (import_direction, "playground/data/x.py", "from playground.labs import LABS"),
    "a block uses the runtime": (import_direction, "playground/optim.py", "import playground.runtime"),
    "streamlit below ui": (import_direction, "playground/runtime/x.py", "def f():\n    import streamlit as st"),
    "starlette below ui": (import_direction, "playground/export/x.py", "from starlette.routing import Route"),
    "a lab uses a lab": (import_direction, "playground/labs/b.py", "from playground.labs.a_lab import LAB"),
    "a lab, relatively": (import_direction, "playground/labs/b.py", "from . import a_lab"),
    "a lab uses ui": (import_direction, "playground/labs/b.py", "from playground.ui import stage"),
    "the runtime draws": (import_direction, "playground/runtime/x.py", "from playground.figures import draw"),
    "figures know a lab": (import_direction, "playground/figures/x.py", "from playground.labs import LABS"),
    "figures use torch": (import_direction, "playground/figures/x.py", "from torch import Tensor"),
    "only when checked": (import_direction, "playground/gan.py", "if TYPE_CHECKING:\n    from playground.ui import x"),
    "the package imports": (import_direction, "playground/__init__.py", "from playground.labs import LABS"),
    "utils": (style, "playground/utils.py", ""),
    "no docstring": (style, "playground/x.py", None),
    "a manager": (style, "playground/x.py", "class RunManager: ..."),
    "a base": (style, "playground/x.py", "class BaseTrainer: ..."),
    "locals": (style, "playground/x.py", "def f(a):\n    return g(1, **locals())"),
    "a double on a device": (doubles, "playground/x.py", "y = x.mean().double().numpy(force=True)"),
    "a double that leaves": (doubles, "playground/x.py", "y = f(x.double().cpu())"),
    "a thick page": (thin_pages, "pages/x.py", "x = 1\n" * PAGE_LINES),
    "one slug twice": (lab_names, "playground/labs/b.py", 'LAB = Lab(slug="a-lab")'),
    "a lab without a page": (lab_names, "playground/labs/b.py", 'LAB = Lab(slug="b")'),
    "a file of another name": (lab_names, "playground/labs/a.py", 'LAB = Lab(slug="a-lab")'),
    "another version": (one_version, "playground/__init__.py", '__version__ = "1.1"'),
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_no_rule_complains_of_a_good_example(tmp_path: Path):
    write(tmp_path, GOOD)
    assert [violation for check in CHECKS for violation in check(tmp_path)] == []


@pytest.mark.parametrize(("check", "file", "text"), BAD.values(), ids=BAD)
def test_a_bad_example_is_noticed(check: Check, file: str, text: str | None, tmp_path: Path):
    write(tmp_path, GOOD | {file: "x = 1\n" if text is None else f'"""."""\n{text}\n'})
    violations = list(check(tmp_path))
    assert violations
    assert all(file in violation or check is one_version for violation in violations)


# What is really imported


def names() -> list[str]:
    """Every module that a notebook may import."""
    found = (info.name for info in pkgutil.walk_packages(playground.__path__, "playground.") if part(info.name) != "ui")
    return [name for name in found if not name.endswith("__main__")]


@pytest.mark.parametrize(("figures", "unseen"), [(False, ["streamlit", "plotly"]), (True, ["streamlit"])])
def test_the_library_does_not_load_the_app(figures: bool, unseen: list[str]):
    chosen = [name for name in names() if figures or part(name) != "figures"]
    program = (
        f"import importlib, sys\nfor name in {chosen!r}: importlib.import_module(name)\n"
        f"seen = sorted(set({unseen!r}) & set(sys.modules))\nsys.exit(f'loaded: {{seen}}' if seen else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_lab_is_discovered():
    labs = importlib.import_module("playground.labs").LABS
    declared = {slug for name, _, tree in modules(ROOT) if part(name) == "labs" for slug in _slugs(tree)}
    assert set(labs) == declared
    assert all(slug == lab.slug for slug, lab in labs.items())

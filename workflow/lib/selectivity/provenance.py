"""A hash of the code behind a result: the syntax of a script and of every library module that it imports.

Snakemake sees neither an edit of an imported module nor the difference between an edited and a
merely touched script (measured with 9.27). The hash, given to each rule as a param, sees exactly
the edits that can change a result: comments, docstrings, layout, time stamps and the place of the
project do not enter it.
"""

import ast
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent.parent

_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_hash(script: str | Path, library: Path = LIBRARY) -> str:
    """Return 12 hexadecimal digits that change when the code of `script` or of its library modules changes."""
    digest = hashlib.sha256()
    for name, code in sorted(_closure(Path(script).resolve(), Path(library).resolve())):
        digest.update(f"{name}\0{code}\0".encode())
    return digest.hexdigest()[:12]


def imported_modules(script: str | Path, library: Path = LIBRARY) -> list[str]:
    """Return the library files, relative to `library`, that `script` imports directly or through others."""
    names = (name for name, _ in _closure(Path(script).resolve(), Path(library).resolve()))
    return sorted(name for name in names if name != Path(script).name)


def _closure(script: Path, library: Path) -> list[tuple[str, str]]:
    """List (name, normalized code) of the script and of all library files it reaches."""
    waiting, found = [script], {}
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        code, imports = _parse(path, library, path.stat().st_mtime_ns)
        name = path.relative_to(library).as_posix() if path.is_relative_to(library) else path.name
        found[path] = (name, code)
        waiting.extend(imports)
    return list(found.values())


@functools.cache
def _parse(path: Path, library: Path, mtime_ns: int) -> tuple[str, tuple[Path, ...]]:
    """Return the code of a file without docstrings and comments, and the library files that it imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = tuple(_library_imports(tree, path, library))
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree), imports


def _library_imports(tree: ast.Module, path: Path, library: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, path, library)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            yield from _files_of(name, library)


def _absolute(node: ast.ImportFrom, path: Path, library: Path) -> str:
    """Return the dotted name that ``from ... import`` refers to, relative imports resolved."""
    if not node.level:
        return node.module or ""
    package = path.relative_to(library).parent.parts[: None if node.level == 1 else 1 - node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _files_of(name: str, library: Path) -> Iterator[Path]:
    """Yield the file of a dotted module and the ``__init__`` of each package above it, where they are the library's."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        place = library.joinpath(*parts[:depth])
        for candidate in (place / "__init__.py", place.with_suffix(".py")):
            if candidate.is_file():
                yield candidate

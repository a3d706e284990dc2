"""Zip files of functions and of the layer, the same bytes for the same content."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

_EPOCH = (2020, 1, 1, 0, 0, 0)
_PACKAGE = "scims_backup"


def function_zip(folder: Path) -> bytes:
    """Zip a function's folder: all but what says how sam build makes the same of it."""
    built = (path for path in _files(folder) if path.name != "Makefile")
    return _zip((path, str(path.relative_to(folder))) for path in built)


def layer_zip(folder: Path) -> bytes:
    """Zip the layer: the package, and what its requirements.txt names, from our own environment."""
    return _zip(_layer_files(folder))


def _layer_files(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in _files(folder / _PACKAGE):
        yield path, f"python/{path.relative_to(folder)}"
    requirements = folder / "requirements.txt"
    for name in sorted(_with_needs(_requirements(requirements))):
        for file in distribution(name).files or ():
            if file.parts[0] != ".." and file.suffix != ".pyc":
                yield Path(str(file.locate())), f"python/{file.as_posix()}"


def _requirements(path: Path) -> list[Requirement]:
    if not path.exists():
        return []
    lines = (line.split("#")[0].split(" --hash")[0].rstrip("\\ \n") for line in path.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.lstrip().startswith("-")]


def _with_needs(requirements: Iterable[Requirement]) -> set[str]:
    """The names of distributions, and of those that they need in turn."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        if requirement.name.lower() in found:
            continue
        found.add(requirement.name.lower())
        extras = [*requirement.extras, ""]
        for text in distribution(requirement.name).requires or ():
            need = Requirement(text)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(need)
    return found


def _files(folder: Path) -> list[Path]:
    """All files, sorted, but for what Python makes beside them."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sorted(found)


def _zip(files: Iterable[tuple[Path, str]]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path, name in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return content.getvalue()

"""`sam build` of what needs no image registry: with other versions of Python than Lambda's, and right."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from localcloud.places import runtime_python
from tests.template.support.building import LAMBDAS, Workshop, other_python
from tests.template.support.loading import ROOT, source

BUILT_HERE = {
    name: resource
    for name, resource in source()["Resources"].items()
    if resource["Type"] in ("AWS::Serverless::Function", "AWS::Serverless::LayerVersion")
    and resource["Properties"].get("PackageType") != "Image"
}
FUNCTIONS = sorted(name for name in BUILT_HERE if "CodeUri" in BUILT_HERE[name]["Properties"])


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    python = other_python()
    if python is None:
        pytest.skip(f"this machine has no Python with pip but 3.{LAMBDAS}")
    return Workshop(tmp_path_factory.mktemp("workshop"), python)


def _files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


@pytest.mark.parametrize("name", sorted(BUILT_HERE))
def test_no_build_asks_for_lambdas_own_version_of_python(name):
    # `BuildMethod: python3.13`, and none at all in the SAM CLI of before 2026, want it on PATH
    resource = BUILT_HERE[name]
    folder = ROOT / resource["Properties"].get("CodeUri", resource["Properties"].get("ContentUri"))
    assert resource["Metadata"]["BuildMethod"] == "makefile"
    assert f"\nbuild-{name}:\n" in (folder / "Makefile").read_text()


def test_the_path_has_another_python_than_lambdas(workshop):
    assert shutil.which(f"python3.{LAMBDAS}", path=workshop.path) is None
    python = shutil.which("python3", path=workshop.path)
    assert python is not None
    asked = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info[1])"], capture_output=True, check=True
    )
    assert int(asked.stdout) != LAMBDAS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_its_handler_alone_and_runs_where_lambda_runs_it(workshop, name):
    built = workshop.build(name)
    handler = ROOT / BUILT_HERE[name]["Properties"]["CodeUri"] / "handler.py"
    assert {str(path): text for path, text in _files(built).items()} == {"handler.py": handler.read_bytes()}
    places = [str(built), str(built.parent / "CoreLayer/python")]
    shown = f"import sys; sys.path[:0] = {places!r}; import handler; handler.handler"
    asked = subprocess.run([runtime_python(), "-I", "-c", shown], capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr


def test_the_layer_has_the_package_as_it_is(workshop):
    built = workshop.build("CoreLayer")
    assert _files(built / "python/scims_backup") == _files(ROOT / "layers/core/scims_backup")
    assert not list(built.rglob("__pycache__"))


def test_a_change_reaches_what_is_built_with_a_cache(workshop):
    workshop.build("AlertFunction")
    changed = {
        "functions/alert/handler.py": "AlertFunction/handler.py",
        "layers/core/scims_backup/domain/moments.py": "CoreLayer/python/scims_backup/domain/moments.py",
    }
    for path in changed:
        with (workshop.project / path).open("a") as file:
            file.write("\n# changed\n")
    built = workshop.build("AlertFunction").parent
    for path, artefact in changed.items():
        assert (built / artefact).read_text() == (workshop.project / path).read_text()

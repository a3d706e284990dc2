"""Zip files of functions and of the layer."""

import io
import zipfile

from localcloud.artefacts import function_zip, layer_zip


def names(content):
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_a_function_is_zipped_without_what_is_made_beside_it_and_what_makes_it(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/handler.cpython-313.pyc").write_bytes(b"")
    (tmp_path / "handler.py").write_text("pass")
    (tmp_path / "Makefile").write_text("build-Function:\n\tcp handler.py $(ARTIFACTS_DIR)\n")
    assert names(function_zip(tmp_path)) == ["handler.py"]


def test_the_same_content_gives_the_same_bytes(tmp_path):
    (tmp_path / "handler.py").write_text("pass")
    first = function_zip(tmp_path)
    (tmp_path / "handler.py").touch()
    assert function_zip(tmp_path) == first


def test_the_layer_has_the_package_and_what_its_requirements_need_in_turn(tmp_path):
    (tmp_path / "scims_backup/domain").mkdir(parents=True)
    (tmp_path / "scims_backup/domain/errors.py").write_text("")
    (tmp_path / "requirements.txt").write_text(
        "# pinned\naws-lambda-powertools==3.37.0 \\\n    --hash=sha256:00\n"
    )
    found = names(layer_zip(tmp_path))
    assert "python/scims_backup/domain/errors.py" in found
    for package in ("aws_lambda_powertools", "jmespath"):
        assert f"python/{package}/__init__.py" in found
    assert not any(name.startswith(("python/boto", "python/psycopg", "python/..")) for name in found)


def test_a_layer_without_requirements_has_the_package_alone(tmp_path):
    (tmp_path / "scims_backup").mkdir()
    (tmp_path / "scims_backup/__init__.py").write_text("")
    assert names(layer_zip(tmp_path)) == ["python/scims_backup/__init__.py"]

"""What a function's process finds in its environment in the local cloud."""

from pathlib import Path

from localcloud.plugins.images import Image, environment_of

IMAGE = Image(Path("/app"), "python3", {"PATH": "/chosen/bin:/bin", "SCIMS_POSTGRESQL_BIN": "/chosen/bin"})


def test_what_the_image_sets_is_there_with_the_layers_programs_first():
    found = environment_of(IMAGE, {}, "127.0.0.1:9001")
    assert found["SCIMS_POSTGRESQL_BIN"] == "/chosen/bin"
    assert found["PATH"] == "/opt/bin:/chosen/bin:/bin"


def test_what_the_function_is_configured_with_comes_before_the_images():
    found = environment_of(IMAGE, {"SCIMS_POSTGRESQL_BIN": "/configured"}, "127.0.0.1:9001")
    assert found["SCIMS_POSTGRESQL_BIN"] == "/configured"

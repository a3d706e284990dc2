"""What is deployed beside the template: the image, the layer, and the two environments of samconfig.toml."""

import re
import tomllib

import pytest

from tests.template.support.loading import ROOT, source

DOCKERFILE = (ROOT / "image/Dockerfile").read_text()
_STAGES = ("--from=redis", "--from=system", "--from=packages")


def _pins(file):
    """The versions of a lock file, by package."""
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / file).read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


@pytest.mark.parametrize("file", ["image/requirements.lock", "layers/core/requirements.txt"])
def test_what_is_deployed_is_what_is_tested(file):
    tested = _pins("requirements.lock")
    deployed = _pins(file)
    assert {name: deployed[name] for name in deployed if name in tested} == {
        name: tested[name] for name in tested if name in deployed
    }
    assert "--hash=sha256:" in (ROOT / file).read_text()


def test_the_image_has_all_that_the_package_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[\[>=<]", text)[0].lower() for text in project["dependencies"]}
    extras = {"opentelemetry-exporter-otlp-proto-http"}
    assert needed | extras | {"awslambdaric", "psycopg-binary"} <= set(_pins("image/requirements.lock"))


def test_the_layer_has_no_more_than_the_zip_functions_need():
    assert set(_pins("layers/core/requirements.txt")) == {
        *("aws-lambda-powertools", "jmespath", "typing-extensions", "tzdata"),
    }


def test_the_images_context_holds_what_is_copied_and_nothing_else():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ")} - {*_STAGES}
    assert {path.rstrip("/") for path in copied} == allowed
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines()
    assert all((ROOT / path).exists() for path in copied)


def test_the_dockerfile_is_for_any_builder():
    assert "<<" not in DOCKERFILE
    assert "--mount" not in DOCKERFILE
    assert not re.search(r"^#\s*syntax", DOCKERFILE, re.MULTILINE)


def test_the_image_stops_as_lambda_and_fargate_stop_it():
    instructions = dict(re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE, re.MULTILINE))
    assert instructions["STOPSIGNAL"] == "SIGTERM"
    assert instructions["CMD"] == '["functions.dump.handler.handler"]'
    assert "USER" not in instructions
    assert "ENV PATH=/opt/venv/bin:" in DOCKERFILE


def test_the_tasks_disk_is_its_users_and_nothing_is_written_there_after_that_was_said():
    """Builders forget what is done to a volume's path behind its VOLUME."""
    lines = DOCKERFILE.splitlines()
    (container,) = source()["Resources"]["DrillTaskDefinition"]["Properties"]["ContainerDefinitions"]
    (mount,) = container["MountPoints"]
    user, path = container["User"], mount["ContainerPath"]
    given, declared = (
        lines.index(f"    && chown {user}:{user} {path} \\"),
        lines.index(f"VOLUME {path}"),
    )
    assert given < declared
    assert not [line for line in lines[declared:] if line.startswith(("RUN", "COPY", "ADD"))]


def test_the_base_image_can_be_pinned_and_is_the_newest_of_its_major_else():
    base, *_ = [line for line in DOCKERFILE.splitlines() if line.startswith("FROM")]
    assert base == "FROM postgres:${PG_MAJOR}-trixie${BASE_DIGEST:+@}${BASE_DIGEST} AS none"
    assert "ARG BASE_DIGEST=\n" in DOCKERFILE
    assert source()["Parameters"]["BaseImageDigest"]["Default"] == ""


@pytest.mark.parametrize("name", ["DumpFunction", "PruneFunction", "RestoreFunction", "EnrolFunction"])
def test_all_image_functions_are_built_once(name):
    resources = source()["Resources"]
    assert resources[name]["Metadata"] == {
        "DockerContext": ".",
        "Dockerfile": "image/Dockerfile",
        "DockerTag": "latest",
        "DockerBuildArgs": {
            "PG_MAJOR": {"Ref": "PostgresqlMajor"},
            "BASE_DIGEST": {"Ref": "BaseImageDigest"},
            "REDIS_SERVER": {"Ref": "RedisServer"},
            "EXTENSIONS": {"Ref": "ExtensionPackages"},
        },
    }
    assert f"ARG PG_MAJOR={source()['Parameters']['PostgresqlMajor']['Default']}\n" in DOCKERFILE
    assert f"ARG REDIS_SERVER={source()['Parameters']['RedisServer']['Default']}\n" in DOCKERFILE


def test_an_image_without_redis_takes_nothing_of_an_image_of_redis():
    stages = [line.split() for line in DOCKERFILE.splitlines() if line.startswith("FROM")]
    first, server, system, *_ = stages
    assert first[-1] == source()["Parameters"]["RedisServer"]["Default"]
    assert server[1:] == ["${REDIS_SERVER}", "AS", "redis"]
    assert system == ["FROM", first[-1], "AS", "system"]
    assert [line for line in DOCKERFILE.splitlines() if "--from=redis" in line] == [
        "COPY --from=redis /servers/ /usr/local/bin/"
    ]


def test_nothing_of_the_base_image_but_its_files_is_in_the_image():
    """Neither its volume, of which each start of a container would leave one behind, nor its variables."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert last.startswith("scratch\n\nCOPY --from=system / /\n")


@pytest.mark.parametrize("name", ["DrillOrchestrateFunction", "AlertFunction", "TaskImageFunction"])
def test_zip_functions_are_where_the_template_says(name):
    properties = source()["Resources"][name]["Properties"]
    assert (ROOT / properties["CodeUri"] / "handler.py").exists()
    assert properties["Layers"] == [{"Ref": "CoreLayer"}]
    assert properties["Runtime"] == "python3.13"


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_samconfig_sets_parameters_that_the_template_has(stage):
    config = tomllib.loads((ROOT / "samconfig.toml").read_text())[stage]["deploy"]["parameters"]
    parameters = source()["Parameters"]
    for override in config.get("parameter_overrides", []):
        name, value = override.split("=")
        assert int(value) in parameters[name].get(
            "AllowedValues",
            range(parameters[name].get("MinValue", 0), parameters[name].get("MaxValue", 0) + 1),
        )
    assert config["capabilities"] == "CAPABILITY_IAM"
    assert config["stack_name"].startswith("scims-backup")

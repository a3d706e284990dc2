"""Secrets stay out of logs, messages and tracebacks."""

import io
import json
import logging

import pytest

from scims_backup.runtime.logs import HIDDEN, Redactor, log_warnings, structured_logger

AWKWARD = 'p"ä\\ß w:@/%'


@pytest.fixture
def _logging_restored():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


@pytest.mark.parametrize(
    "name",
    [
        "PGPASSWORD",
        "RESTIC_PASSWORD",
        "RESTIC_REST_PASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "B2_ACCOUNT_KEY",
    ],
)
def test_secrets_of_the_environment_are_known(name):
    assert Redactor.of_environment({name: "hunter22"}).redact("it is hunter22!") == f"it is {HIDDEN}!"


def test_other_variables_are_not_secrets():
    redactor = Redactor.of_environment({"PGUSER": "backup", "TOKENIZERS_PARALLELISM": "true"})
    assert redactor.redact("backup: true") == "backup: true"


def test_secrets_of_password_files_are_known(tmp_path):
    (tmp_path / "restic").write_text("correct horse\n")
    (tmp_path / "pgpass").write_text("*:*:*:backup:ba\\:ttery\n")
    redactor = Redactor.of_environment(
        {"RESTIC_PASSWORD_FILE": str(tmp_path / "restic"), "PGPASSFILE": str(tmp_path / "pgpass")}
    )
    assert redactor.redact("correct horse / ba:ttery") == f"{HIDDEN} / {HIDDEN}"


def test_a_password_inside_any_url_is_hidden():
    text = "rest:https://user:hunter2@host/repo and postgresql://u@db/x"
    assert Redactor().redact(text) == f"rest:https://user:{HIDDEN}@host/repo and postgresql://u@db/x"


def test_a_secret_is_hidden_in_the_traceback_of_an_error_and_of_its_cause():
    error = RuntimeError(f"{AWKWARD!r}")
    error.__cause__ = ValueError(AWKWARD)
    trace = Redactor([AWKWARD]).traceback(error)
    assert trace.count(HIDDEN) == 2
    assert "ä" not in trace


def test_structured_logs_are_json_without_secrets():
    stream = io.StringIO()
    structured_logger(Redactor([AWKWARD]), stream).info("connecting", password=AWKWARD)
    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"], line["password"]) == ("INFO", "connecting", HIDDEN)


@pytest.mark.usefixtures("_logging_restored")
@pytest.mark.parametrize("structured", [True, False])
def test_warnings_of_libraries_come_through_without_secrets(structured):
    stream = io.StringIO()
    log_warnings(Redactor(["hunter22"]), structured=structured, stream=stream)
    logging.getLogger("library").info("quiet")
    logging.getLogger("library").warning("bad password %s", "hunter22")
    assert f"bad password {HIDDEN}" in stream.getvalue()
    assert "quiet" not in stream.getvalue()


@pytest.mark.parametrize("written", ["api-key=hunter22", "a=b,Authorization=Bearer%20hunter22"])
def test_headers_for_a_collector_are_secrets(written):
    redactor = Redactor.of_environment({"OTEL_EXPORTER_OTLP_HEADERS": written})
    assert "hunter22" not in redactor.redact("the collector refused hunter22 and Bearer hunter22")

"""Logs on standard error, structured when asked for, and never with a secret in them."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import unquote

from scims_backup.domain.errors import UnderstoodError
from scims_backup.domain.redaction import HIDDEN, hide, hide_in_value, names_in

__all__ = ["HIDDEN", "Redactor", "log_warnings", "structured_logger"]

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

_SECRET_NAME = re.compile(
    r"PASSWORD$|PASSPHRASE$|_KEY$|_SAS$|(^|_)(SECRET|TOKEN)$|(^|_)SECRET_", re.IGNORECASE
)
_SECRET_FILES = ("RESTIC_PASSWORD_FILE", "PGPASSFILE")
_SECRET_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS")
_NAMES = (
    *("PGUSER", "PGDATABASE", "PGHOST", "PGAPPNAME", "SCIMS_SOURCE", "SCIMS_SOURCE_URL", "SCIMS_CATALOG"),
    *("SCIMS_VAULT", "SCIMS_STACK", "SCIMS_CONFIG"),
)
"""Variables whose values are shown: a secret that is part of one cannot be told apart from it."""


class Redactor:
    """Hides every secret it knows, and any password inside a URL."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._names: set[str] = set()
        for secret in secrets:
            self.learn(secret)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> Redactor:
        """Know the secrets among environment variables, and those in the files that variables name."""
        redactor = cls(value for name, value in environment.items() if _SECRET_NAME.search(name))
        for name in _SECRET_FILES:
            redactor.learn_file(environment.get(name, ""))
        for name in _SECRET_HEADERS:
            redactor.learn_headers(environment.get(name, ""))
        redactor.know_names(environment[name] for name in _NAMES if name in environment)
        return redactor

    def learn(self, secret: str) -> None:
        """Know one more secret; how it is hidden depends on whether it could be other text (`hiding`)."""
        if secret:
            self._secrets.add(secret)

    def know_names(self, names: Iterable[str]) -> None:
        """Know what things are called, or addresses: a secret that is part of one is hidden in its places."""
        self._names.update(names_in(name) for name in names if name)

    def learn_file(self, path: str) -> None:
        """Know the passwords in a file of restic's (the line) or libpq's (the last of five fields)."""
        # What cannot be read here cannot be shown by mistake either; the part that needs the file complains
        with suppress(OSError):
            for line in Path(path).read_text(errors="replace").splitlines() if path else ():
                self.learn(line)
                self.learn(_last_field(line))

    def learn_headers(self, text: str) -> None:
        """Know the values of headers as OpenTelemetry wants them, `name=value,name=value`."""
        for header in text.split(","):
            value = unquote(header.partition("=")[2].strip())
            self.learn(value)
            self.learn(value.rpartition(" ")[2])  # without `Bearer`

    def redact(self, text: str) -> str:
        """Return the text with HIDDEN in place of each secret."""
        return hide(text, self._secrets, self._names)

    def redact_line(self, line: str) -> str:
        """Return a line of a log; one that is JSON keeps its shape, its keys and its numbers."""
        try:
            document = json.loads(line)
        except ValueError:
            return self.redact(line)
        if not isinstance(document, dict):
            return self.redact(line)
        hidden = hide_in_value(document, self._secrets, self._names)
        if hidden == document:
            return line
        end = "\n" if line.endswith("\n") else ""
        return json.dumps(hidden, ensure_ascii=False, separators=(",", ":")) + end

    def traceback(self, error: BaseException) -> str:
        """Return the traceback of an exception and its causes, redacted."""
        return self.redact("".join(traceback.format_exception(error)))

    def message(self, error: BaseException) -> str:
        """Return what an exception says; of one that was not foreseen, nothing: it may hold anything."""
        return self.redact(str(error)) if isinstance(error, UnderstoodError) else "unforeseen"

    def frames(self, error: BaseException) -> str:
        """Return where an exception came from: no messages, since those of a database may quote rows."""
        frames = "".join(traceback.format_tb(error.__traceback__))
        return self.redact(f"{frames}{type(error).__name__}")


def _last_field(line: str) -> str:
    fields = re.split(r"(?<!\\):", line, maxsplit=4)
    return re.sub(r"\\(.)", r"\1", fields[-1])


class _RedactedStream:
    """A stream that redacts whatever a log handler writes, exceptions included."""

    def __init__(self, stream: IO[str], redactor: Redactor) -> None:
        self._stream = stream
        self._redactor = redactor

    def write(self, text: str) -> int:
        return self._stream.write(self._redactor.redact_line(text))

    def flush(self) -> None:
        self._stream.flush()


def structured_logger(
    redactor: Redactor, stream: IO[str] | None = None, service: str = "scims-backup"
) -> Logger:
    """Return the logger that writes one JSON object per line, to standard error by default."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415  loading it takes longer than most commands

    redacted = cast("IO[str]", _RedactedStream(stream or sys.stderr, redactor))
    logger = Logger(service=service, stream=redacted, utc=True, use_rfc3339=True)
    # what the root's handler is for is warnings of libraries
    logging.getLogger(service).propagate = False
    # Loggers of one name are one logger, which would keep the stream it was given first
    cast("logging.StreamHandler[IO[str]]", logger.registered_handler).stream = redacted
    return logger


def log_warnings(redactor: Redactor, *, structured: bool, stream: IO[str] | None = None) -> None:
    """Let library warnings and errors through, redacted, to standard error by default."""
    handler = logging.StreamHandler(_RedactedStream(stream or sys.stderr, redactor))
    handler.setFormatter(_json_formatter() if structured else logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _json_formatter() -> logging.Formatter:
    from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter  # noqa: PLC0415  as above

    return LambdaPowertoolsFormatter(utc=True, use_rfc3339=True)

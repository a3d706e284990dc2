"""What the services of AWS's query protocol have in common: they answer in their own words, or refuse."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from moto.core.serialize import QuerySerializer
from moto.core.utils import get_service_model

Form = Mapping[str, str]
Action = Callable[[Form], dict[str, Any]]
_STATUSES = {"AccessDenied": 403}


class RefusedError(Exception):
    """A request that a service refuses, by one of its codes."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


class QueryApi(ABC):
    """Answers the requests of a service.

    service: boto3's name of it.
    refusals: by action, the code and the text of an error that each call meets.
    asked: the actions so far.
    """

    def __init__(self, service: str) -> None:
        self._model = get_service_model(service)
        self.refusals: dict[str, tuple[str, str]] = {}
        self.asked: list[str] = []

    @abstractmethod
    def actions(self) -> Mapping[str, Action]:
        """Return what answers each action."""

    def told(self, form: Form) -> Mapping[str, Any]:
        """Return what IAM is told of a request: all of it."""
        return form

    def answer(self, form: Form) -> tuple[int, bytes]:
        """Return status and body. form: the request's parameters, one of which is its Action."""
        action = form["Action"]
        self.asked.append(action)
        if action in self.refusals:
            return _refused(*self.refusals[action])
        try:
            result = self.actions()[action](form)
        except RefusedError as error:
            return _refused(error.code, error.text)
        answered = QuerySerializer(self._model.operation_model(action)).serialize(result)
        return answered["status_code"], str(answered["body"]).encode()


def _refused(code: str, text: str) -> tuple[int, bytes]:
    status = _STATUSES.get(code, 404 if "NotFound" in code else 400)
    said = f"<Code>{code}</Code><Message>{escape(text)}</Message>"
    error = f"<Error><Type>Sender</Type>{said}</Error>"
    return status, f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>".encode()

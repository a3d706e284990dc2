"""Properties of a template as the parameters of an API call."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any


def parameters_for(
    client: Any, operation: str, properties: Mapping[str, Any], *, drop: AbstractSet[str] = frozenset()
) -> dict[str, Any]:
    """Rename and convert properties for an operation of a boto3 client.

    What the operation does not know stays, so that it is refused. drop: properties that the operation has
    no parameter for.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    kept = {name: value for name, value in properties.items() if name not in drop}
    converted = _converted(kept, shape)
    assert isinstance(converted, dict)  # noqa: S101  as it was
    return converted


def _converted(value: Any, shape: Any) -> Any:
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and isinstance(value, Mapping):
        named = {name[:1].lower() + name[1:]: inner for name, inner in value.items()}
        return {name: _converted(inner, shape.members.get(name)) for name, inner in named.items()}
    if kind == "list" and isinstance(value, list):
        return [_converted(inner, shape.member) for inner in value]
    return _scalar(value, kind)


def _scalar(value: Any, kind: str | None) -> Any:
    """CloudFormation takes 'true', 2 and '2' alike; the API is strict."""
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind in ("integer", "long") and isinstance(value, str):
        return int(value)
    if kind == "string" and isinstance(value, int):
        return str(value)
    return value

"""Faults of LocalStack 2026.3.0 that stand in the way, mended while it runs."""

import logging
from typing import Any

from localstack.runtime import hooks  # type: ignore[import-not-found]
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import (  # type: ignore[import-not-found]
    ChangeSetModelPreproc,
)
from localstack.services.cloudformation.engine.v2.change_set_model_transform import (  # type: ignore[import-not-found]
    ChangeSetModelTransform,
)

from localcloud.plugins.bucket_lifecycles import keep_lifecycles
from localcloud.plugins.rolling_back import keep_what_is_retained, remove_what_a_failed_creation_made


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def mend() -> None:
    """Mend all."""
    _read_parameters_rightly()
    _transform_before_resolving()
    keep_lifecycles()
    remove_what_a_failed_creation_made()
    keep_what_is_retained()
    logging.getLogger("localstack.request.http").addFilter(_is_worth_a_line)


def _read_parameters_rightly() -> None:
    """Give parameters the values that they were given.

    A list's earlier value stays text there, so that a stack that joins it can be neither changed nor
    deleted; and for a value that was given as '' there comes the default.
    """
    plain = ChangeSetModelPreproc.visit_node_parameter

    def visit_node_parameter(self: Any, node: Any) -> Any:
        delta, given, kind = plain(self, node), self.visit(node.dynamic_value), self.visit(node.type_)
        if given.before == "":
            delta.before = ""
        if given.after == "" and kind.after == "String":
            delta.after = ""
        if isinstance(delta.before, str) and _is_list(str(kind.before)):
            delta.before = [item.strip() for item in delta.before.split(",")]
        return delta

    ChangeSetModelPreproc.visit_node_parameter = visit_node_parameter


def _is_list(kind: str) -> bool:
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _transform_before_resolving() -> None:
    """Leave references alone until the SAM transform has made what they name, such as a function's alias.

    LocalStack resolves all resources before it, to find transforms in places that hardly any template has.
    """
    plain = ChangeSetModelTransform._execute_local_transforms  # noqa: SLF001

    def execute_local_transforms(self: Any) -> None:
        if "'Fn::Transform'" in str(self._after_template):
            plain(self)

    ChangeSetModelTransform._execute_local_transforms = execute_local_transforms  # noqa: SLF001


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """We ask very often whether all is quiet."""
    return "/_localcloud/" not in record.getMessage()

"""What becomes of a stack's resources when its creation fails, and when it is deleted, as AWS documents it.

LocalStack leaves all that a failed creation made, and takes RetainExceptOnCreate for Delete.
"""

from functools import partial
from typing import Any

from localstack.aws.api.cloudformation import (  # type: ignore[import-not-found]
    ChangeAction,
    ChangeSetType,
    StackStatus,
)
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (  # type: ignore[import-not-found]
    ChangeSetModelExecutor,
)
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import (  # type: ignore[import-not-found]
    ChangeSetModelPreproc,
    PreprocProperties,
)


def remove_what_a_failed_creation_made() -> None:
    """Remove it in the reverse order, but for what has `DeletionPolicy: Retain`."""
    plain = ChangeSetModelExecutor.process

    def process(self: Any) -> None:
        try:
            plain(self)
        except Exception:
            if _creates(self._change_set):
                self._defer_action("forget", partial(_forget, self))  # what is deferred is done in reverse
                for name in _made(self):
                    self._defer_action(f"roll-back-{name}", partial(_remove, self, name))
            raise

    ChangeSetModelExecutor.process = process


def keep_what_is_retained() -> None:
    """Keep what has `DeletionPolicy: RetainExceptOnCreate` when a stack is deleted that could be made."""
    plain = ChangeSetModelPreproc.visit_node_resource

    def visit_node_resource(self: Any, node_resource: Any) -> Any:
        delta = plain(self, node_resource)
        if getattr(delta.before, "deletion_policy", None) == "RetainExceptOnCreate":
            delta.before.deletion_policy = "Retain"
        return delta

    ChangeSetModelPreproc.visit_node_resource = visit_node_resource


def _creates(change_set: Any) -> bool:
    deleting = change_set.stack.status == StackStatus.DELETE_IN_PROGRESS
    return bool(change_set.change_set_type == ChangeSetType.CREATE and not deleting)


def _made(executor: Any) -> list[str]:
    """The ids of what was made, in that order."""
    template = executor._change_set.processed_template["Resources"]  # noqa: SLF001
    return [
        name
        for name, made in executor.resources.items()
        if made["ResourceStatus"] == "CREATE_COMPLETE" and template[name].get("DeletionPolicy") != "Retain"
    ]


def _remove(executor: Any, name: str) -> None:
    made = executor.resources[name]
    executor._execute_resource_action(  # noqa: SLF001
        action=ChangeAction.Remove,
        logical_resource_id=name,
        resource_type=made["Type"],
        before_properties=PreprocProperties(made["Properties"]),
        after_properties=None,
    )


def _forget(executor: Any) -> None:
    """Leave nothing to be removed once more when the stack is deleted."""
    executor.resources.clear()
    change_set = executor._change_set  # noqa: SLF001
    change_set.processed_template = {**change_set.processed_template, "Resources": {}, "Outputs": {}}

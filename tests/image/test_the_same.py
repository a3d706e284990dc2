"""What the end-to-end tests show of processes, shown of containers: a night, drills, a restore, a crash."""

from localcloud import containers
from localcloud.deployment import Deployment
from tests.e2e.test_faults import (
    test_a_dump_that_crashes_is_told_past_the_alert_function,
    test_a_row_that_a_backup_lost_is_found_by_name,
)
from tests.e2e.test_nights import (
    test_a_night_leaves_a_backup_with_its_proof_and_the_one_before_goes,
    test_a_sunday_restores_the_newest_backup_in_a_task_and_proves_it,
)
from tests.e2e.test_restores import (
    databases,
    test_a_backup_is_restored_beside_swapped_when_the_database_is_named_and_undone,
)

__all__ = [
    "databases",
    "test_a_backup_is_restored_beside_swapped_when_the_database_is_named_and_undone",
    "test_a_dump_that_crashes_is_told_past_the_alert_function",
    "test_a_night_leaves_a_backup_with_its_proof_and_the_one_before_goes",
    "test_a_row_that_a_backup_lost_is_found_by_name",
    "test_a_sunday_restores_the_newest_backup_in_a_task_and_proves_it",
]


def test_functions_run_in_containers(stack: Deployment) -> None:
    assert stack.backups()
    assert containers.running(), "the dump waits for its next invocation"

"""After all that happened: what functions and tasks asked of AWS is what their roles allow."""


def test_every_request_that_was_made_is_allowed_by_the_role_of_who_made_it(stack):
    iam = stack.cloud.client("iam")
    assert stack.cloud.rights.missing(iam) == []


def test_every_function_and_both_tasks_were_seen_to_ask(stack):
    asked = {role.partition("-")[2].partition("-")[0] for role in stack.cloud.rights.requests()}
    assert {"DumpRole", "PruneRole", "DrillOrchestrateRole", "AlertRole", "DrillTaskRole"} <= asked
    assert {"RestoreRole", "RestoreTaskRole"} <= asked

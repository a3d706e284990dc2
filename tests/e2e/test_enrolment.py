"""The vault's second password: in when the stack is made, read by one function; a dump without it fails."""

from localcloud.deployment import SOURCE, Deployment


def _markers(stack: Deployment) -> list[str]:
    return [key for key in stack.keys("vaults/") if "~escrow-" in key]


def test_the_deployment_has_enrolled_it_before_the_first_dump(stack: Deployment):
    assert stack.outputs["Enrolment"] in ("enrolled", "already enrolled")
    assert len(_markers(stack)) == 1
    asked = stack.cloud.function_calls()["scims-enrol"].ended[0]
    assert asked.error is None


def test_asked_by_hand_it_says_that_it_was_done(stack: Deployment):
    assert stack.call("enrol", {}) == {"outcome": "already enrolled"}


def test_a_dump_fails_while_it_is_not_in_and_goes_on_once_it_is(stack: Deployment):
    (marker,) = _markers(stack)
    stack.cloud.client("s3").delete_object(Bucket=stack.outputs["CatalogBucket"], Key=marker)
    before = stack.backups()
    stack.fire("dump")
    assert stack.backups() == before
    failed = stack.events("BackupFailed")[-1]
    assert "does not have the escrow password" in failed["facts"]["message"]
    assert any("invoke the function scims-enrol" in mail.message for mail in stack.new_mails())
    assert stack.call("enrol", {}) == {"outcome": "enrolled"}
    stamp = stack.fire("dump")
    assert stack.document(f"manifests/{SOURCE}/{stamp}.json")
    stack.new_mails()


def test_nobody_but_the_enrolling_function_has_ever_asked_for_it(stack: Deployment):
    escrow, cloud = stack.outputs["VaultEscrowArn"], stack.cloud
    readers = {
        role
        for role, requests in cloud.rights.requests(cloud.world()).items()
        if any(one.resource == escrow for one in requests)
    }
    assert {role.partition("-")[2].partition("-")[0] for role in readers} == {"EnrolRole"}

"""The local cloud: what other tests and the demo rely on, shown with a small stack of its own."""

import json
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from localcloud.cloud import LocalCloud
from localcloud.containment import can_mount
from localcloud.errors import LocalCloudError

STACK = Path(__file__).parents[1] / "localcloud_stack"
TEMPLATE = STACK / "template.yaml"
AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("outputs")]


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(image=STACK, users=20) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def outputs(cloud):
    return cloud.deploy(TEMPLATE, "lc", network_of(cloud))


def network_of(cloud):
    network = cloud.network
    return {"Subnets": ",".join(network.subnets), "SecurityGroup": network.security_group}


@pytest.fixture
def seconds():
    """How long something is to sleep: so long that nobody else on this machine does."""
    return f"{3600 + uuid.uuid4().int % 10**9}"


@pytest.fixture
def run(cloud):
    """Let the zip function run a task; give its ARN, or else what it got."""

    def start(do="", seconds="", **event):
        drill = event.pop("drill", str(uuid.uuid4()))
        answer = invoke(
            cloud,
            "zip",
            {"do": "run", "drill": drill, "environment": {"DO": do, "SECONDS": seconds}, **event},
        )
        return answer["tasks"][0] if answer.get("tasks") else answer

    yield start
    cloud.settle()


def invoke(cloud, function, event):
    answer = cloud.client("lambda").invoke(FunctionName=f"lc-{function}", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def seen(cloud, outputs):
    """The events that reached the zip function by a rule, since this was last asked."""
    cloud.settle()
    s3, bucket = cloud.client("s3"), outputs["Bucket"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix="seen/").get("Contents", [])]
    events = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)
    return events


# Deploying


def test_the_copy_differs_from_its_template_only_in_where_artefacts_lie(cloud):
    changed = [line[1:].strip() for line in cloud.stacks.difference(TEMPLATE).splitlines() if line[0] in "+-"]
    allowed = (
        "ContentUri:",
        "CodeUri:",
        "ImageUri:",
        "Metadata:",
        "Docker",
        "BuildMethod:",
        "Properties:",
        "-",
        "++",
    )
    assert changed
    assert [line for line in changed if not line.startswith(allowed)] == []


def test_ecs_resources_of_a_stack_are_there_with_all_that_they_refer_to(cloud, outputs):
    definition = cloud.client("ecs").describe_task_definition(taskDefinition="lc-drill")["taskDefinition"]
    assert outputs["TaskDefinition"] == definition["taskDefinitionArn"]
    (container,) = definition["containerDefinitions"]
    assert container["environment"] == [
        {"name": "BUCKET", "value": outputs["Bucket"]},
        {"name": "GREETING", "value": "hello"},
    ]
    assert (definition["cpu"], definition["memory"]) == ("512", "1024")
    assert container["logConfiguration"]["options"]["awslogs-group"] == outputs["LogGroup"]
    clusters = cloud.client("ecs").describe_clusters(clusters=[outputs["Cluster"]])["clusters"]
    assert [cluster["clusterName"] for cluster in clusters] == ["lc-drills"]


def test_a_stack_whose_custom_resource_fails_is_not_deployed(cloud):
    with pytest.raises(LocalCloudError, match="Answer: as asked"):
        cloud.deploy(TEMPLATE, "failing", {**network_of(cloud), "Greeting": "fail"})


def test_a_task_definition_with_a_property_that_ecs_does_not_know_is_refused(cloud, tmp_path):
    text = TEMPLATE.read_text().replace("StopTimeout: 2", "StopTimeOut: 2")
    text = text.replace("../../layers", f"{STACK}/../../layers").replace(
        ": functions/", f": {STACK}/functions/"
    )
    template = tmp_path / "template.yaml"
    template.write_text(text)
    with pytest.raises(LocalCloudError, match="stopTimeOut"):
        cloud.deploy(template, "wrong", network_of(cloud))


def test_a_stack_can_be_deployed_again_and_removed(cloud):
    parameters = network_of(cloud)
    first = cloud.deploy(TEMPLATE, "again", parameters)
    assert cloud.deploy(TEMPLATE, "again", parameters) == first
    second = cloud.deploy(TEMPLATE, "again", {**parameters, "Greeting": ""})
    assert second["TaskDefinition"] == first["TaskDefinition"].replace(":1", ":2")
    definition = cloud.client("ecs").describe_task_definition(taskDefinition="again-drill")["taskDefinition"]
    assert definition["containerDefinitions"][0]["environment"][1]["value"] == "nobody"
    assert (first["Answer"], second["Answer"]) == ("hello!", "!")
    cloud.stacks.delete("again")
    cloud.settle()
    asked = [line for line in cloud.function_log("again-answer") if "the-answer" in line]
    assert asked == ["Update the-answer", "Delete the-answer"]
    assert not [name for name in cloud.schedules.names() if name.startswith("again")]


# Functions


def test_an_image_function_finds_the_package_and_its_programs(cloud):
    answer = invoke(cloud, "image", {})
    assert answer["pg_dump"].startswith("pg_dump (PostgreSQL) 15.")
    assert answer["psycopg"]


def test_a_zip_function_sees_its_layer_and_the_runtime_and_nothing_else(cloud):
    assert invoke(cloud, "zip", {"do": "look"}) == {"scims_backup": True, "psycopg": False, "boto3": True}


@pytest.mark.skipif(not can_mount(), reason="no mounts on this machine")
def test_a_function_has_a_tmp_of_its_own(cloud):
    with tempfile.NamedTemporaryFile(dir="/tmp") as ours:
        names = invoke(cloud, "image", {})["tmp"]
        assert "mark" in names
        assert Path(ours.name).name not in names
    assert not Path("/tmp/mark").exists()


def test_a_function_that_raises_is_reported_by_its_error(cloud):
    assert invoke(cloud, "image", {"do": "raise"})["errorType"] == "ValueError"


def test_a_function_whose_process_dies_is_an_exit_error_and_works_again(cloud):
    answer = invoke(cloud, "image", {"do": "die"})
    assert answer["errorType"] == "Runtime.ExitError"
    assert answer["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert "psycopg" in invoke(cloud, "image", {})


def test_a_function_that_cannot_be_loaded_says_why_and_what_it_wrote(cloud):
    lambda_ = cloud.client("lambda")
    answer: dict[str, str] = {}
    for command in ("functions.image.broken.handler", "functions.image.handler.handler"):
        lambda_.update_function_configuration(FunctionName="lc-hasty", ImageConfig={"Command": [command]})
        lambda_.get_waiter("function_updated_v2").wait(FunctionName="lc-hasty")
        answer = invoke(cloud, "hasty", {})
        if "broken" in command:
            assert answer["errorType"] == "Runtime.ExitError"
            assert answer["errorMessage"].endswith("exit status 7")
            cloud.settle()
            assert "about to break" in cloud.function_log("lc-hasty")
            assert cloud.function_calls()["lc-hasty"].errors[-1] == "Runtime.ExitError"
    assert "psycopg" in answer


def test_a_function_is_ended_at_its_timeout_with_all_that_it_started(cloud, seconds):
    answer = invoke(cloud, "hasty", {"do": "sleep", "seconds": seconds})
    assert answer["errorType"] == "Sandbox.Timedout"
    assert answer["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert not running_command("sleep", seconds)


def test_what_a_function_prints_is_in_its_log_group(cloud):
    invoke(cloud, "image", {"scheduled": "once"})
    cloud.settle()
    assert any("event {'scheduled': 'once'}" in line for line in cloud.function_log("lc-image"))


def test_metrics_that_a_function_prints_reach_cloudwatch(cloud):
    invoke(cloud, "zip", {"do": "measure"})
    found = cloud.client("cloudwatch").list_metrics(Namespace="LocalCloudTest")["Metrics"]
    assert [(one["MetricName"], one["Dimensions"]) for one in found] == [
        ("Rows", [{"Name": "service", "Value": "test"}])
    ]


# Events


def test_a_schedule_invokes_its_target_with_the_time_for_which_it_fires(cloud):
    before = len(cloud.function_calls()["lc-image"].ended)
    cloud.schedules.fire("lc-nightly", AT, times=2)
    cloud.settle()
    calls = cloud.function_calls()["lc-image"].ended[before:]
    assert [call.answer["scheduled"] for call in calls] == ["2026-11-22T02:00:00Z"] * 2


def test_a_disabled_schedule_does_not_fire(cloud):
    scheduler = cloud.client("scheduler")
    schedule = scheduler.get_schedule(Name="lc-nightly")
    kept = {name: schedule[name] for name in ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")}
    scheduler.update_schedule(**kept, State="DISABLED")
    with pytest.raises(LocalCloudError, match="DISABLED"):
        cloud.schedules.fire("lc-nightly", AT)
    scheduler.update_schedule(**kept, State="ENABLED")


def test_an_object_wakes_the_function_whose_rule_has_its_prefix(cloud, outputs):
    seen(cloud, outputs)
    for key in ("manifests/one", "others/two"):
        cloud.client("s3").put_object(Bucket=outputs["Bucket"], Key=key, Body=b"")
    assert [event["detail"]["object"]["key"] for event in seen(cloud, outputs)] == ["manifests/one"]


def test_a_function_that_keeps_failing_is_retried_and_then_told_to_the_topic(cloud, outputs):
    cloud.settle()
    before, mails = cloud.function_calls()["lc-zip"].began, len(cloud.mails(outputs["Topic"]))
    cloud.client("lambda").invoke(FunctionName="lc-zip", InvocationType="Event", Payload=b'{"do": "raise"}')
    cloud.settle()
    assert cloud.function_calls()["lc-zip"].began - before == 3
    (mail,) = cloud.mails(outputs["Topic"])[mails:]
    assert mail.message.endswith('function:lc-zip:$LATEST failed: ValueError"')


# Tasks


def test_a_task_really_runs_and_its_stop_wakes_the_function(cloud, outputs, run):
    seen(cloud, outputs)
    task = cloud.fargate.await_status(run(drill="20261122T030000Z-1"), "STOPPED")
    (event,) = seen(cloud, outputs)
    assert event["detail-type"] == "ECS Task State Change"
    assert event["resources"] == [task["taskArn"]]
    detail = event["detail"]
    assert detail["startedBy"] == "20261122T030000Z-1"
    assert detail["stopCode"] == "EssentialContainerExited"
    assert detail["stoppedReason"] == "Essential container in task exited"
    assert detail["overrides"]["containerOverrides"][0]["environment"] == [
        {"name": "DO", "value": ""},
        {"name": "SECONDS", "value": ""},
    ]
    assert (detail["containers"][0]["name"], detail["containers"][0]["exitCode"]) == ("drill", 0)
    assert (detail["group"], detail["launchType"]) == ("family:lc-drill", "FARGATE")
    assert datetime.fromisoformat(detail["stoppedAt"]) == task["stoppedAt"]
    assert {"key": "scims:drill", "value": "20261122T030000Z-1"} in task["tags"]
    assert cloud.client("s3").head_object(Bucket=outputs["Bucket"], Key="report.json")


def test_a_task_logs_to_the_stream_that_its_driver_names(cloud, outputs, run):
    arn = run()
    cloud.fargate.await_status(arn, "STOPPED")
    events = cloud.client("logs").get_log_events(
        logGroupName=outputs["LogGroup"], logStreamName=f"drill/drill/{arn.rpartition('/')[2]}"
    )["events"]
    assert [event["message"] for event in events] == ["GREETING hello", "DRILL None"]


def test_a_task_that_fails_has_its_exit_code(cloud, run):
    task = cloud.fargate.await_status(run("fail"), "STOPPED")
    assert task["containers"][0]["exitCode"] == 1


def test_the_same_token_gives_the_same_task(cloud, run):
    first = run(drill="twice")
    assert run(drill="twice") == first
    cloud.fargate.await_status(first, "STOPPED")
    assert run(drill="twice") == first


def test_the_same_token_for_another_task_is_refused(run):
    run(drill="conflict")
    answer = run("fail", drill="conflict")
    assert "ConflictException" in answer["errorMessage"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"drill": "spaces are not allowed"}, "startedBy"),
        ({"token": "x" * 65}, "clientToken"),
        ({"family": "unknown"}, "Unable to describe task definition"),
    ],
)
def test_what_ecs_refuses_is_refused(run, changed, message):
    assert message in run(**changed)["errorMessage"]


def test_a_subnet_that_is_not_there_is_refused(cloud):
    network = {"subnets": ["subnet-0123456789"], "securityGroups": [cloud.network.security_group]}
    with pytest.raises(ClientError, match=r"InvalidParameterException.*subnet-0123456789"):
        cloud.client("ecs").run_task(
            cluster="lc-drills",
            taskDefinition="lc-drill",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
        )


def test_a_task_can_be_refused_for_want_of_capacity(cloud, run):
    cloud.fargate.next_task(refused=True)
    answer = run()
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")
    assert cloud.fargate.await_status(run(), "STOPPED")["containers"][0]["exitCode"] == 0


def test_run_task_can_raise(cloud, run):
    cloud.fargate.next_task(raises="ClientException")
    assert "ClientException" in run()["errorMessage"]


def test_a_task_can_be_killed_after_it_began(cloud, outputs, run, seconds):
    seen(cloud, outputs)
    cloud.fargate.next_task(killed="staying")
    cloud.fargate.await_status(run("stay", seconds), "STOPPED")
    (event,) = seen(cloud, outputs)
    assert event["detail"]["containers"][0]["exitCode"] == 137
    assert not running_command("sleep", seconds)


def test_a_task_can_run_out_of_memory(cloud, outputs, run):
    seen(cloud, outputs)
    cloud.fargate.next_task(out_of_memory=True)
    cloud.fargate.await_status(run("stay", "3600"), "STOPPED")
    (event,) = seen(cloud, outputs)
    (container,) = event["detail"]["containers"]
    assert (container["exitCode"], container["reason"]) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )


def test_a_task_can_end_well_without_doing_anything(cloud, outputs, run):
    cloud.client("s3").delete_object(Bucket=outputs["Bucket"], Key="report.json")
    cloud.fargate.next_task(silent=True)
    task = cloud.fargate.await_status(run(), "STOPPED")
    assert task["containers"][0]["exitCode"] == 0
    with pytest.raises(ClientError, match="404"):
        cloud.client("s3").head_object(Bucket=outputs["Bucket"], Key="report.json")


def test_a_task_can_fail_to_start(cloud, run):
    cloud.fargate.next_task(unstartable="CannotPullContainerError: no route")
    task = cloud.fargate.await_status(run(), "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == (
        "TaskFailedToStart",
        "CannotPullContainerError: no route",
    )
    assert "exitCode" not in task["containers"][0]


def test_a_stop_can_be_told_twice_and_late(cloud, outputs, run):
    seen(cloud, outputs)
    cloud.fargate.next_task(deliveries=2)
    twice = run()
    assert [event["detail"]["taskArn"] for event in seen(cloud, outputs)] == [twice] * 2
    cloud.fargate.next_task(held=True)
    late = run()
    assert seen(cloud, outputs) == []
    assert cloud.fargate.describe(late)["lastStatus"] == "STOPPED"
    assert cloud.fargate.deliver_held() == 1
    assert [event["detail"]["taskArn"] for event in seen(cloud, outputs)] == [late]


def test_a_stopped_task_may_end_by_itself(cloud, outputs, run, seconds):
    arn = run("stay", seconds)
    await_line(cloud, outputs, arn, "staying")
    cloud.client("ecs").stop_task(cluster="lc-drills", task=arn, reason="given up")
    task = cloud.fargate.await_status(arn, "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "given up")
    assert task["containers"][0]["exitCode"] == 143
    assert not running_command("sleep", seconds)


def test_a_stopped_task_that_does_not_end_is_killed(cloud, outputs, run):
    arn = run("insist")
    await_line(cloud, outputs, arn, "staying")
    assert cloud.fargate.running() == [arn]
    cloud.client("ecs").stop_task(cluster="lc-drills", task=arn)
    assert cloud.fargate.await_status(arn, "STOPPED")["containers"][0]["exitCode"] == 137


def await_line(cloud, outputs, arn, text):
    """Wait until a task has logged a line."""
    stream = f"drill/drill/{arn.rpartition('/')[2]}"
    while True:
        cloud.fargate.await_status(arn, "RUNNING")
        events = cloud.client("logs").get_log_events(logGroupName=outputs["LogGroup"], logStreamName=stream)
        if any(text in event["message"] for event in events["events"]):
            return


def running_command(*command):
    """The processes on this machine that run just this command."""
    wanted = "\0".join(command).encode() + b"\0"
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cmdline").read_bytes() == wanted:
                found.append(int(place.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found

"""A zip function that tells what it can see, stores what it got, and starts tasks."""

import importlib.util
import json
import os

import boto3


def handler(event, context):
    match event.get("do"):
        case "look":
            found = ("scims_backup", "psycopg", "boto3")
            return {name: importlib.util.find_spec(name) is not None for name in found}
        case "raise":
            raise ValueError("as asked")
        case "measure":
            print(json.dumps(EMBEDDED))
            return {}
        case "run":
            return _run(event)
    key = f"seen/{context.aws_request_id}.json"
    boto3.client("s3").put_object(Bucket=os.environ["BUCKET"], Key=key, Body=json.dumps(event))
    return {"stored": key}


def _run(event):
    network = {
        "subnets": os.environ["SUBNETS"].split(","),
        "securityGroups": [os.environ["SECURITY_GROUP"]],
        "assignPublicIp": "DISABLED",
    }
    environment = [{"name": name, "value": value} for name, value in event.get("environment", {}).items()]
    answer = boto3.client("ecs").run_task(
        cluster=os.environ["CLUSTER"],
        taskDefinition=event.get("family", os.environ["TASK_DEFINITION"]),
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        startedBy=event["drill"],
        clientToken=event.get("token", event["drill"]),
        overrides={"containerOverrides": [{"name": "drill", "environment": environment}]},
        tags=[{"key": "scims:drill", "value": event["drill"]}],
        enableECSManagedTags=True,
    )
    return {"tasks": [task["taskArn"] for task in answer["tasks"]], "failures": answer["failures"]}


EMBEDDED = {
    "_aws": {
        "Timestamp": 0,
        "CloudWatchMetrics": [
            {
                "Namespace": "LocalCloudTest",
                "Dimensions": [["service"]],
                "Metrics": [{"Name": "Rows", "Unit": "Count"}],
            }
        ],
    },
    "service": "test",
    "Rows": [41],
}

"""The local cloud on the command line: one command up, one down.

python -m localcloud up | down | env | logs [GROUP]
python -m localcloud deploy TEMPLATE STACK [NAME=VALUE...]
python -m localcloud sam-environment STACK
python -m localcloud fire NAME [--at TIME]
python -m localcloud difference TEMPLATE
"""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from localcloud import background
from localcloud.clients import Clients
from localcloud.errors import LocalCloudError
from localcloud.sam_local import environments
from localcloud.scheduler import Schedules
from localcloud.stacks import IMAGE, Stacks
from localcloud.templates import derived, difference, read_template


def main() -> int:
    """Do what was asked; return the exit code."""
    arguments = _parser().parse_args()
    act: Callable[[argparse.Namespace], None] = arguments.act
    try:
        act(arguments)
    except LocalCloudError as error:
        print(f"localcloud: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m localcloud", description="AWS on this machine.")
    commands = parser.add_subparsers(required=True)
    for act in (_up, _down, _env, _deploy, _difference, _sam_environment, _fire, _logs, _serve):
        name = act.__name__.strip("_").replace("_", "-")
        command = commands.add_parser(name, help=act.__doc__)
        command.set_defaults(act=act)
        if act in (_deploy, _difference):
            command.add_argument("template", type=Path)
        if act is _deploy:
            command.add_argument("stack")
            command.add_argument("parameters", nargs="*", metavar="NAME=VALUE")
        if act is _sam_environment:
            command.add_argument("stack")
        if act is _fire:
            command.add_argument("name")
            command.add_argument("--at", type=datetime.fromisoformat, metavar="TIME", help="with its offset")
        if act is _logs:
            command.add_argument("group", nargs="?", default="/", help="what a log group's name begins with")
    return parser


def _up(_: argparse.Namespace) -> None:
    """Start the cloud, and return when it is ready."""
    background.up()
    _env(_)


def _down(_: argparse.Namespace) -> None:
    """End the cloud, and return when nothing is left of it."""
    background.down()


def _env(_: argparse.Namespace) -> None:
    """Print what a shell needs to use the cloud, and what was made in it."""
    for name, value in background.state().variables.items():
        print(f"export {name}={value}")


def _deploy(arguments: argparse.Namespace) -> None:
    """Deploy a template, and print its outputs."""
    parameters = dict(pair.split("=", 1) for pair in arguments.parameters)
    outputs = Stacks(_clients()).deploy(arguments.template, arguments.stack, parameters)
    for name, value in outputs.items():
        print(f"{name}: {value}")


def _difference(arguments: argparse.Namespace) -> None:
    """Print in which lines the copy that is deployed here differs from a template."""
    template = read_template(arguments.template)
    copy = derived(template, IMAGE, lambda kind, folder: f"s3://localcloud-artefacts/{kind}/{folder}")
    print(difference(template, copy), end="")


def _sam_environment(arguments: argparse.Namespace) -> None:
    """Print what `sam local --env-vars` needs to run a deployed stack's functions here."""
    print(json.dumps(environments(_clients(), arguments.stack, background.state().variables), indent=2))


def _fire(arguments: argparse.Namespace) -> None:
    """Fire a schedule, as at a time."""
    Schedules(_clients()).fire(arguments.name, arguments.at)


def _logs(arguments: argparse.Namespace) -> None:
    """Print what functions and tasks logged."""
    logs = _clients().client("logs")
    groups = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=arguments.group)
    for group in (group["logGroupName"] for page in groups for group in page["logGroups"]):
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            for event in page["events"]:
                print(f"{group}: {event['message'].rstrip()}")


def _serve(_: argparse.Namespace) -> None:
    """Be the process in the background (for `up`)."""
    background.serve()


def _clients() -> Clients:
    variables = background.state().variables
    return Clients(variables["AWS_ENDPOINT_URL"], {"ecs": variables["AWS_ENDPOINT_URL_ECS"]})


sys.exit(main())

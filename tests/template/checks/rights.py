"""What each role may do, must be able to do, and must not; and the statements that nobody should write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.template.checks.contract import BUS, CLUSTER, copies, enrols, restores
from tests.template.checks.roles import COPIERS, DUMPERS, RESTORERS, known_roles
from tests.template.support.loading import REGION, Template
from tests.template.support.policies import listed, may, role_of, statements
from tests.template.support.stacks import ACCOUNT, KEY, NEEDED, STACK, WRITER, Resource, Stack, stacks

REASONS: Mapping[tuple[str, str], str] = {
    ("DumpRole", "BeInTheVpc"): "Lambda asks for interfaces without naming one",
    ("DumpRole", "DecryptSourceSecret"): "whichever key; the condition names the one secret",
    (
        "DrillOrchestrateRole",
        "FindDrills",
    ): "no resource to name on Fargate; the condition names the cluster",
    ("DumpTaskRole", "DecryptSourceSecret"): "as for the function",
    ("DumpTaskRole", "DecryptVaultPassword"): "as for the source's secret",
    ("DumpExecutionRole", "LogInToEcr"): "as for the drill's task",
    ("DumpExecutionRole", "FetchImage"): "as for the drill's task",
    ("DrillOrchestrateRole", "ChooseVersion"): "this action knows no resource",
    ("DrillOrchestrateRole", "FindPasswords"): "this action knows no resource",
    ("DrillExecutionRole", "LogInToEcr"): "this action knows no resource",
    ("DrillExecutionRole", "FetchImage"): "SAM chooses the repository when the stack is deployed",
    ("DumpRole", "DecryptVaultPassword"): "as for the source's secret",
    ("EnrolRole", "DecryptVaultPassword"): "as for the source's secret",
    ("EnrolRole", "DecryptVaultEscrow"): "as for the source's secret",
    ("PruneRole", "DecryptVaultPassword"): "as for the source's secret",
    ("DrillTaskRole", "DecryptVaultPassword"): "as for the source's secret",
    ("RestoreRole", "DecryptVaultPassword"): "as for the source's secret",
    ("RestoreTaskRole", "DecryptVaultPassword"): "as for the source's secret",
    ("RestoreRole", "BeInTheVpc"): "as for the dump",
    ("RestoreRole", "DecryptRestoreSecret"): "whichever key; the condition names the one secret",
    ("RestoreTaskRole", "DecryptRestoreSecret"): "as for the function",
    ("RestoreExecutionRole", "LogInToEcr"): "as for the drill's task",
    ("RestoreExecutionRole", "FetchImage"): "as for the drill's task",
    ("CopyRole", "FindCopies"): "as for the orchestrator's",
    ("CopyRole", "DecryptVaultPassword"): "as for the source's secret",
    ("CopyTaskRole", "DecryptVaultPassword"): "as for the source's secret",
    ("CopyRole", "DecryptCopySecret"): "whichever key; the condition names the one secret",
    ("CopyTaskRole", "DecryptCopySecret"): "as for the function",
    ("CopyExecutionRole", "LogInToEcr"): "as for the drill's task",
    ("CopyExecutionRole", "FetchImage"): "as for the drill's task",
}
"""Statements of roles whose resource is everything, or everything of a kind."""

_OF_A_KIND = ("*", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*")


_DENIED_TO_CODE = "NotByTheCodeItself"
"""The one denial: Lambda itself needs what a function's code must not do with the same role."""


def check_no_statement_is_wider_than_its_reason(source: Template) -> list[str]:
    """No action with a star; no resource that is everything, but for those with a reason above."""
    return [problem for stack in stacks(source) for problem in _wide(stack)]


def _wide(stack: Stack) -> Iterator[str]:
    for role in stack.of("AWS::IAM::Role"):
        for statement in statements(role):
            where = f"{stack.variant}: {role.id}.{statement.get('Sid')}"
            if statement.get("Sid") == _DENIED_TO_CODE:
                continue
            if statement["Effect"] != "Allow" or "NotAction" in statement or "NotResource" in statement:
                yield f"{where} says what is not, rather than what is"
                continue
            if any("*" in action for action in listed(statement["Action"])):
                yield f"{where} allows {statement['Action']}"
            everything = any(resource in _OF_A_KIND for resource in listed(statement["Resource"]))
            if everything and (role.id, statement.get("Sid")) not in REASONS:
                yield f"{where} is for {statement['Resource']}"


def check_only_the_orchestrator_passes_roles(source: Template) -> list[str]:
    """iam:PassRole for a task's two roles, to ECS alone; nothing else of IAM or STS, for nobody.

    But for the copiers, who become the one role elsewhere.
    """
    problems = []
    for stack in stacks(source):
        for role in stack.of("AWS::IAM::Role"):
            for statement in statements(role):
                about_roles = [one for one in listed(statement["Action"]) if one.startswith(("iam:", "sts:"))]
                if about_roles and not (_passes_the_tasks(role.id, statement) or _copies(role.id, statement)):
                    problems.append(f"{stack.variant}: {role.id} may {about_roles}")
    return problems


_PASSED = {"DrillOrchestrateRole": ("Drill", "Dump"), "CopyRole": ("Copy",), "RestoreRole": ("Restore",)}


def _copies(role: str, statement: Mapping[str, Any]) -> bool:
    becomes = (listed(statement["Action"]), statement["Resource"]) == (["sts:AssumeRole"], WRITER)
    return role in {"CopyRole", "CopyTaskRole"} and becomes


def _passes_the_tasks(role: str, statement: Mapping[str, Any]) -> bool:
    if role not in _PASSED:
        return False
    names = [f"{task}{kind}" for task in _PASSED[role] for kind in ("TaskRole", "ExecutionRole")]
    roles = {f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in names}
    to_ecs = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    return (
        listed(statement["Action"]) == ["iam:PassRole"]
        and set(listed(statement["Resource"])) == roles
        and statement.get("Condition") == to_ecs
    )


_AGENTS = {"DrillExecutionRole", "DumpExecutionRole", "RestoreExecutionRole", "CopyExecutionRole"}
"""Roles of ECS's own agent: that it tells from where it asks is documented for a task's role alone."""
_TRUSTED = {
    "SchedulerRole": "scheduler.amazonaws.com",
    "DrillTaskRole": "ecs-tasks.amazonaws.com",
    "DrillExecutionRole": "ecs-tasks.amazonaws.com",
    "DumpTaskRole": "ecs-tasks.amazonaws.com",
    "DumpExecutionRole": "ecs-tasks.amazonaws.com",
    "RestoreTaskRole": "ecs-tasks.amazonaws.com",
    "RestoreExecutionRole": "ecs-tasks.amazonaws.com",
    "CopyTaskRole": "ecs-tasks.amazonaws.com",
    "CopyExecutionRole": "ecs-tasks.amazonaws.com",
}


def check_roles_trust_their_service_alone(source: Template) -> list[str]:
    """Each role is for one service; those that others could borrow ask for this account.

    A condition that the service does not meet would let it do nothing at all.
    """
    problems = []
    for stack in stacks(source):
        for role in stack.of("AWS::IAM::Role"):
            trust = role.properties["AssumeRolePolicyDocument"]["Statement"]
            expected = {"Service": _TRUSTED.get(role.id, "lambda.amazonaws.com")}
            if len(trust) != 1 or trust[0]["Principal"] != expected or trust[0]["Action"] != "sts:AssumeRole":
                problems.append(f"{stack.variant}: {role.id} trusts {trust}")
            conditions = trust[0].get("Condition", {})
            if role.id in _AGENTS and conditions:
                problems.append(f"{stack.variant}: {role.id} asks what may not be told: {conditions}")
            account = conditions.get("StringEquals", {}).get("aws:SourceAccount")
            if role.id in set(_TRUSTED) - _AGENTS and account != ACCOUNT:
                problems.append(f"{stack.variant}: {role.id} can be borrowed from another account")
    return problems


def check_each_reads_its_own_secrets(source: Template) -> list[str]:
    """The source's for the dump alone, the vault's where it is used, the escrow where it is put in."""
    problems = []
    for stack in stacks(source):
        source_secret = NEEDED["SourceSecretArn"]
        password, escrow = (stack.outputs.get(name) for name in ("VaultPasswordArn", "VaultEscrowArn"))
        restorers = RESTORERS if restores(stack) else set()
        copiers = COPIERS if copies(stack) else set()
        enrollers = {"enrol"} if enrols(stack) else set()
        readers = {
            source_secret: DUMPERS,
            password: {*DUMPERS, "prune", "task", *restorers, *copiers, *enrollers},
            escrow: enrollers,
            stack.parameters["RestoreSecretArn"]: restorers,
            stack.parameters["CopyVaultSecretArn"]: copiers,
        }
        for secret, expected in readers.items():
            found = {
                who
                for who, role in known_roles(stack)
                if secret and may(role, "secretsmanager:GetSecretValue", secret)
            }
            if secret and found != expected:
                problems.append(f"{stack.variant}: {secret} is read by {sorted(found)}")
        others = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:other-AbCdEf"
        problems += [
            f"{stack.variant}: {who} reads any secret"
            for who, role in known_roles(stack)
            if may(role, "secretsmanager:GetSecretValue", others)
        ]
    return problems


def check_keys_are_used_by_who_needs_them(source: Template) -> list[str]:
    """The buckets' key by all; a secret's by its readers for that secret; the topic's by who mails."""
    problems = []
    for stack in stacks(source):
        for who, role in known_roles(stack):
            uses = all(may(role, action, KEY) for action in ("kms:GenerateDataKey", "kms:Decrypt"))
            if uses != bool(stack.parameters["EncryptionKeyArn"]):
                problems.append(f"{stack.variant}: {who} uses the buckets' key, or does not")
            if may(role, "kms:GenerateDataKey", f"{KEY.rpartition('/')[0]}/AlertKey") != (who == "alert"):
                problems.append(f"{stack.variant}: {who} encrypts mails, or does not")
            problems += [
                f"{stack.variant}: {who} decrypts {secret}, or does not"
                for secret, expected in _keys_of_secrets(stack, who)
                if _decrypts(role, secret) != expected
            ]
    return problems


def _keys_of_secrets(stack: Stack, who: str) -> Iterator[tuple[str, bool]]:
    """Yield each secret that may be under a key of its owner's, and whether a role is to use that key."""
    yield "", False
    yield NEEDED["SourceSecretArn"], who in DUMPERS
    yield stack.parameters["RestoreSecretArn"] or "none", who in RESTORERS
    theirs = stack.parameters["CopyVaultSecretArn"]
    yield theirs or "none", bool(theirs) and who in COPIERS
    if "VaultPasswordArn" in stack.outputs:
        yield (
            stack.outputs["VaultPasswordArn"],
            who in {*DUMPERS, "enrol", "prune", "task", *RESTORERS, *COPIERS},
        )
        yield stack.outputs["VaultEscrowArn"], who == "enrol"


def _decrypts(role: Resource, secret: str) -> bool:
    """Say whether a role may use any key for a secret; for nothing that AWS would tell of if it is empty."""
    told = {"kms:EncryptionContext:SecretARN": secret} if secret else {}
    return may(role, "kms:Decrypt", KEY[:-1] + "e", told)


def check_the_orchestrator_runs_its_own_tasks_alone(source: Template) -> list[str]:
    """RunTask of our family in our cluster, stop and describe there, tag only while running a task."""
    problems = []
    family = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{STACK}-drill:7"
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{STACK}-drills/0af0"
    stream = (
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/scims-backup/{STACK}/drill:log-stream:drill/drill/0af0"
    )
    ours, others = {"ecs:cluster": CLUSTER}, {"ecs:cluster": CLUSTER.replace("drills", "web")}
    tagging = {"ecs:CreateAction": "RunTask"}
    questions = [
        ("ecs:RunTask", family, ours, True),
        ("ecs:RunTask", family.replace("-drill:", "-dump:"), ours, True),
        ("ecs:RunTask", family, others, False),
        ("ecs:RunTask", family.replace("-drill:", "-dump:"), others, False),
        ("ecs:RunTask", family.replace("drill:", "other:"), ours, False),
        ("ecs:StopTask", task, ours, True),
        ("ecs:StopTask", task.replace("drills", "web"), others, False),
        ("ecs:DescribeTasks", task, ours, True),
        ("ecs:ListTasks", "*", ours, True),
        ("ecs:ListTasks", "*", others, False),
        ("ecs:TagResource", task, tagging, True),
        ("ecs:TagResource", task, {}, False),
        ("logs:GetLogEvents", stream, {}, True),
        ("logs:GetLogEvents", stream.replace("scims-backup/", "other/"), {}, False),
        ("ecs:RegisterTaskDefinition", "*", {}, False),
    ]
    for stack in stacks(source):
        for who, role in known_roles(stack):
            for action, resource, context, expected in questions:
                asked_of = who if action in _OF_ANY_TASK.get(who, ()) else "orchestrate"
                if may(role, action, resource, context) != (expected and who == asked_of):
                    problems.append(f"{stack.variant}: {who} may {action} {resource} {context}, or may not")
    return problems


_OF_ANY_TASK: Mapping[str, set[str]] = {
    "copy": {"ecs:ListTasks", "ecs:TagResource"},
    "restore": {"ecs:DescribeTasks", "ecs:TagResource"},
}
"""What others are allowed too: it is asked for tasks of a cluster, not for those of one family."""


def check_the_tasks_can_be_started(source: Template) -> list[str]:
    """The orchestrator hands over both roles; ECS fetches the image and writes the log, and no more."""
    problems: list[str] = []
    for stack in stacks(source):
        problems += _unstartable(stack, "DrillExecutionRole", "drill")
        problems += _unstartable(stack, "DumpExecutionRole", "dump")
        if restores(stack):
            problems += _unstartable(stack, "RestoreExecutionRole", "restore")
        if copies(stack):
            problems += _unstartable(stack, "CopyExecutionRole", "copy")
        problems += [
            f"{stack.variant}: the orchestrator cannot hand over {role}"
            for role in ("DrillTaskRole", "DrillExecutionRole", "DumpTaskRole", "DumpExecutionRole")
            if not may(
                stack.resources["DrillOrchestrateRole"],
                "iam:PassRole",
                f"arn:aws:iam::{ACCOUNT}:role/{role}",
                {"iam:PassedToService": "ecs-tasks.amazonaws.com"},
            )
        ]
    return problems


def _unstartable(stack: Stack, role: str, task: str) -> Iterator[str]:
    image = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/scims/dump"
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/scims-backup/{STACK}/{task}"
    stream = f"{group}:log-stream:{task}/{task}/0af0"
    needed = {
        "ecr:GetAuthorizationToken": "*",
        "ecr:BatchCheckLayerAvailability": image,
        "ecr:GetDownloadUrlForLayer": image,
        "ecr:BatchGetImage": image,
        "logs:CreateLogStream": stream,
        "logs:PutLogEvents": stream,
    }
    starter = stack.resources[role]
    for action, on in needed.items():
        if not may(starter, action, on):
            yield f"{stack.variant}: ECS may not {action} for {task}"
    for action in {one for each in statements(starter) for one in listed(each["Action"])} - set(needed):
        yield f"{stack.variant}: ECS may {action} for {task}"


def check_each_may_log_and_tell_its_failure(source: Template) -> list[str]:
    """Into its own log group; OnFailure goes to the bus with the function's own role."""
    return [problem for stack in stacks(source) for problem in _mute(stack)]


def _mute(stack: Stack) -> Iterator[str]:
    for function in stack.of("AWS::Lambda::Function"):
        role = role_of(stack, function.id)
        name = function.properties["FunctionName"]
        stream = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{name}:log-stream:x"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            if role is None or not may(role, action, stream) or may(role, action, stream.replace(name, "x")):
                yield f"{stack.variant}: {function.id} may not {action}, or everywhere"
        if role is not None and (found := _told_the_bus(role)) != _SOURCES.get(function.id, {"lambda"}):
            yield f"{stack.variant}: {function.id} may put events of {sorted(found)} on the bus"


_SOURCES: Mapping[str, set[str]] = {
    "AlertFunction": {"lambda", "scims.backup"},
    "TaskImageFunction": set(),
    "EnrolFunction": set(),
}
"""Whose name an event on the bus may bear: failures are Lambda's, which puts them with a function's role."""


def _told_the_bus(role: Resource) -> set[str]:
    """The sources that a role may name; an entry without one is refused by EventBridge."""
    known = ("lambda", "scims.backup", "aws.s3", "aws.ecs", "scims.other")
    return {one for one in known if may(role, "events:PutEvents", BUS, {"events:source": one})}


def check_the_alert_function_alone_mails(source: Template) -> list[str]:
    """It publishes, and looks who is subscribed."""
    return [
        f"{stack.variant}: {who} may {action}, or may not"
        for stack in stacks(source)
        for who, role in known_roles(stack)
        for action in ("sns:Publish", "sns:ListSubscriptionsByTopic")
        if may(role, action, stack.outputs.get("TopicArn", "")) != (who == "alert")
    ]


def check_whoever_needs_the_database_may_be_in_the_vpc(source: Template) -> list[str]:
    """It has the rights to an interface where it is in a VPC, and is in the subnets that were given."""
    problems = []
    for stack in stacks(source):
        subnets = stack.parameters["DatabaseSubnetIds"]
        inside = subnets != [""]
        expected = {"SubnetIds": subnets, "SecurityGroupIds": stack.parameters["DatabaseSecurityGroupIds"]}
        for who in ("Dump", "Restore") if restores(stack) else ("Dump",):
            role = stack.resources.get(f"{who}Role")
            if stack.properties(f"{who}Function").get("VpcConfig") != (expected if inside else None):
                problems.append(f"{stack.variant}: {who} is elsewhere")
            if role is None or may(role, "ec2:CreateNetworkInterface", "*") != inside:
                problems.append(f"{stack.variant}: {who} may not be where it is, or more")
            if role is not None and may(role, "ec2:DeleteNetworkInterface", "*", _asked_by(who)):
                problems.append(f"{stack.variant}: the code of {who} may do what only Lambda needs to")
    return problems


def _asked_by(who: str) -> dict[str, str]:
    """What AWS says of a request that a function's own code makes."""
    return {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-{who.lower()}"}


def check_the_task_image_function_sees_one_function(source: Template) -> list[str]:
    """It looks the dump function up, and nothing else."""
    problems = []
    for stack in stacks(source):
        role = role_of(stack, "TaskImageFunction")
        dump = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-dump:3"
        if role is None or not may(role, "lambda:GetFunction", dump):
            problems.append(f"{stack.variant}: the image cannot be looked up")
        elif may(role, "lambda:GetFunction", dump.replace("-dump", "-prune")):
            problems.append(f"{stack.variant}: more than the image can be looked up")
    return problems

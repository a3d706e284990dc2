"""The condition keys that are known here, and of what kind their values are.

From the Service Authorization Reference and the IAM User Guide, 'AWS global condition context keys'.
"""

from collections.abc import Mapping

from localcloud.iam.errors import PolicyError

_KINDS: Mapping[str, str] = {
    "arn": "aws:PrincipalArn aws:SourceArn ecs:cluster ecs:service ecs:task ecs:task-definition "
    "iam:PolicyARN iam:AssociatedResourceArn iam:PermissionsBoundary lambda:FunctionArn "
    "lambda:SourceFunctionArn s3:DataAccessPointArn "
    "s3:x-amz-server-side-encryption-aws-kms-key-id secretsmanager:SecretId",
    "arns": "events:TargetArn ecs:capacity-provider",
    "bool": "aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport aws:ViaAWSService "
    "kms:GrantIsForAWSResource s3:ObjectCreationOperation",
    "date": "aws:CurrentTime aws:TokenIssueTime s3:object-lock-retain-until-date",
    "ip": "aws:SourceIp aws:VpcSourceIp",
    "number": "aws:EpochTime aws:MultiFactorAuthAge ecs:task-cpu ecs:task-memory s3:max-keys "
    "s3:object-lock-remaining-retention-days s3:signatureAge s3:TlsVersion",
    "text": "aws:CalledViaFirst aws:CalledViaLast aws:PrincipalAccount aws:PrincipalOrgID "
    "aws:PrincipalServiceName aws:PrincipalType aws:Referer aws:RequestedRegion "
    "aws:ResourceAccount aws:ResourceOrgID aws:SourceAccount aws:SourceOrgID aws:SourceVpc "
    "aws:SourceVpce aws:UserAgent aws:userid aws:username ec2:InstanceType ec2:Vpc "
    "ecs:CreateAction ecs:container-name ecs:enable-execute-command events:eventBusInvocation "
    "iam:PassedToService kms:CallerAccount kms:EncryptionAlgorithm kms:RequestAlias "
    "kms:ViaService lambda:InvokedViaFunctionUrl s3:authType s3:delimiter s3:if-match "
    "s3:if-none-match s3:locationconstraint s3:object-lock-legal-hold s3:object-lock-mode "
    "s3:prefix s3:ResourceAccount s3:signatureversion s3:versionid s3:x-amz-acl "
    "s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-server-side-encryption "
    "s3:x-amz-storage-class secretsmanager:VersionId secretsmanager:VersionStage sns:Endpoint "
    "sns:Protocol sts:ExternalId sts:RoleSessionName",
    "texts": "aws:CalledVia aws:PrincipalOrgPaths aws:PrincipalServiceNamesList aws:TagKeys "
    "dynamodb:Attributes dynamodb:LeadingKeys events:detail-type events:source "
    "kms:EncryptionContextKeys",
}
_FAMILIES = (
    *("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/", "ec2:ResourceTag/", "ecs:ResourceTag/"),
    *("iam:ResourceTag/", "kms:EncryptionContext:", "s3:ExistingObjectTag/", "s3:RequestObjectTag/"),
)
"""Keys whose name goes on with a word of one's own; their values are texts."""

_KIND_OF = {name.lower(): kind for kind, names in _KINDS.items() for name in names.split()}


def kind_of(key: str) -> str:
    """Say of what kind a key's values are: arn, bool, date, ip, number, text; arns or texts for several.

    Raise PolicyError if the key is not known here.
    """
    name = key.lower()
    if any(name.startswith(family.lower()) and name != family.lower() for family in _FAMILIES):
        return "text"
    if name not in _KIND_OF:
        raise PolicyError(f"the condition key {key} is not known here: look it up, and add it to iam/keys.py")
    return _KIND_OF[name]


def is_sent_with(key: str, action: str) -> bool:
    """Say whether a key may be in the context of an action: global ones in all, others with their service."""
    service = key.partition(":")[0].lower()
    if key.lower() == "lambda:sourcefunctionarn":  # with all that a function's code asks by its role
        return True
    return service in ("aws", action.partition(":")[0].lower())

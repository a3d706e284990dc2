"""The operator's role for recovery, which is in no template: docs/security.md tells how to make it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.support.pages import ROOT
from tests.template.support.loading import REGION
from tests.template.support.stacks import ACCOUNT, RECOVERER

OPERATOR = RECOVERER.rpartition("/")[2]
_BLOCK = re.compile(r"```json policy=recovery\n(.*?)```", re.DOTALL)


def operators_policy(catalog_bucket: str, vault_bucket: str, password: str = "") -> Mapping[str, Any]:
    """Return the policy that the page tells to make, with a stack's names in it."""
    (text,) = _BLOCK.findall((ROOT / "docs" / "security.md").read_text())
    for name, value in {
        "CATALOG-BUCKET": catalog_bucket,
        "VAULT-BUCKET": vault_bucket,
        "REGION:ACCOUNT": f"{REGION}:{ACCOUNT}",
        "VAULT-PASSWORD-ARN": password or f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:password-AbCdEf",
    }.items():
        text = text.replace(name, value)
    policy: Mapping[str, Any] = json.loads(text)
    return policy

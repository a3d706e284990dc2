"""What `sam local --env-vars` needs: it resolves neither a resource nor a value with a dot as AWS does."""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template

from localcloud.clients import Clients
from localcloud.stacks import Stacks

OVERRIDES = Path(__file__).with_name("sam-local.json")
"""Variables by function. ${deployed} is what the deployed function has; other names are outputs."""
OF_ALL = "Parameters"
"""What the SAM CLI calls variables of every function."""


def environments(clients: Clients, stack: str, variables: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Fill the overrides with what a stack has here; what it does not have is left out.

    variables: of a shell that uses the cloud.
    """
    stacks = Stacks(clients)
    resources, known = stacks.resources(stack), {**variables, **stacks.outputs(stack)}
    filled = dict[str, dict[str, str]]()
    for function, values in json.loads(OVERRIDES.read_text()).items():
        if function == OF_ALL:
            filled[function] = {name: Template(text).substitute(known) for name, text in values.items()}
        elif function in resources:
            deployed = _deployed(clients, resources[function])
            filled[function] = {name: deployed[name] for name in values if name in deployed}
    return filled


def _deployed(clients: Clients, function: str) -> dict[str, str]:
    found = clients.client("lambda").get_function_configuration(FunctionName=function)
    return dict(found["Environment"]["Variables"])

"""Write, by function, the variables that `sam local` gives it; the SAM CLI's own Python runs this.

python sam_variables.py TEMPLATE PARAMETERS-AS-JSON
"""

import json
import sys

from samcli.commands.local.lib.local_lambda import LocalLambdaRunner  # type: ignore[import-not-found]
from samcli.lib.providers.sam_function_provider import SamFunctionProvider  # type: ignore[import-not-found]
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider  # type: ignore[import-not-found]

if __name__ == "__main__":
    stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1], parameter_overrides=json.loads(sys.argv[2]))
    provider = SamFunctionProvider(stacks)
    runner = LocalLambdaRunner(None, provider, "/", "/", aws_region="us-east-1")
    functions = provider.get_all()
    json.dump({one.name: runner._make_env_vars(one).resolve() for one in functions}, sys.stdout)

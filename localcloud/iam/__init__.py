"""IAM as AWS evaluates it: identity policies, resource policies, conditions, explicit denials.

    from localcloud.iam.evaluation import Request
    from localcloud.iam.policies import Policies
    from localcloud.iam.principals import service

    # resources: by logical id, each with .type and .properties, its values resolved
    policies = Policies.of_template(stack.resources, ACCOUNT, REGION)
    policies.allows(Request("s3:DeleteObject", "arn:aws:s3:::catalog/manifests/x"), role="PruneRole")
    policies.decide(Request("sns:Publish", topic), service("events.amazonaws.com")).why

`add_role` and `add_thing` add what stands in no template: an operator's role, a key made by hand. A
request says all that AWS sends with it: localcloud.iam.requests makes them from calls of the API. A
condition key that is not in a request is missing there, as on AWS: negated operators hold then, the
others do not. What IAM would refuse, and every operator or condition key that is not known here, is
a PolicyError: never a default.
"""

"""The AWS stack that template.yaml deploys, as CloudFormation and its services report it."""

"""The Lambda functions; each folder holds one handler."""

"""What runs inside LocalStack's process: the standard library, LocalStack and this package only."""

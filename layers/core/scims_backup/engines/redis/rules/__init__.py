"""What is true of Redis' data, without I/O."""

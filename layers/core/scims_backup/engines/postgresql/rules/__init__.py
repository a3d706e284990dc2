"""What is true of PostgreSQL's proofs: standard library only, no clock, no input or output."""

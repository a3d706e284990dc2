"""RDS: instances for one drill each, with a real PostgreSQL behind their endpoints."""

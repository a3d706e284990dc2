"""PostgreSQL's own programs, in the major version of the server that they work on."""

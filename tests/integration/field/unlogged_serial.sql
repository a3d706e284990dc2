-- pgadmin-org/pgadmin4#5678: an unlogged table with a sequence.
CREATE UNLOGGED TABLE t (id serial, v int GENERATED ALWAYS AS IDENTITY);
INSERT INTO t DEFAULT VALUES;
INSERT INTO t DEFAULT VALUES;

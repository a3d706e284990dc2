-- dimitri/pgcopydb#484: a query within a text names a table without its schema.
CREATE TABLE documents (body text);
INSERT INTO documents VALUES ('a word');
CREATE MATERIALIZED VIEW words AS SELECT word FROM ts_stat('SELECT to_tsvector(body) FROM documents');

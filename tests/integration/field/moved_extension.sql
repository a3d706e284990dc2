-- dimitri/pgcopydb#694: an extension that is not in its first schema.
CREATE SCHEMA field_first;
CREATE EXTENSION pg_trgm SCHEMA field_first;
CREATE TABLE t (v text);
CREATE INDEX by_part ON t USING gin (v field_first.gin_trgm_ops) WITH (fastupdate = off);
CREATE SCHEMA field_second;
ALTER EXTENSION pg_trgm SET SCHEMA field_second;
DROP SCHEMA field_first;
CREATE EXTENSION unaccent SCHEMA field_second;
CREATE TEXT SEARCH CONFIGURATION fr (COPY = french);
ALTER TEXT SEARCH CONFIGURATION fr
    ALTER MAPPING FOR hword, hword_part, word WITH field_second.unaccent, french_stem;
CREATE INDEX by_word ON t USING gin (to_tsvector('moved_extension.fr', v));
INSERT INTO t VALUES ('été');

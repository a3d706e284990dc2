-- supabase/cli#3921, postgis/h3-pg#168: a function that is written into the definition calls another by its bare name.
CREATE FUNCTION helper(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)';
CREATE FUNCTION slug(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT helper($1)';
CREATE TABLE t (name text, slug text GENERATED ALWAYS AS (slug(name)) STORED);
INSERT INTO t VALUES ('a');

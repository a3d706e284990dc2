-- reorg/pg_repack#168, CVE-2018-1058: what shadows the catalog's functions, operators and tables. This schema comes
-- first in the database's search_path.
DO $$ DECLARE one text; BEGIN
    FOREACH one IN ARRAY '{name,text,int4,int8,oid,bool,"\"char\""}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION equal(%1$s, %1$s) RETURNS bool LANGUAGE plpgsql AS
            ''BEGIN RAISE ''''hijacked''''; END''', one);
        EXECUTE format('CREATE OPERATOR shadowing.= (LEFTARG = %1$s, RIGHTARG = %1$s, FUNCTION = equal)', one);
    END LOOP;
    FOREACH one IN ARRAY '{lower,count,now,quote_ident,current_setting}'::text[] LOOP
        EXECUTE format('CREATE FUNCTION %s(text) RETURNS text LANGUAGE plpgsql AS ''BEGIN RAISE ''''hijacked''''; END''', one);
    END LOOP;
END $$;
CREATE FUNCTION set_config(text, text, bool) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''hijacked''; END';
CREATE FUNCTION hashtextextended(text, bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS 'SELECT 1::bigint';
CREATE TABLE pg_class (relname name, i int);
INSERT INTO shadowing.pg_class VALUES ('x', 1);
CREATE TABLE pg_settings (name text);
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE FUNCTION same(mood) RETURNS text LANGUAGE sql AS $$ SELECT 'same'::pg_catalog.text $$;
CREATE CAST (mood AS text) WITH FUNCTION same(mood) AS IMPLICIT;
CREATE TABLE "user" ("all" mood, "select" mood[]);
INSERT INTO "user" VALUES ('good', '{good,bad}');

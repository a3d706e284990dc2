-- About everything that a schema can hold, PostgreSQL 14 and later.
-- Roles: rich_owner, rich_app, "Rich Reader".
CREATE SCHEMA inventory AUTHORIZATION rich_owner;
CREATE SCHEMA "Odd ""Schema"" ü";
CREATE SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
CREATE EXTENSION file_fdw SCHEMA extensions;
GRANT USAGE ON SCHEMA inventory TO rich_app, "Rich Reader" WITH GRANT OPTION;
GRANT USAGE ON SCHEMA "Odd ""Schema"" ü" TO PUBLIC;
REVOKE EXECUTE ON FUNCTION extensions.gen_random_bytes(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION extensions.gen_random_bytes(integer) TO rich_app;
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_creat(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO rich_app;
COMMENT ON SCHEMA inventory IS 'what there is';
COMMENT ON EXTENSION citext IS 'of our own';
SET search_path = inventory, extensions, public;

-- types
CREATE TYPE mood AS ENUM ('new', 'used', 'it''s broken');
ALTER TYPE mood ADD VALUE 'old' AFTER 'new';
CREATE TYPE size AS (width integer, height numeric(10, 2), note varchar(20) COLLATE "C");
CREATE FUNCTION span(numeric, numeric) RETURNS double precision LANGUAGE sql IMMUTABLE
    AS 'SELECT ($1 - $2)::float8';
CREATE TYPE price_range AS RANGE (subtype = numeric, subtype_diff = span);
CREATE TYPE shell_only;
CREATE DOMAIN sku AS varchar(20) COLLATE "C" DEFAULT 'none' NOT NULL
    CONSTRAINT sku_known CHECK (VALUE IN ('none', 'a', 'b') OR VALUE LIKE 'x%');
CREATE DOMAIN "Odd Domain" AS integer CHECK (VALUE > 0);
ALTER DOMAIN "Odd Domain" ADD CONSTRAINT late CHECK (VALUE < 1000) NOT VALID;
COMMENT ON TYPE mood IS 'what it is like';
COMMENT ON DOMAIN sku IS 'stock keeping unit';
COMMENT ON CONSTRAINT sku_known ON DOMAIN sku IS 'known ones';
GRANT USAGE ON TYPE mood TO rich_app;
REVOKE USAGE ON TYPE size FROM PUBLIC;
COMMENT ON COLUMN size.width IS 'in millimetres';

-- functions
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.changed := now(); RETURN NEW; END$$;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE FUNCTION add(a integer, b integer DEFAULT 1, OUT total integer)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5 AS 'SELECT a + b';
CREATE FUNCTION defaulted(a varchar DEFAULT 'x', VARIADIC rest mood[] DEFAULT ARRAY['new']::mood[])
    RETURNS SETOF record LANGUAGE plpgsql SECURITY DEFINER ROWS 7
    SET search_path = inventory, pg_temp SET work_mem = '8MB' SET app.key = 'secret of a function'
    AS $$BEGIN RETURN; END$$;
CREATE PROCEDURE clean(INOUT n integer) LANGUAGE plpgsql AS $$BEGIN n := n + 1; END$$;
CREATE AGGREGATE total(integer)
    (SFUNC = int4pl, STYPE = integer, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = SAFE);
CREATE AGGREGATE percentile(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal,
    FINALFUNC = percentile_cont_float8_final);
CREATE FUNCTION is_upper(v varchar DEFAULT 'A') RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN v IN ('A', 'B');
CREATE FUNCTION "Odd Function"(mood, "Odd Domain", citext, flag boolean DEFAULT 'a'::varchar IN ('a', 'b'))
    RETURNS TABLE (a integer, "B" text) LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT 1, 'x'::varchar::text WHERE 'q'::varchar IN ('q', 'r'); END;
COMMENT ON FUNCTION add(integer, integer) IS 'adds';
COMMENT ON PROCEDURE clean(integer) IS 'cleans';
COMMENT ON AGGREGATE total(integer) IS 'totals';
ALTER FUNCTION add(integer, integer) OWNER TO rich_owner;
REVOKE EXECUTE ON FUNCTION add(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION add(integer, integer) TO rich_app WITH GRANT OPTION;

-- operators, casts, collations, conversions, text search
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq, COMMUTATOR = ===,
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR === (integer, integer) IS 'very equal';
CREATE OPERATOR FAMILY ints USING btree;
CREATE OPERATOR CLASS int_ops FOR TYPE integer USING btree FAMILY ints AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 btint4cmp(integer, integer);
COMMENT ON OPERATOR CLASS int_ops USING btree IS 'plain';
CREATE FUNCTION mood_number(mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (mood AS integer) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
COMMENT ON CAST (mood AS integer) IS 'a number';
CREATE COLLATION german (provider = libc, locale = 'C.UTF-8');
CREATE COLLATION plain FROM "C";
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY short (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION words (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR asciiword WITH short, english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION words IS 'words';
CREATE TEXT SEARCH TEMPLATE plain (LEXIZE = dsimple_lexize, INIT = dsimple_init);
CREATE TEXT SEARCH PARSER own (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
    LEXTYPES = prsd_lextype);
CREATE ACCESS METHOD heap_again TYPE TABLE HANDLER heap_tableam_handler;
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));

-- tables
CREATE TABLE organizations (
    id integer GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5) PRIMARY KEY,
    name varchar(50) NOT NULL,
    kind varchar(10) DEFAULT 'a' CONSTRAINT organizations_kind CHECK (kind IN ('a', 'b', 'c')),
    parent integer CONSTRAINT organizations_parent REFERENCES organizations ON DELETE SET NULL,
    CONSTRAINT organizations_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED
);
CREATE TABLE items (
    id bigserial,
    "Menge in kg" numeric(12, 3) DEFAULT 0.5,
    gone text,
    sku sku,
    mood mood NOT NULL DEFAULT 'new',
    label varchar(30) COLLATE "C" DEFAULT 'a'::varchar,
    mail citext,
    tags text[] DEFAULT '{}',
    data jsonb,
    big text,
    period tstzrange,
    organization integer NOT NULL,
    changed timestamptz DEFAULT CURRENT_TIMESTAMP,
    doubled numeric GENERATED ALWAYS AS ("Menge in kg" * 2) STORED,
    flagged boolean GENERATED ALWAYS AS (label IN ('a', 'b')) STORED,
    known boolean DEFAULT ('x'::varchar IN ('x', 'y')),
    CONSTRAINT items_pkey PRIMARY KEY (id) INCLUDE (organization) WITH (fillfactor = 80),
    CONSTRAINT items_period EXCLUDE USING gist (organization WITH =, period WITH &&)
        WHERE (label IN ('a', 'b')),
    CONSTRAINT items_organization FOREIGN KEY (organization) REFERENCES organizations
        ON DELETE CASCADE DEFERRABLE
) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE items DROP COLUMN gone;
ALTER TABLE items ADD late integer DEFAULT 3;
ALTER TABLE items ADD CONSTRAINT items_late CHECK (late > 0) NOT VALID;
ALTER TABLE items ADD CONSTRAINT items_own CHECK (late < 10) NO INHERIT;
ALTER TABLE items ALTER big SET STORAGE EXTERNAL;
ALTER TABLE items ALTER data SET COMPRESSION pglz;
ALTER TABLE items ALTER mood SET STATISTICS 500;
ALTER TABLE items ALTER organization SET (n_distinct = 7);
ALTER TABLE items OWNER TO rich_owner;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON items TO rich_app;
REVOKE UPDATE ON items FROM rich_app;
GRANT SELECT (id, label), UPDATE (label) ON items TO "Rich Reader";
GRANT SELECT ON organizations TO PUBLIC;
REVOKE ALL ON organizations FROM PUBLIC;
GRANT DELETE ON organizations TO rich_app WITH GRANT OPTION;
SET ROLE rich_app;
GRANT DELETE ON inventory.organizations TO "Rich Reader";
RESET ROLE;
COMMENT ON TABLE items IS E'what there is\nin two lines';
COMMENT ON COLUMN items."Menge in kg" IS 'how much';
COMMENT ON CONSTRAINT items_late ON items IS 'late';
COMMENT ON INDEX items_pkey IS 'the key''s index';

CREATE INDEX items_label ON items (lower(label) text_pattern_ops DESC NULLS LAST, mood) INCLUDE (late)
    WITH (fillfactor = 60) WHERE label IN ('a', 'b');
CREATE INDEX items_tags ON items USING gin (tags);
CREATE INDEX items_organization_idx ON items (organization);
CREATE UNIQUE INDEX "Items Odd" ON items (("Menge in kg" + 1), mail COLLATE "C");
CREATE INDEX items_hash ON items USING hash (label);
COMMENT ON INDEX items_tags IS 'tags';
ALTER INDEX items_label ALTER COLUMN 1 SET STATISTICS 77;
ALTER TABLE items CLUSTER ON items_organization_idx;
CREATE STATISTICS items_stats (dependencies, ndistinct) ON mood, label FROM items;
ALTER STATISTICS items_stats SET STATISTICS 99;
CREATE STATISTICS items_expressions ON (label IN ('a', 'b')), mood FROM items;
COMMENT ON STATISTICS items_stats IS 'stats';
CREATE UNLOGGED TABLE scratch (id serial, v text);
CREATE UNIQUE INDEX scratch_id ON scratch (id);
ALTER TABLE scratch ALTER id SET NOT NULL;
ALTER TABLE scratch REPLICA IDENTITY USING INDEX scratch_id;
ALTER TABLE organizations REPLICA IDENTITY FULL;
CREATE TABLE "Odd Table ""x"" ü" ("Col ""1""" integer PRIMARY KEY, "Ünï" text DEFAULT 'ü', "select" integer);
CREATE TABLE "Odd ""Schema"" ü"."Odd.Table" (a integer REFERENCES "Odd Table ""x"" ü", "b.c" text);
CREATE TABLE of_type OF size (width WITH OPTIONS NOT NULL);
CREATE TABLE again (a integer) USING heap_again;
CREATE TABLE nothing_in_it ();
CREATE SEQUENCE numbers AS smallint INCREMENT -3 MINVALUE -300 MAXVALUE 30 START 30 CACHE 4 CYCLE;
GRANT USAGE ON SEQUENCE numbers TO rich_app;
COMMENT ON SEQUENCE numbers IS 'counts down';

-- inheritance and partitions
CREATE TABLE parent (a integer NOT NULL, b varchar DEFAULT 'b' CHECK (b IN ('b', 'c')), c integer);
CREATE TABLE child (z integer, y text) INHERITS (parent);
CREATE TABLE late_child (c integer, extra text,
    b varchar DEFAULT 'other' CONSTRAINT parent_b_check CHECK (b IN ('b', 'c')), a integer NOT NULL);
ALTER TABLE late_child INHERIT parent;
ALTER TABLE parent ADD added text DEFAULT 'added';
CREATE TABLE by_range (id integer NOT NULL, at date NOT NULL, v varchar DEFAULT 'p',
    k integer REFERENCES organizations, PRIMARY KEY (id, at), CHECK (v IN ('p', 'q'))) PARTITION BY RANGE (at);
CREATE TABLE by_range_1 PARTITION OF by_range FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE by_range_2 (v varchar DEFAULT 'own', gone integer, k integer, at date NOT NULL, id integer NOT NULL,
    CONSTRAINT by_range_v_check CHECK (v IN ('p', 'q')));
ALTER TABLE by_range_2 DROP COLUMN gone;
ALTER TABLE by_range ATTACH PARTITION by_range_2 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE by_range_default PARTITION OF by_range DEFAULT PARTITION BY LIST (id);
CREATE TABLE by_range_default_p PARTITION OF by_range_default FOR VALUES IN (1, 2);
CREATE INDEX by_range_v ON by_range (v);
CREATE INDEX by_range_only ON ONLY by_range (k);
CREATE TABLE by_hash (m mood NOT NULL, v text) PARTITION BY HASH (m);
CREATE TABLE by_hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE by_expression (v varchar) PARTITION BY LIST ((v IN ('a', 'b')));
CREATE TABLE by_expression_true PARTITION OF by_expression FOR VALUES IN (true);
CREATE TABLE points_at_partitions (id integer, at date, FOREIGN KEY (id, at) REFERENCES by_range);

-- triggers, rules, policies
CREATE TRIGGER items_touch BEFORE UPDATE OF label, mood ON items FOR EACH ROW
    WHEN (NEW.label IN ('a', 'b') AND OLD.mail IS DISTINCT FROM NEW.mail) EXECUTE FUNCTION touch();
CREATE TRIGGER items_off AFTER INSERT ON items FOR EACH STATEMENT EXECUTE FUNCTION nothing('an argument');
ALTER TABLE items DISABLE TRIGGER items_off;
CREATE TRIGGER items_always AFTER DELETE ON items REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION nothing();
ALTER TABLE items ENABLE ALWAYS TRIGGER items_always;
CREATE CONSTRAINT TRIGGER items_later AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TRIGGER by_range_trigger AFTER INSERT ON by_range FOR EACH ROW EXECUTE FUNCTION nothing();
ALTER TABLE by_range_1 DISABLE TRIGGER by_range_trigger;
COMMENT ON TRIGGER items_touch ON items IS 'touches';
CREATE RULE scratch_log AS ON UPDATE TO scratch WHERE NEW.v::varchar IN ('x', 'y') DO ALSO
    INSERT INTO again VALUES (1);
COMMENT ON RULE scratch_log ON scratch IS 'logs';
CREATE RULE scratch_off AS ON DELETE TO scratch DO INSTEAD NOTHING;
ALTER TABLE scratch DISABLE RULE scratch_off;
CREATE POLICY items_mine ON items AS RESTRICTIVE FOR SELECT TO rich_app, "Rich Reader"
    USING (label IN ('a', 'b') AND organization IN
        (SELECT o.id FROM organizations o WHERE o.kind IN ('a', 'b') AND items.id > 0));
CREATE POLICY items_all ON items USING (true) WITH CHECK (label IN ('a', 'b'));
COMMENT ON POLICY items_all ON items IS 'all';

-- views
CREATE VIEW items_view WITH (security_barrier = true) AS
    SELECT id, label AS "Label", mood FROM items WHERE label IN ('a', 'b') WITH LOCAL CHECK OPTION;
CREATE VIEW joined AS
    SELECT i.*, o.name, count(*) OVER () AS total FROM items i JOIN organizations o ON o.id = i.organization
     WHERE o.kind IN ('a', 'b');
ALTER VIEW joined ALTER COLUMN label SET DEFAULT 'from the view';
CREATE RECURSIVE VIEW counted (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 5;
CREATE VIEW instead AS SELECT 1 AS a;
CREATE RULE instead_insert AS ON INSERT TO instead DO INSTEAD NOTHING;
CREATE TRIGGER instead_update INSTEAD OF UPDATE ON instead FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE MATERIALIZED VIEW summary AS SELECT label, count(*) AS n FROM items WHERE label IN ('a', 'b') GROUP BY 1;
CREATE UNIQUE INDEX summary_label ON summary (label) WHERE label IN ('a', 'b');
CREATE MATERIALIZED VIEW empty_summary AS SELECT 1 AS a WITH NO DATA;
COMMENT ON VIEW items_view IS 'a view';
COMMENT ON COLUMN items_view."Label" IS 'a column of a view';
COMMENT ON MATERIALIZED VIEW summary IS 'a summary';
GRANT SELECT ("Label") ON items_view TO rich_app;
GRANT SELECT ON summary TO rich_app;
ALTER VIEW joined OWNER TO rich_owner;

-- foreign data, replication, event triggers, large objects
CREATE FOREIGN DATA WRAPPER bare OPTIONS (debug 'true');
CREATE SERVER elsewhere TYPE 'kind' VERSION '1' FOREIGN DATA WRAPPER bare
    OPTIONS (host 'db.example.invalid', dbname 'x');
ALTER FOREIGN DATA WRAPPER bare OPTIONS (ADD secret_key 'secret of a server');
ALTER FOREIGN DATA WRAPPER bare OPTIONS (ADD odbc_pwd 'secret of a driver');
ALTER FOREIGN DATA WRAPPER bare OPTIONS (ADD jdbc 'jdbc:x://h/d?password=secret of a parameter');
ALTER FOREIGN DATA WRAPPER bare OPTIONS (ADD address 'http://u:secret of an address@h/');
GRANT USAGE ON FOREIGN SERVER elsewhere TO rich_app;
CREATE USER MAPPING FOR rich_app SERVER elsewhere OPTIONS (user 'u', password 'secret of a mapping');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (user 'v');
CREATE FOREIGN TABLE far_items (id integer OPTIONS (column_name 'identity') NOT NULL,
    v varchar DEFAULT 'a' CHECK (v IN ('a', 'b'))) SERVER elsewhere OPTIONS (table_name 'items');
COMMENT ON FOREIGN TABLE far_items IS 'far';
COMMENT ON SERVER elsewhere IS 'elsewhere';
COMMENT ON FOREIGN DATA WRAPPER bare IS 'bare';
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, update');
CREATE PUBLICATION part FOR TABLE organizations, ONLY by_range WITH (publish_via_partition_root = true);
COMMENT ON PUBLICATION part IS 'part';
CREATE SUBSCRIPTION rich_subscription CONNECTION 'host=db.example.invalid password=secretofasubscription'
    PUBLICATION far WITH (connect = false, slot_name = 'a_slot');
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE EVENT TRIGGER watching ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION watch();
ALTER EVENT TRIGGER watching ENABLE REPLICA;
COMMENT ON EVENT TRIGGER watching IS 'watches';
SELECT lo_from_bytea(4711, '\x0102');
SELECT lo_from_bytea(4712, '\x0304');
ALTER LARGE OBJECT 4711 OWNER TO rich_app;
GRANT SELECT ON LARGE OBJECT 4712 TO rich_app;
COMMENT ON LARGE OBJECT 4712 IS 'large';

-- default privileges, rows
ALTER DEFAULT PRIVILEGES FOR ROLE rich_owner IN SCHEMA inventory GRANT SELECT ON TABLES TO rich_app;
ALTER DEFAULT PRIVILEGES FOR ROLE rich_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE rich_owner GRANT USAGE ON TYPES TO "Rich Reader";
INSERT INTO organizations (name) SELECT 'o' || n FROM generate_series(1, 5) AS n;
INSERT INTO by_hash SELECT 'used', 'x' FROM generate_series(1, 9);
CREATE TABLE twice (a integer);
INSERT INTO twice VALUES (1), (1);

-- what is printed otherwise after a restore, under names that want quoting
CREATE TABLE "Odd ""Schema"" ü"."ON x USING" (
    "to" varchar DEFAULT 'a' CONSTRAINT "CHECK" CHECK ("to" IN ('a', 'b')),
    "From" varchar(3) DEFAULT (CASE WHEN 'x'::varchar IN ('x', 'y') THEN 'x' END),
    "Generated" varchar GENERATED ALWAYS AS (CASE WHEN "to" IN ('a', 'b') THEN 'yes' END) STORED,
    n integer
);
ALTER TABLE "Odd ""Schema"" ü"."ON x USING" ADD CONSTRAINT late CHECK ("From" IN ('c', 'd')) NOT VALID;
ALTER TABLE "Odd ""Schema"" ü"."ON x USING" ADD CONSTRAINT own CHECK ("From" IN ('e', 'f')) NO INHERIT;
CREATE UNIQUE INDEX "ON x USING i" ON "Odd ""Schema"" ü"."ON x USING" (("to" IN ('a', 'b')), lower("to"))
    WHERE "to" IN ('a', 'b');
CREATE TRIGGER "ON x" BEFORE INSERT OR UPDATE OF "to" ON "Odd ""Schema"" ü"."ON x USING" FOR EACH ROW
    WHEN (NEW."to" IN ('a', 'b')) EXECUTE FUNCTION nothing('ON', 'it''s');
CREATE CONSTRAINT TRIGGER "later ON" AFTER UPDATE ON "Odd ""Schema"" ü"."ON x USING" DEFERRABLE FOR EACH ROW
    WHEN (OLD."to" IN ('a', 'b')) EXECUTE FUNCTION nothing();
CREATE RULE "TO it" AS ON INSERT TO "Odd ""Schema"" ü"."ON x USING" WHERE NEW."to" IN ('y', 'z') DO ALSO
    UPDATE "Odd ""Schema"" ü"."ON x USING" SET n = 1 WHERE "to" IN ('y', 'z');
CREATE STATISTICS "Odd ""Schema"" ü"."Stat FROM" (mcv) ON ("to" IN ('a', 'b')), "From"
    FROM "Odd ""Schema"" ü"."ON x USING";
CREATE POLICY "USING it" ON "Odd ""Schema"" ü"."ON x USING" FOR UPDATE
    USING ("to" IN ('a', 'b') AND EXISTS (SELECT FROM "Odd ""Schema"" ü"."ON x USING" AS o WHERE o."to" IN ('a', 'b')))
    WITH CHECK ("to" IN ('b', 'c'));
CREATE VIEW "Odd ""Schema"" ü"."A View" AS SELECT * FROM "Odd ""Schema"" ü"."ON x USING" WHERE "to" IN ('a', 'b');
ALTER VIEW "Odd ""Schema"" ü"."A View" ALTER "to" SET DEFAULT (CASE WHEN 'x'::varchar IN ('x', 'y') THEN 'v' END);
CREATE RULE "TO view" AS ON UPDATE TO "Odd ""Schema"" ü"."A View" WHERE OLD."to" IN ('a', 'b') DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW "Odd ""Schema"" ü"."Kept" AS
    WITH kept AS (SELECT "to" FROM "Odd ""Schema"" ü"."A View") SELECT * FROM kept WHERE "to" IN ('a', 'b');
CREATE DOMAIN "Odd ""Schema"" ü"."Domain" AS varchar
    DEFAULT (CASE WHEN 'x'::varchar IN ('x', 'y') THEN 'd' END) CHECK (VALUE IN ('d', 'e'));
ALTER DOMAIN "Odd ""Schema"" ü"."Domain" ADD CONSTRAINT "late NOT VALID" CHECK (VALUE IN ('d', 'f')) NOT VALID;
CREATE PROCEDURE "Odd ""Schema"" ü"."Proc("(a varchar, flag boolean DEFAULT 'a'::varchar IN ('a', 'b'))
    LANGUAGE sql BEGIN ATOMIC UPDATE items SET late = 1 WHERE label IN ('a', 'b'); SELECT 1 WHERE a IN ('a', 'b');
        SELECT 1 FROM items WHERE label IN ('a', 'b') AND label = a; END;
CREATE INDEX by_range_partial ON by_range (k) WHERE v IN ('p', 'q');
CREATE INDEX by_range_partial_only ON ONLY by_range (at) WHERE v IN ('p', 'q');
ALTER TABLE late_child ALTER b SET DEFAULT (CASE WHEN 'x'::varchar IN ('x', 'y') THEN 'l' END);

-- Rows of every kind that a proof must tell apart, and that a restore brings back as they were.
CREATE EXTENSION citext SCHEMA public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN price AS numeric CHECK (VALUE > 0);
CREATE DOMAIN moods AS mood[];
CREATE DOMAIN cheap AS price;
CREATE TABLE by_range (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE range_1 PARTITION OF by_range FOR VALUES FROM (0) TO (50);
CREATE TABLE range_2 PARTITION OF by_range DEFAULT;
CREATE TABLE by_list (id int, mood mood) PARTITION BY LIST (mood);
CREATE TABLE list_sad PARTITION OF by_list FOR VALUES IN ('sad') PARTITION BY HASH (id);
CREATE TABLE list_sad_0 PARTITION OF list_sad FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE list_sad_1 PARTITION OF list_sad FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE list_other PARTITION OF by_list DEFAULT;
CREATE TABLE by_hash (id int, mood mood) PARTITION BY HASH (mood);
CREATE TABLE hash_0 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0) PARTITION BY RANGE (id);
CREATE TABLE hash_0_low PARTITION OF hash_0 FOR VALUES FROM (0) TO (50);
CREATE TABLE hash_0_high PARTITION OF hash_0 DEFAULT;
CREATE TABLE hash_1 PARTITION OF by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE unsplit (id int) PARTITION BY HASH (id);
CREATE TABLE unsplit_list (id int) PARTITION BY LIST (id);
INSERT INTO by_range SELECT n, 'n' || n FROM generate_series(1, 99) AS n;
INSERT INTO by_list SELECT n, (enum_range(NULL::mood))[1 + n % 3] FROM generate_series(1, 99) AS n;
INSERT INTO by_hash SELECT * FROM by_list;
CREATE TABLE files (id oid);
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat('ab', n), 'hex')) FROM generate_series(0, 20) AS n;
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat(md5('x'), 65536 * 3), 'hex'));
INSERT INTO files SELECT lo_from_bytea(0, decode(repeat('cd', 1048576), 'hex'));
INSERT INTO files SELECT lo_create(0);
DO $$ DECLARE made oid := lo_create(4711); BEGIN
    PERFORM lo_put(made, 5000000, 'far');
    PERFORM lo_put(made, 100, 'near');
END $$;
CREATE TABLE parent (a int, b numeric);
CREATE TABLE child (c text, b numeric, a int);
ALTER TABLE child INHERIT parent;
INSERT INTO parent VALUES (1, 1.10); INSERT INTO child VALUES ('x', 2.20, 2);
CREATE TABLE kinds (
    id int GENERATED ALWAYS AS IDENTITY, gone int, n numeric, f float8, c citext, jb jsonb, j json, i interval,
    ch char(5), bp bpchar, arr int[], comp pair, m mood, ms mood[], d cheap, x xml, p point, mo money, b bit(3),
    ts tsvector, r regclass, rt regtype, rng numrange, t timestamptz, by bytea, g int GENERATED ALWAYS AS (7) STORED
);
ALTER TABLE kinds DROP COLUMN gone;
INSERT INTO kinds (n, f, c, jb, j, i, ch, bp, arr, comp, m, ms, d, x, p, mo, b, ts, r, rt, rng, t, by) VALUES
    ('NaN', 'NaN', 'Abc', '{"a": 1.0}', '{"a":  1}', '1 mon 30 days', 'a', 'a  ', '[0:1]={1,2}', ROW(NULL, NULL),
     'happy', '{ok,sad}', 1.10, '<a>1</a>', '(0.1,1e-300)', 1.5, '101', 'a:1A b:2', 'child', 'mood', '[1.0,2)',
     'infinity', '\x00ff'),
    ('Infinity', '-0', '', 'null', 'null', '-1 day', '', '', '{}', NULL, NULL, '{NULL}', NULL, '', NULL, NULL, NULL,
     '', NULL, NULL, 'empty', '-infinity', ''),
    (1.00, 0.1, 'ß', '1e400', '[]', '0', 'ä', NULL, NULL, ROW(1, 'x,"y'), 'sad', NULL, 1, '<a/>', NULL, -1, NULL, NULL,
     'kinds', 'kinds', NULL, '0044-03-15 00:00 BC', NULL),
    (1e-20, 1e-320, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL, NULL);
CREATE UNLOGGED TABLE unlogged AS SELECT n, md5(n::text) FROM generate_series(1, 10) AS n;
CREATE TABLE empty (a int);
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
CREATE TABLE "Mixed ""Case"" größe" ("Spalte 1" text);
INSERT INTO "Mixed ""Case"" größe" VALUES ('x');

-- xataio/pgstream#451: '-infinity' did not survive a copy. Its like, of other types.
CREATE TYPE pair AS (a int, b text);
CREATE TABLE t (
    ts timestamp, tz timestamptz, d date, n numeric, f4 float4, f8 float8, iv interval, a int[], r int4range,
    m int4multirange, j json, p pair, tt timetz, sn pg_snapshot, bits bit varying, c char(5)
);
INSERT INTO t VALUES
    ('4713-01-01 BC', '294276-12-31 23:59:59.999999+00', '5874897-12-31', 'NaN', '1e-45', '5e-324',
     '178000000 years', '[-3:-2]={1,NULL}', 'empty', '{[1,3),[5,9)}', '{"a":"\u0000", "a":1}', '(,)',
     '24:00:00+15:59', '10:20:10,14,15', '', ''),
    ('-infinity', 'infinity', '-infinity', '-Infinity', '-0', '-0', '-178000000 years -2147483648 days',
     '[0:1][2:3]={{1,2},{3,4}}', '(,)', '{}', 'null', NULL, '00:00:00-15:59', NULL, '101', 'a');
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE large (b bytea);
INSERT INTO large SELECT decode(repeat('00ff', 1000000), 'hex');
DO $$ BEGIN
    EXECUTE (SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s smallint', g), ', '))
               FROM generate_series(1, 1600) AS g);
END $$;
INSERT INTO wide (c1, c1600) VALUES (1, 2);

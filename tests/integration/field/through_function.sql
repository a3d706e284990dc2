-- xataio/pgstream#908: materialized views that read another one must be filled after it. Here they read it through a
-- function, so that no dump knows the order.
CREATE TABLE t (i int);
INSERT INTO t VALUES (1);
CREATE MATERIALIZED VIEW z AS SELECT i FROM t;
CREATE FUNCTION of_z() RETURNS SETOF int LANGUAGE plpgsql AS
    'BEGIN RETURN QUERY SELECT v.i FROM through_function.z AS v; END';
CREATE MATERIALIZED VIEW m AS SELECT of_z() AS i;
CREATE FUNCTION of_m() RETURNS SETOF int LANGUAGE plpgsql AS
    'BEGIN RETURN QUERY SELECT v.i FROM through_function.m AS v; END';
CREATE MATERIALIZED VIEW a AS SELECT of_m() AS i;

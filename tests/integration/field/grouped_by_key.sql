-- PostgreSQL's bug #6699, xataio/pgstream#757: a view that is grouped by a primary key needs that key first.
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE VIEW v AS SELECT id, v FROM t GROUP BY id;
CREATE MATERIALIZED VIEW over_v AS SELECT * FROM v;
CREATE MATERIALIZED VIEW a_over_v AS SELECT * FROM over_v;
CREATE UNIQUE INDEX ON a_over_v (id);
CREATE FUNCTION grouped() RETURNS bigint LANGUAGE sql
    BEGIN ATOMIC SELECT count(*) FROM (SELECT id, v FROM t GROUP BY id) AS s; END;
CREATE FUNCTION of_row(t) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.id > 0';
ALTER TABLE t ADD CHECK (of_row(t));
INSERT INTO t VALUES (1, 'x'), (2, 'y');

-- georchestra/cadastrapp#330: a materialized view that asks another server by dblink, which a restore must not.
CREATE EXTENSION dblink;
CREATE VIEW asks AS SELECT i FROM dblink('host={HERE} user=postgres dbname=postgres', 'SELECT 1') AS x (i int);
CREATE MATERIALIZED VIEW far AS SELECT i FROM asks;

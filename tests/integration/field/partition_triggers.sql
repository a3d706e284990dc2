-- yugabyte/yugabyte-db#10388, after pgsql-hackers 20200930223450.GA14848@telsasoft.com: what a partition switched
-- of an inherited trigger was lost by dumps. Here the partitions' names come before their parents'.
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE z (i int, t text) PARTITION BY RANGE (i);
CREATE TABLE m PARTITION OF z FOR VALUES FROM (0) TO (10) PARTITION BY LIST (t);
CREATE TABLE a PARTITION OF m FOR VALUES IN ('a');
CREATE TABLE b (t text, gone int, i int);
ALTER TABLE b DROP COLUMN gone;
ALTER TABLE z ATTACH PARTITION b DEFAULT;
CREATE TRIGGER inherited AFTER INSERT ON z FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER own AFTER INSERT ON m FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE a ENABLE REPLICA TRIGGER inherited;
ALTER TABLE a ENABLE ALWAYS TRIGGER own;
ALTER TABLE b DISABLE TRIGGER inherited;
COMMENT ON TRIGGER inherited ON b IS 'off';
INSERT INTO z VALUES (1, 'a'), (99, 'z');

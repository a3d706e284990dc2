-- yugabyte/yugabyte-db#26897, greenplum-db/gpdb#4955: a dump and a restore do not keep the order of columns.
CREATE TABLE base (k int PRIMARY KEY, v1 int, v2 int) PARTITION BY RANGE (k);
CREATE TABLE part1 (v1 int, gone text, k int PRIMARY KEY, v2 int);
ALTER TABLE part1 DROP COLUMN gone;
CREATE TABLE part2 (v2 int DEFAULT 7, v1 int NOT NULL, k int PRIMARY KEY);
ALTER TABLE base ATTACH PARTITION part1 FOR VALUES FROM (1) TO (11);
ALTER TABLE base ATTACH PARTITION part2 FOR VALUES FROM (11) TO (21);
CREATE INDEX partly ON ONLY base (v1);
CREATE INDEX of_part1 ON part1 (v1);
ALTER INDEX partly ATTACH PARTITION of_part1;
CREATE TABLE refers (k int REFERENCES base, to_one int REFERENCES part1);
INSERT INTO base VALUES (1, 100, 2), (11, 300, 4);
INSERT INTO refers VALUES (11, 1);

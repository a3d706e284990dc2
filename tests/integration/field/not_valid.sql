-- dimitri/pgcopydb#498, planetscale/pgcopydb#27: constraints that are NOT VALID, with rows that they would refuse.
CREATE TABLE t (i int, n text);
INSERT INTO t VALUES (-1, 'abc');
ALTER TABLE t ADD CONSTRAINT pos CHECK (i > 0) NOT VALID;
CREATE TABLE p (i int PRIMARY KEY);
ALTER TABLE t ADD CONSTRAINT refers FOREIGN KEY (i) REFERENCES p NOT VALID;
CREATE DOMAIN d AS int;
CREATE TABLE of_domain (d d);
INSERT INTO of_domain VALUES (-5);
ALTER DOMAIN d ADD CONSTRAINT pos CHECK (VALUE > 0) NOT VALID;

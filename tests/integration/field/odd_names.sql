-- CVE-2025-8715 (aws/pgactive#300): names with line breaks; others with what Unicode sees as a line's end.
CREATE TABLE "a
b; DROP TABLE x; --" ("c
d" int PRIMARY KEY);
INSERT INTO "a
b; DROP TABLE x; --" VALUES (1);
CREATE TABLE "a b" (i int);
CREATE TABLE "a1; 2 3 TABLE DATA x" (i int);
CREATE TABLE "cd" (i int) PARTITION BY LIST (i);
CREATE TABLE "ef" PARTITION OF "cd" FOR VALUES IN (1);
CREATE INDEX "i  x" ON "cd" (i);
CREATE MATERIALIZED VIEW "m
v" AS SELECT * FROM "a b";
CREATE TABLE "%s" ("," int, "'" text);
COMMENT ON TABLE "%s" IS E'line\nline\\.\n\\.';
INSERT INTO "a b" VALUES (1);
INSERT INTO "a1; 2 3 TABLE DATA x" VALUES (2);
INSERT INTO "cd" VALUES (1);
INSERT INTO "%s" VALUES (1, E'\\.');

-- What came with PostgreSQL 15.
SET search_path = inventory, extensions, public;
CREATE TABLE nulls (a integer UNIQUE NULLS NOT DISTINCT, b integer, c varchar);
CREATE UNIQUE INDEX nulls_b ON nulls (b) NULLS NOT DISTINCT;
CREATE VIEW as_invoker WITH (security_invoker = true) AS SELECT * FROM items;
CREATE UNLOGGED SEQUENCE unlogged_numbers;
CREATE PUBLICATION filtered FOR TABLE nulls (a, c) WHERE (c = 'a' OR a IN (1, 2)) WITH (publish = 'insert');
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA "Odd ""Schema"" ü";
CREATE TABLE set_some (a integer, b integer,
    FOREIGN KEY (a) REFERENCES organizations ON DELETE SET NULL (a));

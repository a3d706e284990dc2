-- What came with PostgreSQL 18.
SET search_path = inventory, extensions, public;
CREATE TABLE newer (
    a integer CONSTRAINT a_is_there NOT NULL,
    b integer,
    v varchar,
    shouted boolean GENERATED ALWAYS AS (v IN ('a', 'b')) VIRTUAL,
    organization integer REFERENCES organizations NOT ENFORCED,
    CONSTRAINT b_not_enforced CHECK (b > 0) NOT ENFORCED
);
ALTER TABLE newer ADD CONSTRAINT b_late NOT NULL b NOT VALID;
COMMENT ON CONSTRAINT a_is_there ON newer IS 'there';
CREATE TABLE newer_child (NOT NULL organization NO INHERIT) INHERITS (newer);
CREATE TABLE spans (id integer, during tstzrange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE in_spans (id integer, during tstzrange,
    FOREIGN KEY (id, PERIOD during) REFERENCES spans (id, PERIOD during));
CREATE PUBLICATION generated FOR TABLE items WITH (publish_generated_columns = stored);

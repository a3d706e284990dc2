-- cloudnative-pg/cloudnative-pg#10479: a materialized view whose owner is not that of its tables could not be filled.
-- Here a policy says what its owner sees.
CREATE TABLE secret (i int);
INSERT INTO secret VALUES (1), (-1);
GRANT USAGE, CREATE ON SCHEMA under_policies TO field_app;
GRANT SELECT ON secret TO field_app;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY positive ON secret TO field_app USING (i > 0);
CREATE MATERIALIZED VIEW seen AS SELECT i FROM secret;
ALTER MATERIALIZED VIEW seen OWNER TO field_app;
REFRESH MATERIALIZED VIEW seen;

-- dimitri/pgcopydb#888, MicrosoftDocs/azure-docs#100198: grants of several roles, of columns, on the catalog.
CREATE TABLE t (a int, b int);
ALTER TABLE t OWNER TO field_owner;
GRANT USAGE ON SCHEMA granted_on TO field_app, field_third;
GRANT SELECT ON t TO field_app WITH GRANT OPTION;
SET ROLE field_app;
GRANT SELECT ON t TO field_third WITH GRANT OPTION;
SET ROLE field_third;
GRANT SELECT ON t TO PUBLIC;
GRANT SELECT ON t TO pg_monitor;
RESET ROLE;
GRANT SELECT (a), UPDATE (b) ON t TO "field =""odd"" ü" WITH GRANT OPTION;
REVOKE SELECT ON t FROM field_owner;
GRANT SELECT (name) ON pg_catalog.pg_config TO field_app;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(double precision) FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO field_app;

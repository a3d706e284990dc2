-- flynn/flynn#1821, xataio/pgstream#1004: the schema public, which every new database has already.
ALTER SCHEMA public OWNER TO field_app;
COMMENT ON SCHEMA public IS 'ours';
GRANT CREATE ON SCHEMA public TO field_third;

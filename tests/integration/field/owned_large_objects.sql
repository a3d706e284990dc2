-- dimitri/pgcopydb#1027: large objects that were another's after a copy.
SELECT lo_from_bytea(70001, '\x00'), lo_from_bytea(70002, ''), lo_create(70003);
ALTER LARGE OBJECT 70001 OWNER TO field_app;
GRANT SELECT, UPDATE ON LARGE OBJECT 70001 TO field_third WITH GRANT OPTION;
SET ROLE field_third;
GRANT SELECT ON LARGE OBJECT 70001 TO PUBLIC;
RESET ROLE;
REVOKE ALL ON LARGE OBJECT 70003 FROM CURRENT_USER;
SELECT lo_put(70003, 3000000, 'x');

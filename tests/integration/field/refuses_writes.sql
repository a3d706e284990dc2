-- geldata/gel#8683: which triggers are on after a restore. A ledger that refuses every write, and rules.
CREATE TABLE ledger (i int);
INSERT INTO ledger VALUES (1);
CREATE FUNCTION deny() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not here'; END $$;
CREATE TRIGGER no BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ledger EXECUTE FUNCTION deny();
ALTER TABLE ledger ENABLE ALWAYS TRIGGER no;
CREATE RULE nowhere AS ON INSERT TO ledger DO INSTEAD NOTHING;
ALTER TABLE ledger ENABLE ALWAYS RULE nowhere;

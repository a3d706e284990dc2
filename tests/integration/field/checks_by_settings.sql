-- pgpartman/pg_partman#36: whether a check holds depends on the time zone. Likewise on DateStyle and on settings of
-- the application's own. The database has them.
CREATE TABLE days (at timestamptz CHECK (at = date_trunc('day', at)));
INSERT INTO days VALUES ('2026-01-01 00:00+09');
CREATE TABLE written (at text CHECK (at::date > '2000-01-01'::date));
INSERT INTO written VALUES ('31.12.2026');
CREATE TABLE tenants (t text CHECK (t = current_setting('field.tenant')));
INSERT INTO tenants VALUES ('one');

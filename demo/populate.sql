-- Rows for the SCIMS database. Run this file, then, in the same session as a superuser:
--   SELECT pg_temp.populate_scims(2000);
-- Of its argument, the number of users (20 or more), it makes a twentieth organizations, a quarter locations, a half
-- items, a fifth blueprints, the fourfold item_stocks and the threefold crafts. The values depend on nothing else.

CREATE FUNCTION pg_temp.uuid_of(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT md5(kind || number)::uuid
$$;

-- A number from 0 to bound - 1 that looks like chance and is always the same.
CREATE FUNCTION pg_temp.pick(kind text, number bigint, bound bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || substr(md5(kind || '/' || number), 1, 12))::bit(48)::bigint % bound
$$;

CREATE FUNCTION pg_temp.one_of(kind text, number bigint, words text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT words[1 + pg_temp.pick(kind, number, array_length(words, 1))]
$$;

CREATE FUNCTION pg_temp.moment(kind text, number bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT timestamptz '2024-01-01 00:00:00+00' + pg_temp.pick(kind, number, 90000000) * interval '1 second'
$$;

CREATE FUNCTION pg_temp.populate_scims(user_count integer) RETURNS void LANGUAGE plpgsql AS $populate$
DECLARE
  organization_count integer := user_count / 20;
  location_count     integer := user_count / 4;
  item_count         integer := user_count / 2;
  blueprint_count    integer := user_count / 5;
BEGIN
  INSERT INTO organizations (id, slug, name, plan, settings, created_at)
  SELECT pg_temp.uuid_of('organization', n), 'org-' || n,
         pg_temp.one_of('org', n, '{Aster,Borealis,Cobalt,Drake,Ember,Fjord,Gemini,Halcyon}') || ' '
           || pg_temp.one_of('org2', n, '{Logistics,Mining,Salvage,Freight,Foundry,Käserei,造船所}') || ' ' || n,
         pg_temp.one_of('plan', n, '{free,team,enterprise}'),
         jsonb_build_object('currency', pg_temp.one_of('currency', n, '{EUR,USD,JPY}'), 'retention_days', 30 + n % 60),
         pg_temp.moment('organization', n)
  FROM generate_series(1, organization_count) n;

  INSERT INTO users (id, organization_id, username, email, password_hash, roles, preferences, last_login, active, created_at)
  SELECT pg_temp.uuid_of('user', n), pg_temp.uuid_of('organization', 1 + n % organization_count), 'user' || n,
         'User' || n || '@Example.org',
         '$argon2id$v=19$m=65536,t=3,p=4$' || substr(md5('salt' || n), 1, 22) || '$' || md5('hash' || n),
         CASE n % 10 WHEN 0 THEN '{member,admin}' WHEN 1 THEN '{member,crafter}' ELSE '{member}' END::text[],
         jsonb_build_object('theme', pg_temp.one_of('theme', n, '{dark,light}'), 'page_size', 20 + n % 5 * 20,
                            'columns', jsonb_build_array('name', 'quantity', n % 7)),
         CASE WHEN n % 6 > 0 THEN pg_temp.moment('login', n) END, n % 12 > 0, pg_temp.moment('user', n)
  FROM generate_series(1, user_count) n;

  INSERT INTO locations (organization_id, parent_id, name, kind, coordinates, capacity, attributes)
  OVERRIDING USER VALUE
  SELECT pg_temp.uuid_of('organization', 1 + n % organization_count), NULL,
         pg_temp.one_of('place', n, '{Port,Hangar,Dock,Vault,Bay}') || ' ' || n,
         (enum_range(NULL::location_kind))[1 + n % 6],
         ARRAY[pg_temp.pick('x', n, 1000000) / 7.0, pg_temp.pick('y', n, 1000000) / 11.0, n],
         CASE WHEN n % 3 > 0 THEN 1000 + pg_temp.pick('capacity', n, 100000) / 8.0 END,
         jsonb_build_object('temperature', n % 40 - 10, 'secure', n % 4 = 0)
  FROM generate_series(1, location_count) n;
  UPDATE locations SET parent_id = id / 4 WHERE id >= 4;

  INSERT INTO items (organization_id, sku, name, unit, tags, attributes, weight, price, retired)
  SELECT pg_temp.uuid_of('organization', 1 + n % organization_count), 'SKU-' || lpad(n::text, 8, '0'),
         pg_temp.one_of('adjective', n, '{Refined,Raw,Sealed,Titanium,Spare,Röhren-}') || ' '
           || pg_temp.one_of('noun', n, '{bolt,ore,gasket,panel,coil,medpen,燃料}') || ' ' || n,
         pg_temp.one_of('unit', n, '{piece,kg,litre,metre}'),
         ARRAY[pg_temp.one_of('tag', n, '{metal,gas,food,medical}'), 'grade-' || n % 5],
         jsonb_build_object('colour', pg_temp.one_of('colour', n, '{red,blue,none}'),
                            'size', jsonb_build_object('w', n % 90, 'h', n % 70), 'hazard', n % 25 = 0),
         (1 + pg_temp.pick('weight', n, 500000)) / 1000.0, pg_temp.pick('price', n, 1000000) / 100.0, n % 50 = 0
  FROM generate_series(1, item_count) n;

  INSERT INTO item_stocks (item_id, location_id, owner_id, quantity, reserved, batch, expires_on)
  SELECT 1 + n % item_count, 1 + n % location_count, CASE WHEN n % 5 > 0 THEN pg_temp.uuid_of('user', 1 + n % user_count) END,
         10 + pg_temp.pick('quantity', n, 1000000) / 1000.0, pg_temp.pick('reserved', n, 10), 'B' || n,
         CASE WHEN n % 3 = 0 THEN date '2026-01-01' + pg_temp.pick('expiry', n, 900)::integer END
  FROM generate_series(1, 4 * user_count) n;

  INSERT INTO blueprints (id, organization_id, author_id, output_item_id, output_quantity, name, ingredients, duration, public)
  SELECT pg_temp.uuid_of('blueprint', n), pg_temp.uuid_of('organization', 1 + n % organization_count),
         pg_temp.uuid_of('user', 1 + n % user_count), 1 + n % item_count, 1 + n % 9, 'Blueprint ' || n,
         jsonb_build_array(jsonb_build_object('item', 1 + (n * 7) % item_count, 'quantity', 1 + n % 12),
                           jsonb_build_object('item', 1 + (n * 13) % item_count, 'quantity', 0.5 + n % 3)),
         (10 + n % 600) * interval '1 second', n % 4 = 0
  FROM generate_series(1, blueprint_count) n;

  INSERT INTO crafts (blueprint_id, crafter_id, location_id, status, quantity, log, started_at, finished_at, created_at)
  OVERRIDING USER VALUE
  SELECT pg_temp.uuid_of('blueprint', 1 + n % blueprint_count), pg_temp.uuid_of('user', 1 + n % user_count),
         1 + n % location_count, status, 1 + n % 20,
         jsonb_build_array(jsonb_build_object('step', 'queued', 'by', 'user' || 1 + n % user_count)),
         CASE WHEN status <> 'queued' THEN moment END,
         CASE WHEN status IN ('done', 'failed') THEN moment + (n % 7200) * interval '1 second' END, moment
  FROM (SELECT n, (enum_range(NULL::craft_status))[1 + n % 5] AS status, pg_temp.moment('craft', n) AS moment
        FROM generate_series(1, 3 * user_count) n) AS chosen;

  REFRESH MATERIALIZED VIEW organization_totals;
END
$populate$;

-- ArkEcosystem/core#2857, dimitri/pgcopydb#264: a check asks for rows that were there before.
CREATE TABLE blocks (height int);
CREATE FUNCTION follows(int) RETURNS bool STABLE LANGUAGE plpgsql AS
    'BEGIN RETURN $1 = 1 OR EXISTS (SELECT FROM public.blocks AS b WHERE b.height = $1 - 1); END';
ALTER TABLE blocks ADD CHECK (follows(height));
INSERT INTO blocks VALUES (1);
INSERT INTO blocks VALUES (2);

-- Notes how all of it stands, for engine.verify_installation: after a reload, and after each
-- migration that comes later than one.

SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL ROLE bank_owner;
SET LOCAL bytea_output = 'hex';
SET LOCAL quote_all_identifiers = off;
SET LOCAL standard_conforming_strings = on;
DELETE FROM engine.release;
INSERT INTO engine.release (kind, name, definition, owner, privileges)
SELECT i.kind, i.name, i.definition, i.owner, i.privileges
FROM engine.installed AS i;


ALTER TABLE descriptions ADD COLUMN terms TSVECTOR;
-- The statements choose the index by themselves.
ALTER TABLE descriptions ALTER COLUMN terms SET STATISTICS 0;
-- A list of pending terms would be read by every search.
CREATE INDEX descriptions_by_terms ON descriptions USING gin (terms) WITH (fastupdate = off);
CREATE INDEX descriptions_by_user ON descriptions (user_id, id);

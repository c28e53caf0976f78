-- Segments of an unfinished upload that were sent again: their bytes stay on the disk for a while, so
-- that they count toward what one user may leave unfinished.
ALTER TABLE media ADD COLUMN replaced_bytes BIGINT NOT NULL DEFAULT 0;

-- What one user or reader takes from the others.

-- whose media a job is for, so that users take turns
ALTER TABLE jobs ADD COLUMN user_id BIGINT NOT NULL DEFAULT 0;
UPDATE jobs SET user_id =
    COALESCE((SELECT m.user_id FROM media AS m WHERE m.id = jobs.media_id), 0);
CREATE INDEX jobs_by_user ON jobs (kind, user_id, run_at, id) WHERE failed_at IS NULL;

-- since when a variant is kept that a reader had derived beyond the usual ones; the oldest are deleted
ALTER TABLE variants ADD COLUMN extra_since BIGINT;
UPDATE variants SET extra_since = 0 WHERE name = '4096x4096' OR mime = 'image/png' AND EXISTS
    (SELECT 1 FROM media AS m WHERE m.id = media_id AND m.served_mime = 'image/jpeg');
CREATE INDEX variants_extra ON variants (extra_since) WHERE extra_since IS NOT NULL;

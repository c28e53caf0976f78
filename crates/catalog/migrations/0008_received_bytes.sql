-- What an unfinished upload has received, so that APPEND can refuse more than was announced, and
-- more than one user may leave unfinished.
ALTER TABLE media ADD COLUMN received_bytes BIGINT NOT NULL DEFAULT 0;
UPDATE media SET received_bytes =
    (SELECT COALESCE(SUM(s.bytes), 0) FROM segments AS s WHERE s.media_id = media.id)
    WHERE state = 'receiving';
CREATE INDEX media_unfinished ON media (user_id) WHERE state = 'receiving';

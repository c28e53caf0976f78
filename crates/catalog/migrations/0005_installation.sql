-- One row: the installation that this catalog belongs to.
CREATE TABLE installation (
    only_one BIGINT PRIMARY KEY CHECK (only_one = 1),
    -- what the marker file in each of its stores holds
    id TEXT NOT NULL,
    -- identifies the key that seals secrets, without revealing it
    key_id TEXT NOT NULL,
    -- 1 once every store carries the id
    is_complete BIGINT NOT NULL,
    -- no id that was ever handed out is larger
    highest_id BIGINT NOT NULL
);

-- When the sweep first saw that a blob is garbage; 0 until then.
ALTER TABLE blob_garbage ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX blob_garbage_by_time ON blob_garbage (seen_at);

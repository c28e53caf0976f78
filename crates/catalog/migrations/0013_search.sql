-- Search in descriptions. The index follows the history in the background.

-- 0: its description is not in the index yet
ALTER TABLE alt_text_history ADD COLUMN is_indexed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX alt_text_history_to_index ON alt_text_history (id) WHERE is_indexed = 0;

-- The descriptions that are in the index. The id is that of the entry in the history.
CREATE TABLE descriptions (
    id BIGINT PRIMARY KEY REFERENCES alt_text_history (id) ON DELETE CASCADE,
    media_id BIGINT NOT NULL,
    lang TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    -- of the worst finding: 0 none, 1 info, 2 warning, 3 error
    lint_level BIGINT NOT NULL,
    UNIQUE (media_id, lang)
);

-- One row. Who writes to the index counts the revision that was read up, so that two servers never
-- index by turns.
CREATE TABLE description_index (
    id BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL
);
INSERT INTO description_index (id, revision) VALUES (1, 0);

CREATE INDEX media_by_user ON media (user_id, id);

-- How often a media was delivered while it had no description; approximate.
CREATE TABLE media_views (
    media_id BIGINT PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    views BIGINT NOT NULL
);
CREATE INDEX media_views_by_user ON media_views (user_id, views);

-- Descriptions by language, who may write them, and suggestions.

ALTER TABLE media ADD COLUMN extended_description TEXT;
ALTER TABLE media ADD COLUMN is_decorative BIGINT NOT NULL DEFAULT 0;

-- The newest row of a media and a language is its description; an empty alt_text, unless decorative, says
-- that it was removed.
ALTER TABLE alt_text_history ADD COLUMN lang TEXT NOT NULL DEFAULT 'und';
ALTER TABLE alt_text_history ADD COLUMN extended TEXT;
ALTER TABLE alt_text_history ADD COLUMN is_decorative BIGINT NOT NULL DEFAULT 0;
-- the older row that an undo returned to; 0: to none
ALTER TABLE alt_text_history ADD COLUMN restores BIGINT;
ALTER TABLE alt_text_history ADD COLUMN suggestion_id BIGINT;
CREATE INDEX alt_text_history_by_language ON alt_text_history (media_id, lang, id);
DROP INDEX alt_text_history_by_media;

-- users who may describe the media of another
CREATE TABLE delegates (
    user_id BIGINT NOT NULL REFERENCES users (id),
    delegate_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, delegate_id)
);

CREATE TABLE suggestions (
    id BIGINT PRIMARY KEY,
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    owner_id BIGINT NOT NULL REFERENCES users (id),
    lang TEXT NOT NULL,
    alt_text TEXT NOT NULL,
    extended TEXT,
    -- NULL: a captioning service
    user_id BIGINT REFERENCES users (id),
    app_id BIGINT,
    -- what generated it
    model TEXT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT
);
CREATE INDEX suggestions_by_owner ON suggestions (owner_id, state, id);
CREATE INDEX suggestions_by_media ON suggestions (media_id, user_id);
CREATE INDEX suggestions_by_user ON suggestions (user_id, state);

-- users whose suggestions are refused
CREATE TABLE suggestion_blocks (
    user_id BIGINT NOT NULL REFERENCES users (id),
    blocked_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, blocked_id)
);

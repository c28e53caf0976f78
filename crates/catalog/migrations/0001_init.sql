-- Times are milliseconds since 1970. Flags are 0 or 1. The text runs on SQLite and PostgreSQL.

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    screen_name TEXT NOT NULL,
    -- lower case, so that two names that differ in case only cannot both be taken
    screen_name_key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    statuses_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE apps (
    id BIGINT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    consumer_key TEXT NOT NULL UNIQUE,
    consumer_secret BYTEA NOT NULL,
    -- one approved callback URL a line; empty approves any
    callbacks TEXT NOT NULL DEFAULT '',
    bearer_hash BYTEA,
    bearer_sealed BYTEA,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX apps_by_bearer ON apps (bearer_hash);

CREATE TABLE access_tokens (
    token TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    app_id BIGINT NOT NULL REFERENCES apps (id),
    access TEXT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_user ON access_tokens (user_id, app_id);

CREATE TABLE request_tokens (
    token TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    callback TEXT NOT NULL,
    access TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id),
    verifier TEXT,
    attempts BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL
);
CREATE INDEX request_tokens_by_expiry ON request_tokens (expires_at);

CREATE TABLE sessions (
    hash BYTEA PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE media (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    app_id BIGINT NOT NULL REFERENCES apps (id),
    public_key TEXT NOT NULL UNIQUE,
    category TEXT,
    state TEXT NOT NULL,
    is_async BIGINT NOT NULL,
    total_bytes BIGINT NOT NULL,
    kind TEXT,
    mime TEXT NOT NULL DEFAULT '',
    width BIGINT NOT NULL DEFAULT 0,
    height BIGINT NOT NULL DEFAULT 0,
    duration_ms BIGINT NOT NULL DEFAULT 0,
    progress BIGINT NOT NULL DEFAULT 0,
    failure_code BIGINT,
    failure_name TEXT,
    failure_message TEXT,
    blob TEXT NOT NULL DEFAULT '',
    alt_text TEXT,
    created_at BIGINT NOT NULL,
    -- NULL while a Tweet shows it
    expires_at BIGINT,
    revision BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX media_by_expiry ON media (expires_at);

CREATE TABLE media_owners (
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (media_id, user_id)
);

CREATE TABLE segments (
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    segment_index BIGINT NOT NULL,
    blob TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    PRIMARY KEY (media_id, segment_index)
);

CREATE TABLE alt_text_history (
    id BIGINT PRIMARY KEY,
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL,
    app_id BIGINT NOT NULL,
    alt_text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX alt_text_history_by_media ON alt_text_history (media_id, id);

CREATE TABLE tweets (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    app_id BIGINT NOT NULL REFERENCES apps (id),
    text TEXT NOT NULL,
    -- tells whether the same words with the same media were posted before
    fingerprint TEXT NOT NULL,
    media_link TEXT NOT NULL,
    in_reply_to_tweet_id BIGINT,
    in_reply_to_user_id BIGINT,
    in_reply_to_screen_name TEXT,
    possibly_sensitive BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX tweets_by_user ON tweets (user_id, id);
CREATE INDEX tweets_by_fingerprint ON tweets (user_id, fingerprint, created_at);

CREATE TABLE tweet_media (
    tweet_id BIGINT NOT NULL REFERENCES tweets (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    media_id BIGINT NOT NULL REFERENCES media (id),
    PRIMARY KEY (tweet_id, position)
);
CREATE INDEX tweet_media_by_media ON tweet_media (media_id, tweet_id);

CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    attempts BIGINT NOT NULL DEFAULT 0,
    -- when it may be taken; a worker that takes it moves this past the end of its lease
    run_at BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX jobs_by_time ON jobs (run_at);
CREATE INDEX jobs_by_media ON jobs (media_id);

-- Blobs that nothing names any more: written in the transaction that let go of them, so that a
-- crash between row and file loses no byte of disk space.
CREATE TABLE blob_garbage (
    blob TEXT PRIMARY KEY
);

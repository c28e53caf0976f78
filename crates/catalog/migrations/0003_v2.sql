-- OAuth 2.0 clients: an app has a public id; a confidential one a secret too.
ALTER TABLE apps ADD COLUMN client_id TEXT;
ALTER TABLE apps ADD COLUMN client_secret BYTEA;
ALTER TABLE apps ADD COLUMN is_public BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX apps_by_client_id ON apps (client_id);

-- A user's leave for an app, from which tokens are made; its end ends them all.
CREATE TABLE oauth2_grants (
    id BIGINT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    scopes TEXT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE oauth2_codes (
    hash BYTEA PRIMARY KEY,
    -- the grant that its exchange makes
    grant_id BIGINT NOT NULL,
    app_id BIGINT NOT NULL REFERENCES apps (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT NOT NULL,
    challenge_method TEXT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth2_codes_by_expiry ON oauth2_codes (expires_at);

CREATE TABLE oauth2_tokens (
    hash BYTEA PRIMARY KEY,
    grant_id BIGINT NOT NULL REFERENCES oauth2_grants (id) ON DELETE CASCADE,
    -- access or refresh
    kind TEXT NOT NULL,
    scopes TEXT NOT NULL,
    -- a refresh token that comes again was stolen
    used_at BIGINT,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX oauth2_tokens_by_expiry ON oauth2_tokens (expires_at);
CREATE INDEX oauth2_tokens_by_grant ON oauth2_tokens (grant_id);

-- What is said of a media beside its alt text: one JSON value for each member.
CREATE TABLE media_metadata (
    media_id BIGINT NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    member TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (media_id, member)
);

ALTER TABLE tweets ADD COLUMN conversation_id BIGINT;
ALTER TABLE tweets ADD COLUMN quoted_tweet_id BIGINT;
ALTER TABLE tweets ADD COLUMN quoted_user_id BIGINT;
-- ids with commas between
ALTER TABLE tweets ADD COLUMN tagged_user_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE tweets ADD COLUMN poll TEXT;
ALTER TABLE tweets ADD COLUMN reply_settings TEXT NOT NULL DEFAULT '';
CREATE INDEX tweets_by_parent ON tweets (in_reply_to_tweet_id);
CREATE INDEX tweets_by_quoted ON tweets (quoted_tweet_id);

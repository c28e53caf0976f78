-- Webhooks, the deliveries to them, and whether a captioning service may see a user's images.

CREATE TABLE webhooks (
    id BIGINT PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    url TEXT NOT NULL,
    -- 1: described, 2: suggested, 4: undescribed_tweeted
    events BIGINT NOT NULL,
    -- sealed
    secret BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- when it last accepted a delivery
    delivered_at BIGINT,
    -- since when none was accepted; NULL while all are
    failing_since BIGINT,
    -- when it was given up; NULL while it gets deliveries
    disabled_at BIGINT,
    last_error TEXT
);
CREATE INDEX webhooks_by_user ON webhooks (user_id);

-- A delivery is a job with these: the webhook, the event, and the id of what it tells of.
ALTER TABLE jobs ADD COLUMN webhook_id BIGINT;
ALTER TABLE jobs ADD COLUMN event TEXT;
ALTER TABLE jobs ADD COLUMN event_id BIGINT;
CREATE INDEX jobs_by_webhook ON jobs (webhook_id) WHERE webhook_id IS NOT NULL;

-- Users without a row have the defaults.
CREATE TABLE user_settings (
    user_id BIGINT PRIMARY KEY REFERENCES users (id),
    captions BIGINT NOT NULL DEFAULT 1
);

-- What users require of the descriptions in their own Tweets.
CREATE TABLE alt_text_policies (
    user_id BIGINT PRIMARY KEY REFERENCES users (id),
    mode TEXT NOT NULL,
    minimum BIGINT NOT NULL,
    level TEXT
);

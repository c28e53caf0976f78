-- Whom a Tweet mentions by name, or replies to. Names in Tweets of before are not looked up.
CREATE TABLE tweet_mentions (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tweet_id BIGINT NOT NULL REFERENCES tweets (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, tweet_id)
);
CREATE INDEX tweet_mentions_by_tweet ON tweet_mentions (tweet_id);

INSERT INTO tweet_mentions (user_id, tweet_id)
SELECT in_reply_to_user_id, id FROM tweets
WHERE in_reply_to_user_id IN (SELECT id FROM users) AND in_reply_to_user_id <> user_id;

//! Tweets.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, WriteOutcome, sql};
use crate::deliveries::{NewDelivery, tell_of_undescribed};
use birdhouse_domain::tweet::Tweet;
use birdhouse_domain::{AppId, MediaId, Poll, Timestamp, TweetId, UserId};

/// The outcome of posting a Tweet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostOutcome {
    /// The Tweet is posted, durably.
    Posted,
    /// Its author posted the same recently.
    Duplicate,
    /// The media with this index was deleted meanwhile.
    MediaMissing(usize),
}

/// A Tweet to add.
#[derive(Clone, Copy, Debug)]
pub struct NewTweet<'a> {
    /// The Tweet.
    pub tweet: &'a Tweet,
    /// The app that posts it.
    pub app: AppId,
    /// Identifies duplicates: the same text with the same media.
    pub fingerprint: &'a str,
    /// Its media, in order.
    pub media: &'a [MediaId],
    /// Screen names that its text mentions.
    pub mentions: &'a [String],
    /// Members to set in the metadata of each of its media.
    pub media_metadata: &'a [(&'static str, String)],
    /// A Tweet with the same fingerprint after this time makes this one a duplicate.
    pub since: Timestamp,
    /// Whom it is told to if it has an image without alt text.
    pub deliveries: &'a [NewDelivery],
}

/// A page of a timeline.
#[derive(Clone, Copy, Debug)]
pub struct TimelinePage {
    /// Maximum number of Tweets.
    pub count: i64,
    /// Only Tweets with a greater id.
    pub since: i64,
    /// Only Tweets with this or a smaller id.
    pub max: i64,
}

/// A range of one user's Tweets.
#[derive(Clone, Copy, Debug)]
pub struct TweetRange {
    /// Only Tweets with a greater id.
    pub after: i64,
    /// Only Tweets with a smaller id.
    pub before: i64,
    /// Only Tweets posted at or after this time.
    pub from: Timestamp,
    /// Only Tweets posted before this time.
    pub until: Timestamp,
    /// Whether replies are omitted.
    pub without_replies: bool,
    /// Maximum number of Tweets.
    pub count: i64,
    /// Whether to start with the oldest instead of the newest.
    pub oldest_first: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, t.user_id, a.name, a.url, t.text, t.media_link, \
             t.in_reply_to_tweet_id, t.in_reply_to_user_id, t.in_reply_to_screen_name, \
             t.possibly_sensitive, t.created_at, t.conversation_id, t.quoted_tweet_id, \
             t.quoted_user_id, t.tagged_user_ids, t.poll, t.reply_settings \
             FROM tweets AS t JOIN apps AS a ON a.id = t.app_id ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Tweet, Error> {
    let in_reply_to = match (row.opt_int(6)?, row.opt_int(7)?, row.opt_text(8)?) {
        (Some(tweet), Some(user), Some(name)) => {
            Some((TweetId(tweet), UserId(user), name.to_owned()))
        }
        _ => None,
    };
    let quotes = match (row.opt_int(12)?, row.opt_int(13)?) {
        (Some(tweet), Some(user)) => Some((TweetId(tweet), UserId(user))),
        _ => None,
    };
    Ok(Tweet {
        conversation: TweetId(row.opt_int(11)?.unwrap_or(row.int(0)?)),
        quotes,
        tagged: row.text(14)?.split(',').filter_map(UserId::parse).collect(),
        poll: row.opt_text(15)?.and_then(Poll::from_text),
        reply_settings: row.text(16)?.to_owned(),
        id: TweetId(row.int(0)?),
        user: UserId(row.int(1)?),
        app_name: row.text(2)?.to_owned(),
        app_url: row.text(3)?.to_owned(),
        text: row.text(4)?.to_owned(),
        media_link: row.text(5)?.to_owned(),
        in_reply_to,
        possibly_sensitive: row.flag(9)?,
        created_at: Timestamp(row.int(10)?),
    })
}

impl Catalog {
    /// The Tweet with this id.
    pub async fn tweet(&self, id: TweetId) -> Result<Option<Tweet>, Error> {
        let row = self.db.query_one(select!("WHERE t.id = $1"), vec![id.0.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The Tweets with these ids.
    pub async fn tweets(&self, ids: &[TweetId]) -> Result<Vec<Tweet>, Error> {
        let text = select!("WHERE t.id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))");
        let rows = self.query_list(text, ids.iter().map(ToString::to_string)).await?;
        rows.iter().map(read).collect()
    }

    /// A user's Tweets, newest first.
    pub async fn tweets_of(&self, user: UserId, page: TimelinePage) -> Result<Vec<Tweet>, Error> {
        let text = select!(
            "WHERE t.user_id = $1 AND t.id > $2 AND t.id <= $3 ORDER BY t.id DESC LIMIT $4"
        );
        let parameters = vec![user.0.into(), page.since.into(), page.max.into(), page.count.into()];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// The Tweets of a user in a range.
    pub async fn tweets_in_range(
        &self,
        user: UserId,
        range: TweetRange,
    ) -> Result<Vec<Tweet>, Error> {
        let text = if range.oldest_first {
            select!(
                "WHERE t.user_id = $1 AND t.id > $2 AND t.id < $3 AND t.created_at >= $4 \
                 AND t.created_at < $5 AND ($6 = 0 OR t.in_reply_to_tweet_id IS NULL) \
                 ORDER BY t.id LIMIT $7"
            )
        } else {
            select!(
                "WHERE t.user_id = $1 AND t.id > $2 AND t.id < $3 AND t.created_at >= $4 \
                 AND t.created_at < $5 AND ($6 = 0 OR t.in_reply_to_tweet_id IS NULL) \
                 ORDER BY t.id DESC LIMIT $7"
            )
        };
        let parameters = vec![
            user.0.into(),
            range.after.into(),
            range.before.into(),
            range.from.0.into(),
            range.until.0.into(),
            i64::from(range.without_replies).into(),
            range.count.into(),
        ];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// The newest Tweet of each of these users who has any.
    pub async fn newest_tweets_of(
        &self,
        users: &[UserId],
    ) -> Result<Vec<(UserId, TweetId)>, Error> {
        let text = "SELECT t.user_id, t.id FROM users AS u JOIN tweets AS t ON t.id = \
                    (SELECT MAX(own.id) FROM tweets AS own WHERE own.user_id = u.id) \
                    WHERE u.id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))";
        let rows = self.query_list(text, users.iter().map(ToString::to_string)).await?;
        rows.iter().map(|row| Ok((UserId(row.int(0)?), TweetId(row.int(1)?)))).collect()
    }

    /// Of each of these Tweets, the number of those that reply to it, and of those that quote it.
    pub async fn reply_and_quote_counts(
        &self,
        tweets: &[TweetId],
    ) -> Result<Vec<(TweetId, i64, i64)>, Error> {
        let text = "SELECT t.id, \
                    (SELECT COUNT(*) FROM tweets AS r WHERE r.in_reply_to_tweet_id = t.id), \
                    (SELECT COUNT(*) FROM tweets AS q WHERE q.quoted_tweet_id = t.id) \
                    FROM tweets AS t \
                    WHERE t.id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))";
        let rows = self.query_list(text, tweets.iter().map(ToString::to_string)).await?;
        rows.iter().map(|row| Ok((TweetId(row.int(0)?), row.int(1)?, row.int(2)?))).collect()
    }

    /// The Tweets of all users, newest first.
    pub async fn tweets_of_all(&self, page: TimelinePage) -> Result<Vec<Tweet>, Error> {
        let text = select!("WHERE t.id > $1 AND t.id <= $2 ORDER BY t.id DESC LIMIT $3");
        let parameters = vec![page.since.into(), page.max.into(), page.count.into()];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// The Tweets of others that mention a user or reply to one of theirs, newest first.
    pub async fn tweets_mentioning(
        &self,
        user: UserId,
        page: TimelinePage,
    ) -> Result<Vec<Tweet>, Error> {
        let text = select!(
            "JOIN tweet_mentions AS m ON m.tweet_id = t.id WHERE m.user_id = $1 \
             AND m.tweet_id > $2 AND m.tweet_id <= $3 ORDER BY m.tweet_id DESC LIMIT $4"
        );
        let parameters = vec![user.0.into(), page.since.into(), page.max.into(), page.count.into()];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// Adds a Tweet and attaches its media, all or nothing.
    pub async fn add_tweet(&self, new: &NewTweet<'_>) -> Result<PostOutcome, Error> {
        let (tweet, media) = (new.tweet, new.media);
        let mut statements = vec![
            // First, because it blocks a second post of the same author, which then finds the first
            // as its duplicate.
            sql(
                "UPDATE users SET statuses_count = statuses_count + 1 WHERE id = $1",
                [tweet.user.0.into()],
            ),
            insert(new).expect(1),
        ];
        let before = statements.len();
        for (id, position) in media.iter().zip(0_i64..) {
            statements.push(
                sql(
                    "UPDATE media SET expires_at = NULL WHERE id = $1 AND state = 'succeeded' \
                     AND (expires_at IS NULL OR expires_at > $2)",
                    [id.0.into(), tweet.created_at.0.into()],
                )
                .expect(1),
            );
            statements.push(sql(
                "INSERT INTO tweet_media (tweet_id, position, media_id) VALUES ($1, $2, $3)",
                [tweet.id.0.into(), position.into(), id.0.into()],
            ));
        }
        for (id, (member, text)) in
            media.iter().flat_map(|id| new.media_metadata.iter().map(move |one| (id, one)))
        {
            statements.push(crate::alt_text::set_member(*id, member, text));
        }
        statements.extend(mentions(new));
        statements.extend(tell_of_undescribed(new.deliveries));
        Ok(match self.db.write(statements).await? {
            WriteOutcome::Applied(_) => PostOutcome::Posted,
            WriteOutcome::Refused { statement: 1 } => PostOutcome::Duplicate,
            WriteOutcome::Refused { statement } => {
                PostOutcome::MediaMissing(statement.saturating_sub(before) / 2)
            }
        })
    }

    /// Deletes a user's own Tweet. Media that are attached to no other Tweet expire at `expires_at`.
    pub async fn delete_tweet(
        &self,
        id: TweetId,
        user: UserId,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        let statements = vec![
            // First, as in `add_tweet`: two writes that take rows in different orders may deadlock.
            sql(
                "UPDATE users SET statuses_count = statuses_count - 1 WHERE id = $1",
                [user.0.into()],
            ),
            // Waits for a concurrent Tweet with the same media, so that the next statement sees it.
            sql(
                "UPDATE media SET revision = revision WHERE id IN (SELECT media_id FROM tweet_media \
                 WHERE tweet_id = $1)",
                [id.0.into()],
            ),
            sql(
                "UPDATE media SET expires_at = $1 WHERE id IN (SELECT media_id FROM tweet_media \
                 WHERE tweet_id = $2) AND NOT EXISTS (SELECT 1 FROM tweet_media AS other \
                 WHERE other.media_id = media.id AND other.tweet_id <> $2)",
                [expires_at.0.into(), id.0.into()],
            ),
            sql("DELETE FROM tweet_media WHERE tweet_id = $1", [id.0.into()]),
            sql("DELETE FROM tweets WHERE id = $1 AND user_id = $2", [id.0.into(), user.0.into()])
                .expect(1),
        ];
        self.write(statements).await
    }

    /// The images of a Tweet that have no alt text, in order.
    pub async fn undescribed_media_of(&self, tweet: TweetId) -> Result<Vec<MediaId>, Error> {
        let text = "SELECT m.id FROM tweet_media AS t JOIN media AS m ON m.id = t.media_id \
                    WHERE t.tweet_id = $1 AND m.alt_text IS NULL AND m.is_decorative = 0 \
                    AND m.kind IN ('photo', 'animated_gif') ORDER BY t.position";
        let rows = self.db.query(text, vec![tweet.0.into()]).await?;
        rows.iter().map(|row| Ok(MediaId(row.int(0)?))).collect()
    }
}

/// Inserts whom a Tweet mentions; names of nobody are passed over.
fn mentions<'a>(new: &'a NewTweet<'_>) -> impl Iterator<Item = Statement> + 'a {
    let tweet = new.tweet;
    let parent = tweet.in_reply_to.as_ref().map(|(_, _, name)| name);
    new.mentions.iter().chain(parent).map(|name| {
        sql(
            "INSERT INTO tweet_mentions (user_id, tweet_id) SELECT id, CAST($1 AS BIGINT) \
             FROM users WHERE screen_name_key = $2 AND id <> $3 ON CONFLICT DO NOTHING",
            [tweet.id.0.into(), name.to_ascii_lowercase().into(), tweet.user.0.into()],
        )
    })
}

fn insert(new: &NewTweet<'_>) -> Statement {
    let tweet = new.tweet;
    let (reply, reply_user, reply_name) = match &tweet.in_reply_to {
        Some((id, user, name)) => (Some(id.0), Some(user.0), Some(name.as_str())),
        None => (None, None, None),
    };
    let tagged: Vec<String> = tweet.tagged.iter().map(ToString::to_string).collect();
    sql(
        "INSERT INTO tweets (id, user_id, app_id, text, fingerprint, media_link, \
         in_reply_to_tweet_id, in_reply_to_user_id, in_reply_to_screen_name, \
         possibly_sensitive, created_at, conversation_id, quoted_tweet_id, quoted_user_id, \
         tagged_user_ids, poll, reply_settings) \
         SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), \
         CAST($5 AS TEXT), CAST($6 AS TEXT), CAST($7 AS BIGINT), CAST($8 AS BIGINT), \
         CAST($9 AS TEXT), CAST($10 AS BIGINT), CAST($11 AS BIGINT), CAST($12 AS BIGINT), \
         CAST($13 AS BIGINT), CAST($14 AS BIGINT), CAST($15 AS TEXT), CAST($16 AS TEXT), \
         CAST($17 AS TEXT) \
         WHERE NOT EXISTS (SELECT 1 FROM tweets WHERE user_id = $2 AND fingerprint = $5 \
         AND created_at > $18)",
        [
            tweet.id.0.into(),
            tweet.user.0.into(),
            new.app.0.into(),
            tweet.text.as_str().into(),
            new.fingerprint.into(),
            tweet.media_link.as_str().into(),
            reply.into(),
            reply_user.into(),
            reply_name.into(),
            tweet.possibly_sensitive.into(),
            tweet.created_at.0.into(),
            tweet.conversation.0.into(),
            tweet.quotes.map(|(id, _)| id.0).into(),
            tweet.quotes.map(|(_, user)| user.0).into(),
            tagged.join(",").into(),
            tweet.poll.as_ref().map(Poll::to_text).into(),
            tweet.reply_settings.as_str().into(),
            new.since.0.into(),
        ],
    )
}

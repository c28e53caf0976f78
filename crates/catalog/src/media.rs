//! Media.

use crate::catalog::{Catalog, count, unsigned};
use crate::db::{Error, Row, Statement, sql};
use crate::descriptions::EmbeddedDescription;
use crate::jobs::{Job, NewJob};
use crate::variants::NewVariant;
use birdhouse_domain::description::LocalizedDescription;
use birdhouse_domain::media::Media;
use birdhouse_domain::{
    AltTextOrigin, AppId, Category, Failure, JobKind, Kind, MediaId, State, StoredBlob, Timestamp,
    TweetId, UserId,
};

/// The result of the inspection of an upload.
#[derive(Clone, Debug, Default)]
pub struct MediaFacts {
    /// Its kind.
    pub kind: Option<Kind>,
    /// Content type.
    pub mime: &'static str,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Duration in milliseconds.
    pub duration_ms: u64,
    /// Exif orientation, 1 to 8.
    pub orientation: u8,
    /// Content type of derived sizes.
    pub served_mime: &'static str,
    /// The descriptions embedded in the file, each in another language.
    pub embedded: Vec<LocalizedDescription>,
}

/// A completely received upload, stored and inspected.
#[derive(Clone, Debug)]
pub struct CompletedUpload {
    /// The result of the inspection.
    pub facts: MediaFacts,
    /// The blob with its bytes.
    pub blob: StoredBlob,
    /// The job that continues its processing.
    pub job: Option<NewJob>,
    /// Ids of the entries in the history, one for each embedded description.
    pub history_ids: Vec<i64>,
    /// The app that uploaded it.
    pub app: AppId,
}

/// A media of a Tweet.
#[derive(Clone, Debug)]
pub struct AttachedMedia {
    /// The Tweet.
    pub tweet: TweetId,
    /// The media.
    pub media: Media,
    /// The first Tweet that the media was attached to, and its author.
    pub first: (TweetId, UserId),
}

macro_rules! select {
    ($rest:literal) => {
        select!("", $rest)
    };
    ($more_columns:literal, $rest:literal) => {
        concat!(
            "SELECT m.id, m.user_id, m.public_key, m.category, m.state, m.is_async, \
             m.total_bytes, m.kind, m.mime, m.width, m.height, m.duration_ms, m.progress, \
             m.failure_code, m.failure_name, m.failure_message, m.blob, m.alt_text, \
             m.created_at, m.expires_at, m.revision, m.orientation, m.served_mime, \
             m.alt_text_source, m.is_decorative",
            $more_columns,
            " FROM media AS m ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Media, Error> {
    let failure = match (row.opt_int(13)?, row.opt_text(14)?, row.opt_text(15)?) {
        (Some(code), Some(name), Some(message)) => {
            Some(Failure { code, name: name.to_owned(), message: message.to_owned() })
        }
        _ => None,
    };
    Ok(Media {
        id: MediaId(row.int(0)?),
        owner: UserId(row.int(1)?),
        public_key: row.text(2)?.to_owned(),
        category: row.opt_text(3)?.and_then(Category::parse),
        state: State::parse(row.text(4)?).unwrap_or(State::Failed),
        is_async: row.flag(5)?,
        total_bytes: unsigned(row.int(6)?),
        kind: row.opt_text(7)?.and_then(Kind::parse),
        mime: row.text(8)?.to_owned(),
        width: unsigned(row.int(9)?),
        height: unsigned(row.int(10)?),
        duration_ms: unsigned(row.int(11)?),
        progress: unsigned(row.int(12)?),
        failure,
        blob: row.text(16)?.to_owned(),
        alt_text: row.opt_text(17)?.map(str::to_owned),
        created_at: Timestamp(row.int(18)?),
        expires_at: row.opt_int(19)?.map(Timestamp),
        revision: row.int(20)?,
        orientation: unsigned(row.int(21)?),
        served_mime: row.text(22)?.to_owned(),
        alt_text_origin: row.opt_text(23)?.and_then(AltTextOrigin::parse),
        is_decorative: row.flag(24)?,
    })
}

impl Catalog {
    /// The media with this id, of any user.
    pub async fn media(&self, id: MediaId) -> Result<Option<Media>, Error> {
        let row = self.db.query_one(select!("WHERE m.id = $1"), vec![id.0.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The media with these ids, of any user, in no order.
    pub async fn media_of_ids(&self, ids: &[MediaId]) -> Result<Vec<Media>, Error> {
        let text = select!("WHERE m.id IN (SELECT CAST(key AS BIGINT) FROM json_each($1))");
        let rows = self.query_list(text, ids.iter().map(ToString::to_string)).await?;
        rows.iter().map(read).collect()
    }

    /// The media with this key in its delivery URL.
    pub async fn media_by_public_key(&self, key: &str) -> Result<Option<Media>, Error> {
        let row = self.db.query_one(select!("WHERE m.public_key = $1"), vec![key.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The media of these Tweets; those of one Tweet in order.
    pub async fn media_of_tweets(&self, tweets: &[TweetId]) -> Result<Vec<AttachedMedia>, Error> {
        let text = select!(
            ", tm.tweet_id, first.id, first.user_id",
            "JOIN tweet_media AS tm ON tm.media_id = m.id JOIN tweets AS first ON first.id = \
             (SELECT MIN(any_tm.tweet_id) FROM tweet_media AS any_tm WHERE any_tm.media_id = m.id) \
             WHERE tm.tweet_id IN (SELECT CAST(key AS BIGINT) FROM json_each($1)) \
             ORDER BY tm.tweet_id, tm.position"
        );
        let attached = |row: &Row| {
            Ok(AttachedMedia {
                tweet: TweetId(row.int(25)?),
                media: read(row)?,
                first: (TweetId(row.int(26)?), UserId(row.int(27)?)),
            })
        };
        let rows = self.query_list(text, tweets.iter().map(ToString::to_string)).await?;
        rows.iter().map(attached).collect()
    }

    /// Whether this user is among the `additional_owners` of a media.
    pub async fn is_additional_owner(&self, id: MediaId, user: UserId) -> Result<bool, Error> {
        let text = "SELECT 1 FROM media_owners WHERE media_id = $1 AND user_id = $2";
        Ok(self.db.query_one(text, vec![id.0.into(), user.0.into()]).await?.is_some())
    }

    /// Adds a media without bytes. Durable when this returns; `false` if the id is taken, or its owner
    /// has too many of them.
    pub async fn add_media(
        &self,
        media: &Media,
        app: AppId,
        additional_owners: &[UserId],
    ) -> Result<bool, Error> {
        let mut statements = vec![crate::bounds::may_begin_upload(media.owner, media.created_at)];
        statements.extend(insert(media, app, additional_owners));
        self.write(statements).await
    }

    /// Adds a media with all its bytes. Durable when this returns; `false` if the id is taken, or too many
    /// videos of its owner wait.
    pub async fn add_completed(
        &self,
        media: &Media,
        upload: &CompletedUpload,
        additional_owners: &[UserId],
    ) -> Result<bool, Error> {
        let mut statements = insert(media, upload.app, additional_owners);
        statements.extend(complete(media, upload));
        self.write(statements).await
    }

    /// Makes the joined blob the media's original, with the expiry of `media`, releases its segments,
    /// and adds its job. `false` if a segment arrived meanwhile, another FINALIZE was faster, or too many
    /// videos of its owner wait.
    pub async fn finalize(&self, media: &Media, upload: &CompletedUpload) -> Result<bool, Error> {
        let mut statements = complete(media, upload);
        let id = media.id.0;
        statements.extend([
            sql(
                "INSERT INTO blob_garbage (blob) SELECT blob FROM segments WHERE media_id = $1 \
                 ON CONFLICT DO NOTHING",
                [id.into()],
            ),
            sql("DELETE FROM segments WHERE media_id = $1", [id.into()]),
        ]);
        self.write(statements).await
    }

    /// Records the progress of processing; `false` if it has ended.
    pub async fn set_progress(&self, id: MediaId, percent: u8) -> Result<bool, Error> {
        let update = sql(
            "UPDATE media SET state = 'in_progress', progress = $1 \
             WHERE id = $2 AND state IN ('pending', 'in_progress')",
            [i64::from(percent).into(), id.0.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Records that processing succeeded, and adds the derived variants; `done` is the job that has
    /// nothing left to do. `false` if it has ended, or the job was taken by another worker.
    pub async fn succeed(
        &self,
        id: MediaId,
        facts: &MediaFacts,
        derived: &[NewVariant],
        done: Option<&Job>,
    ) -> Result<bool, Error> {
        let update = sql(
            "UPDATE media SET state = 'succeeded', progress = 100, width = $1, height = $2, \
             duration_ms = $3 WHERE id = $4 AND state IN ('pending', 'in_progress')",
            [facts.width.into(), facts.height.into(), count(facts.duration_ms), id.0.into()],
        );
        let mut statements = crate::variants::insert(id, derived);
        statements.push(update.expect(1));
        statements.extend(done.map(crate::jobs::finish));
        self.write(statements).await
    }

    /// Records how long a video plays, in milliseconds, once that is known for certain.
    pub async fn correct_duration(&self, id: MediaId, duration_ms: u64) -> Result<(), Error> {
        let update = sql(
            "UPDATE media SET duration_ms = $1 WHERE id = $2",
            [count(duration_ms), id.0.into()],
        );
        self.write(vec![update]).await.map(drop)
    }

    /// Records that processing failed because of the file, which ends the job. `false` if the job
    /// was taken by another worker.
    pub async fn fail(&self, failure: &Failure, done: &Job) -> Result<bool, Error> {
        self.write(vec![fail(done.media, failure), crate::jobs::finish(done)]).await
    }

    /// Media that have expired, at most `limit`, in the order of when they did: time and id, both
    /// of which continue the list as `after`.
    pub async fn expired_media(
        &self,
        now: Timestamp,
        after: (Timestamp, MediaId),
        limit: i64,
    ) -> Result<Vec<(Timestamp, MediaId)>, Error> {
        let text = "SELECT expires_at, id FROM media WHERE expires_at <= $1 AND expires_at >= $2 \
                    AND (expires_at > $2 OR id > $3) AND NOT EXISTS (SELECT 1 \
                    FROM tweet_media AS tm WHERE tm.media_id = media.id) \
                    ORDER BY expires_at, id LIMIT $4";
        let (time, id) = after;
        let parameters = vec![now.0.into(), time.0.into(), id.0.into(), limit.into()];
        let rows = self.db.query(text, parameters).await?;
        rows.iter().map(|row| Ok((Timestamp(row.int(0)?), MediaId(row.int(1)?)))).collect()
    }

    /// Deletes an expired media with its segments, history and job; its blobs become garbage.
    /// `false` if it was attached to a Tweet meanwhile.
    pub async fn expire_media(&self, id: MediaId, now: Timestamp) -> Result<bool, Error> {
        let guard = "DELETE FROM media WHERE id = $1 AND expires_at <= $2 AND NOT EXISTS \
                     (SELECT 1 FROM tweet_media WHERE media_id = $1)";
        let mut statements = crate::blobs::release(id);
        statements.extend([
            sql(
                "INSERT INTO blob_garbage (blob) SELECT blob FROM segments WHERE media_id = $1 \
                 ON CONFLICT DO NOTHING",
                [id.0.into()],
            ),
            sql(guard, [id.0.into(), now.0.into()]).expect(1),
        ]);
        self.write(statements).await
    }
}

/// Records that processing failed, unless it has ended.
pub(crate) fn fail(id: MediaId, failure: &Failure) -> Statement {
    sql(
        "UPDATE media SET state = 'failed', progress = 100, failure_code = $1, \
         failure_name = $2, failure_message = $3 \
         WHERE id = $4 AND state IN ('pending', 'in_progress')",
        [
            failure.code.into(),
            failure.name.as_str().into(),
            failure.message.as_str().into(),
            id.0.into(),
        ],
    )
}

fn insert(media: &Media, app: AppId, additional_owners: &[UserId]) -> Vec<Statement> {
    let row = sql(
        "INSERT INTO media (id, user_id, app_id, public_key, category, state, is_async, \
         total_bytes, kind, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, 'receiving', $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        [
            media.id.0.into(),
            media.owner.0.into(),
            app.0.into(),
            media.public_key.as_str().into(),
            media.category.map(Category::name).into(),
            media.is_async.into(),
            count(media.total_bytes),
            media.kind.map(Kind::name).into(),
            media.created_at.0.into(),
            media.expires_at.map(|at| at.0).into(),
        ],
    );
    let owner = |owner: &UserId| {
        sql(
            "INSERT INTO media_owners (media_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [media.id.0.into(), owner.0.into()],
        )
    };
    std::iter::once(row.expect(1)).chain(additional_owners.iter().map(owner)).collect()
}

/// Moves a media from `receiving` to the next state: its blob, facts, embedded alt text and job.
fn complete(media: &Media, upload: &CompletedUpload) -> Vec<Statement> {
    let (facts, id) = (&upload.facts, media.id.0);
    let state = if media.is_async { State::Pending } else { State::Succeeded };
    let update = sql(
        "UPDATE media SET state = $1, blob = (SELECT name FROM blobs WHERE hash = $2), \
         kind = $3, mime = $4, width = $5, height = $6, duration_ms = $7, progress = $8, \
         expires_at = $9, orientation = $10, served_mime = $11, total_bytes = $12 \
         WHERE id = $13 AND state = 'receiving' AND revision = $14",
        [
            state.name().into(),
            upload.blob.hash.to_vec().into(),
            facts.kind.map(Kind::name).into(),
            facts.mime.into(),
            facts.width.into(),
            facts.height.into(),
            count(facts.duration_ms),
            (if media.is_async { 0 } else { 100 }).into(),
            media.expires_at.map(|at| at.0).into(),
            i64::from(facts.orientation).into(),
            facts.served_mime.into(),
            count(media.total_bytes),
            id.into(),
            media.revision.into(),
        ],
    );
    let is_video = upload.job.is_some_and(|job| job.kind == JobKind::ProcessVideo);
    let bound = is_video.then(|| crate::bounds::may_queue_video(media.owner));
    let mut statements: Vec<Statement> = bound.into_iter().collect();
    statements.extend(crate::blobs::add_reference(&upload.blob));
    statements.push(update.expect(1));
    for (one, history_id) in facts.embedded.iter().zip(&upload.history_ids) {
        statements.extend(crate::descriptions::adopt_embedded(&EmbeddedDescription {
            history_id: *history_id,
            media: media.id,
            app: upload.app,
            one,
            at: media.created_at,
        }));
    }
    if let Some(job) = &upload.job {
        statements.push(crate::jobs::insert(job, media.id));
    }
    statements
}

//! How much of a user may wait: for FINALIZE, or for the processing of videos.

use crate::catalog::Catalog;
use crate::db::{Error, Statement, Value, sql};
use birdhouse_domain::media_limits::{UNFINISHED_UPLOADS_MAX, UNPROCESSED_VIDEOS_MAX};
use birdhouse_domain::{JobKind, Timestamp, UserId};

/// Refuses the write if the user has as many unfinished uploads as are allowed. Those that have expired
/// may wait long for their deletion, and do not count.
pub(crate) fn may_begin_upload(user: UserId, now: Timestamp) -> Statement {
    let text = "SELECT 1 WHERE (SELECT COUNT(*) FROM media WHERE user_id = $1 \
                AND state = 'receiving' AND expires_at > $3) < CAST($2 AS BIGINT)";
    sql(text, [user.0.into(), UNFINISHED_UPLOADS_MAX.into(), now.0.into()]).expect(1)
}

macro_rules! unprocessed_videos {
    () => {
        "(SELECT COUNT(*) FROM jobs WHERE kind = $1 AND user_id = $2 AND failed_at IS NULL)"
    };
}

/// Refuses the write if as many videos of the user wait as are allowed.
pub(crate) fn may_queue_video(user: UserId) -> Statement {
    let text = concat!("SELECT 1 WHERE ", unprocessed_videos!(), " < CAST($3 AS BIGINT)");
    let [kind, user] = video_jobs_of(user);
    sql(text, [kind, user, UNPROCESSED_VIDEOS_MAX.into()]).expect(1)
}

fn video_jobs_of(user: UserId) -> [Value; 2] {
    [JobKind::ProcessVideo.name().into(), user.0.into()]
}

impl Catalog {
    /// How many videos and animated GIFs of the user wait or are processed.
    pub async fn unprocessed_videos(&self, user: UserId) -> Result<i64, Error> {
        let text = concat!("SELECT ", unprocessed_videos!());
        let row = self.db.query_one(text, video_jobs_of(user).to_vec()).await?;
        row.map_or(Ok(0), |row| row.int(0))
    }
}

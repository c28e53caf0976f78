//! Suggested descriptions, which only those who may describe the media see until they accept them, and
//! users whose suggestions are refused.

use crate::catalog::Catalog;
use crate::db::{Error, Row, Statement, sql};
use crate::deliveries::{NewDelivery, tell};
use crate::descriptions::{DescriptionEdit, change};
use birdhouse_domain::{
    AltText, AppId, Description, Language, MediaId, SuggestionState, Timestamp, UserId,
};

/// The most open suggestions of one media.
pub const MAX_OPEN_OF_MEDIA: i64 = 20;
/// The most open suggestions of one user.
pub const MAX_OPEN_OF_USER: i64 = 1000;

/// A suggestion to add.
#[derive(Clone, Debug)]
pub struct NewSuggestion<'a> {
    /// Its id.
    pub id: i64,
    /// The media.
    pub media: MediaId,
    /// The language.
    pub lang: &'a Language,
    /// The suggested alt text.
    pub alt_text: &'a AltText,
    /// The suggested extended description.
    pub extended: Option<&'a str>,
    /// Who suggests it.
    pub author: SuggestionAuthor<'a>,
    /// The current time.
    pub now: Timestamp,
    /// Whether videos may be described.
    pub allows_videos: bool,
    /// Whom it is told to.
    pub deliveries: &'a [NewDelivery],
}

/// Who makes a suggestion.
#[derive(Clone, Copy, Debug)]
pub enum SuggestionAuthor<'a> {
    /// A user through an app.
    User(UserId, AppId),
    /// A captioning service, and the model that it names.
    Captioner(&'a str),
}

/// A suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Its id.
    pub id: i64,
    /// The media.
    pub media: MediaId,
    /// The owner of the media.
    pub owner: (UserId, String),
    /// The language.
    pub lang: String,
    /// The suggested alt text.
    pub alt_text: String,
    /// The suggested extended description.
    pub extended: Option<String>,
    /// The user who made it; `None` for a captioning service.
    pub author: Option<(UserId, String)>,
    /// What generated it.
    pub model: Option<String>,
    /// Its state.
    pub state: SuggestionState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was accepted or declined.
    pub decided_at: Option<Timestamp>,
}

/// Whose suggestions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuggestionBox {
    /// Those for media that the user may describe.
    Received,
    /// Those that the user made.
    Sent,
}

/// A page of suggestions.
#[derive(Clone, Copy, Debug)]
pub struct SuggestionPage {
    /// Whose.
    pub which: SuggestionBox,
    /// Those in this state.
    pub state: SuggestionState,
    /// Those with smaller ids.
    pub before: i64,
    /// At most so many.
    pub limit: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.media_id, s.owner_id, o.screen_name, s.lang, s.alt_text, s.extended, \
             s.user_id, u.screen_name, s.model, s.state, s.created_at, s.decided_at \
             FROM suggestions AS s JOIN users AS o ON o.id = s.owner_id \
             LEFT JOIN users AS u ON u.id = s.user_id WHERE ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Suggestion, Error> {
    let author = match (row.opt_int(7)?, row.opt_text(8)?) {
        (Some(id), Some(name)) => Some((UserId(id), name.to_owned())),
        _ => None,
    };
    Ok(Suggestion {
        id: row.int(0)?,
        media: MediaId(row.int(1)?),
        owner: (UserId(row.int(2)?), row.text(3)?.to_owned()),
        lang: row.text(4)?.to_owned(),
        alt_text: row.text(5)?.to_owned(),
        extended: row.opt_text(6)?.map(str::to_owned),
        author,
        model: row.opt_text(9)?.map(str::to_owned),
        state: SuggestionState::parse(row.text(10)?).unwrap_or(SuggestionState::Declined),
        created_at: Timestamp(row.int(11)?),
        decided_at: row.opt_int(12)?.map(Timestamp),
    })
}

/// Locks the users and the media, and guards that suggestions of it are accepted from this author.
fn guards(new: &NewSuggestion<'_>) -> Vec<Statement> {
    let describable = sql(
        "UPDATE media SET revision = revision WHERE id = $1 \
         AND (expires_at IS NULL OR expires_at > $2) AND (kind IN ('photo', 'animated_gif') \
         OR (kind = 'video' AND $3 = 1))",
        [new.media.0.into(), new.now.0.into(), i64::from(new.allows_videos).into()],
    );
    let few_of_media = sql(
        "SELECT 1 WHERE (SELECT COUNT(*) FROM suggestions WHERE media_id = $1 AND state = 'open') < $2",
        [new.media.0.into(), MAX_OPEN_OF_MEDIA.into()],
    );
    let mut guards = vec![describable.expect(1), few_of_media.expect(1)];
    match new.author {
        SuggestionAuthor::User(user, _) => {
            // Waits for a block by the owner, and for another suggestion of the author.
            let lock = "UPDATE users SET statuses_count = statuses_count \
                        WHERE id IN ($2, (SELECT user_id FROM media WHERE id = $1))";
            guards.insert(0, sql(lock, [new.media.0.into(), user.0.into()]));
            guards.push(
                sql(
                    "SELECT 1 FROM media AS m WHERE m.id = $1 AND m.expires_at IS NULL \
                     AND m.user_id <> $2 AND NOT EXISTS (SELECT 1 FROM suggestion_blocks AS b \
                     WHERE b.user_id = m.user_id AND b.blocked_id = $2)",
                    [new.media.0.into(), user.0.into()],
                )
                .expect(1),
            );
            guards.push(
                sql(
                    "SELECT 1 WHERE (SELECT COUNT(*) FROM suggestions \
                     WHERE user_id = $1 AND state = 'open') < $2",
                    [user.0.into(), MAX_OPEN_OF_USER.into()],
                )
                .expect(1),
            );
        }
        // What a service generates never competes with what a person wrote.
        // Nor does it come back once it was declined.
        SuggestionAuthor::Captioner(_) => guards.push(
            sql(
                "SELECT 1 FROM media AS m WHERE m.id = $1 AND m.alt_text IS NULL \
                 AND m.is_decorative = 0 AND NOT EXISTS (SELECT 1 FROM suggestions AS s \
                 WHERE s.media_id = m.id AND s.user_id IS NULL AND s.lang = $2)",
                [new.media.0.into(), new.lang.as_str().into()],
            )
            .expect(1),
        ),
    }
    guards
}

/// Takes an open suggestion out of the queue.
fn decide(id: i64, state: SuggestionState, now: Timestamp) -> Statement {
    sql(
        "UPDATE suggestions SET state = $1, decided_at = $2 WHERE id = $3 AND state = 'open'",
        [state.name().into(), now.0.into(), id.into()],
    )
    .expect(1)
}

impl Catalog {
    /// Adds a suggestion. Durable when this returns; `false` if the media may not be described, has
    /// too many open suggestions, or the author has, or is blocked, or owns the media; for a captioning
    /// service, if the media is described.
    pub async fn add_suggestion(&self, new: &NewSuggestion<'_>) -> Result<bool, Error> {
        let (user, app, model) = match new.author {
            SuggestionAuthor::User(user, app) => (Some(user.0), Some(app.0), None),
            SuggestionAuthor::Captioner(model) => (None, None, Some(model)),
        };
        let mut statements = guards(new);
        statements.push(sql(
            "INSERT INTO suggestions (id, media_id, owner_id, lang, alt_text, extended, user_id, \
             app_id, model, state, created_at) SELECT $1, id, user_id, $2, $3, $4, $5, $6, $7, \
             'open', $8 FROM media WHERE id = $9",
            [
                new.id.into(),
                new.lang.as_str().into(),
                new.alt_text.as_str().into(),
                new.extended.into(),
                user.into(),
                app.into(),
                model.into(),
                new.now.0.into(),
                new.media.0.into(),
            ],
        ));
        statements.extend(tell(new.deliveries, new.media));
        self.write(statements).await
    }

    /// The suggestion with this id.
    pub async fn suggestion(&self, id: i64) -> Result<Option<Suggestion>, Error> {
        let row = self.db.query_one(select!("s.id = $1"), vec![id.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// A page of a user's suggestions, newest first.
    pub async fn suggestions(
        &self,
        user: UserId,
        page: SuggestionPage,
    ) -> Result<Vec<Suggestion>, Error> {
        let text = match page.which {
            SuggestionBox::Received => select!(
                "s.owner_id IN (SELECT $1 UNION \
                 SELECT user_id FROM delegates WHERE delegate_id = $1) \
                 AND s.state = $2 AND s.id < $3 ORDER BY s.id DESC LIMIT $4"
            ),
            SuggestionBox::Sent => {
                select!("s.user_id = $1 AND s.state = $2 AND s.id < $3 ORDER BY s.id DESC LIMIT $4")
            }
        };
        let parameters =
            vec![user.0.into(), page.state.name().into(), page.before.into(), page.limit.into()];
        self.db.query(text, parameters).await?.iter().map(read).collect()
    }

    /// Makes an open suggestion the description, in one write. Durable when this returns; `false` if it
    /// is not open any more, or under the conditions of [`Catalog::set_description`].
    pub async fn accept_suggestion(
        &self,
        id: i64,
        edit: &DescriptionEdit,
        new: &Description,
    ) -> Result<bool, Error> {
        let mut statements = change(edit, Some(new));
        statements.insert(1, decide(id, SuggestionState::Accepted, edit.now));
        self.write(statements).await
    }

    /// Declines an open suggestion; `false` if it is not open any more.
    pub async fn decline_suggestion(&self, id: i64, now: Timestamp) -> Result<bool, Error> {
        self.write(vec![decide(id, SuggestionState::Declined, now)]).await
    }

    /// Refuses a user's suggestions from now on, and declines those that are open.
    pub async fn block_suggestions(
        &self,
        owner: UserId,
        blocked: UserId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let ids = || [owner.0.into(), blocked.0.into(), now.0.into()];
        let block = "INSERT INTO suggestion_blocks (user_id, blocked_id, created_at) \
                     VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        let decline = "UPDATE suggestions SET state = 'declined', decided_at = $3 \
                       WHERE owner_id = $1 AND user_id = $2 AND state = 'open'";
        let lock = "UPDATE users SET statuses_count = statuses_count WHERE id = $1";
        let lock = sql(lock, [owner.0.into()]);
        self.write(vec![lock, sql(block, ids()), sql(decline, ids())]).await?;
        Ok(())
    }

    /// Accepts a user's suggestions again; `false` if they were not refused.
    pub async fn unblock_suggestions(&self, owner: UserId, blocked: UserId) -> Result<bool, Error> {
        let text = "DELETE FROM suggestion_blocks WHERE user_id = $1 AND blocked_id = $2";
        self.write(vec![sql(text, [owner.0.into(), blocked.0.into()]).expect(1)]).await
    }

    /// Whether a user's suggestions are refused.
    pub async fn is_blocked(&self, owner: UserId, blocked: UserId) -> Result<bool, Error> {
        let text = "SELECT 1 FROM suggestion_blocks WHERE user_id = $1 AND blocked_id = $2";
        Ok(self.db.query_one(text, vec![owner.0.into(), blocked.0.into()]).await?.is_some())
    }

    /// The users whose suggestions are refused, by name.
    pub async fn blocked_users(&self, owner: UserId) -> Result<Vec<(UserId, String)>, Error> {
        let text = "SELECT u.id, u.screen_name FROM suggestion_blocks AS b \
                    JOIN users AS u ON u.id = b.blocked_id WHERE b.user_id = $1 \
                    ORDER BY u.screen_name_key";
        self.user_names(text, owner).await
    }
}

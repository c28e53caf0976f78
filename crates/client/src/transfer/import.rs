//! Sets descriptions from rows. What is equal already is left alone, so that an import can be repeated
//! until all of it is done.

use super::media_id;
use super::rows::{Row, RowReader};
use crate::connection::Connection;
use crate::description::{self, Description};
use crate::error::{Error, Refusal, Result};
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;

/// Rows that are in memory at a time.
const BATCH_ROWS: usize = 200;

/// What became of a line.
#[derive(Debug)]
pub enum LineOutcome {
    /// Its description was set, or would be.
    Set,
    /// The media is described so already.
    Equal,
    /// The line is wrong: why.
    Wrong(String),
    /// The server refused.
    Refused(Error),
}

/// How many lines had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Set, or would be.
    pub set: u64,
    /// Left alone.
    pub equal: u64,
    /// Not set.
    pub failed: u64,
}

/// An import.
pub struct Import<'a> {
    /// Where to.
    pub connection: &'a Connection,
    /// Whether to find out only what would change.
    pub is_dry_run: bool,
}

impl Import<'_> {
    /// Reads all rows; tells `observe` the number of each line and its outcome. Fails where no further
    /// line can succeed.
    pub async fn run(
        &self,
        mut reader: RowReader,
        mut observe: impl FnMut(u64, &LineOutcome),
    ) -> Result<Report> {
        let mut report = Report::default();
        loop {
            let read =
                tokio::task::spawn_blocking(move || (reader.batch(BATCH_ROWS), reader)).await;
            let (batch, rest) = read.map_err(|error| Error::file("import", &error))?;
            if batch.is_empty() {
                return Ok(report);
            }
            reader = rest;
            let (mut outcomes, media) = sort(batch);
            let works = media.into_iter().map(|(id, rows)| self.media(id, rows));
            let mut works = stream::iter(works).buffer_unordered(self.connection.parallel());
            while let Some(done) = works.next().await {
                outcomes.extend(done?);
            }
            outcomes.sort_by_key(|(line, _)| *line);
            for (line, outcome) in &outcomes {
                report.count(outcome);
                observe(*line, outcome);
            }
        }
    }

    /// Sets the descriptions of one media, in the order of the file.
    async fn media(&self, id: String, rows: Vec<(u64, Row)>) -> Result<Vec<(u64, LineOutcome)>> {
        let found = match description::read(self.connection, &id).await {
            Ok(found) => found,
            Err(Error::Refused(refusal)) if is_of_line(&refusal) => {
                let refused = |(line, _)| (line, unread(&id, &refusal));
                return Ok(rows.into_iter().map(refused).collect());
            }
            Err(error) => return Err(error),
        };
        let existing = found["descriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let existing = existing.iter().map(|one| Row::of(&id, None, one).description());
        let mut known: BTreeMap<String, Description> =
            existing.map(|one| (one.lang().to_owned(), one)).collect();
        let mut outcomes = Vec::with_capacity(rows.len());
        for (line, row) in rows {
            let wanted = row.over(known.get(&row.lang));
            let outcome = if row.is_left_blank() {
                LineOutcome::Equal
            } else if let Some(why) = wanted.objection() {
                LineOutcome::Wrong(why.to_owned())
            } else if known.get(wanted.lang()) == Some(&wanted) {
                LineOutcome::Equal
            } else {
                let outcome = self.set(&id, &wanted).await?;
                known.insert(row.lang, wanted);
                outcome
            };
            outcomes.push((line, outcome));
        }
        Ok(outcomes)
    }

    async fn set(&self, id: &str, wanted: &Description) -> Result<LineOutcome> {
        if self.is_dry_run {
            return Ok(LineOutcome::Set);
        }
        match wanted.replace(self.connection, id).await {
            Ok(()) => Ok(LineOutcome::Set),
            Err(Error::Refused(refusal)) if is_of_line(&refusal) => {
                Ok(LineOutcome::Refused(Error::Refused(refusal)))
            }
            Err(error) => Err(error),
        }
    }
}

impl Report {
    fn count(&mut self, outcome: &LineOutcome) {
        match outcome {
            LineOutcome::Set => self.set += 1,
            LineOutcome::Equal => self.equal += 1,
            LineOutcome::Wrong(_) | LineOutcome::Refused(_) => self.failed += 1,
        }
    }
}

/// Why the descriptions of a media cannot be read.
fn unread(id: &str, refusal: &Refusal) -> LineOutcome {
    match media_id::suspicion(id).filter(|_| refusal.status == 404) {
        Some(why) => LineOutcome::Wrong(format!("there is no media {id}: {why}")),
        None => LineOutcome::Refused(Error::Refused(refusal.clone())),
    }
}

/// Whether another line may succeed where this one was refused.
fn is_of_line(refusal: &Refusal) -> bool {
    matches!(refusal.status, 400 | 403 | 404 | 409 | 422)
}

type Sorted = (Vec<(u64, LineOutcome)>, BTreeMap<String, Vec<(u64, Row)>>);

/// Wrong lines, and the others by media.
fn sort(batch: Vec<(u64, std::result::Result<Row, String>)>) -> Sorted {
    let (mut wrong, mut media) = (Vec::new(), BTreeMap::<_, Vec<_>>::new());
    for (line, row) in batch {
        match row {
            Ok(row) => media.entry(row.media_id.clone()).or_default().push((line, row)),
            Err(why) => wrong.push((line, LineOutcome::Wrong(why))),
        }
    }
    (wrong, media)
}

//! Parses paths and queries of our own API.

use crate::http::read::call::Call;
use crate::http::v2::input::invalid;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};

/// The most entries of a page.
const MAX_LIMIT: i64 = 100;
/// Entries of a page unless the query says otherwise.
const DEFAULT_LIMIT: i64 = 20;

/// A page of a list, newest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Only entries with smaller ids.
    pub(super) before: i64,
    /// Maximum number of entries.
    pub(super) limit: i64,
}

impl Page {
    /// `next_cursor`, if there may be another page.
    pub(super) fn next<T>(&self, entries: &[T], id: impl Fn(&T) -> i64) -> Option<String> {
        let is_full = i64::try_from(entries.len()).is_ok_and(|count| count >= self.limit);
        entries.last().filter(|_| is_full).map(|last| id(last).to_string())
    }
}

/// Reads `cursor` and `limit`.
pub(super) fn page(call: &Call) -> Result<Page> {
    let before = match call.query.get("cursor").filter(|text| !text.is_empty()) {
        None => i64::MAX,
        Some(text) => text.parse().map_err(|_| invalid("cursor", text))?,
    };
    let limit = match call.query.get("limit").filter(|text| !text.is_empty()) {
        None => DEFAULT_LIMIT,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| invalid("limit", text))?,
    };
    Ok(Page { before, limit })
}

/// The id of the media in `/birdhouse/v1/media/{id}/…`.
pub(super) fn media(call: &Call) -> Result<MediaId> {
    Ok(MediaId::parse(call.segment(2)).ok_or(Fault::MediaNotFound)?)
}

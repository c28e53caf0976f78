//! `GET /2/users/:id/tweets`: a user's Tweets, newest first, in pages.

use super::super::tweets::lookup::list_body;
use super::super::{error, input, json};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_core::actions::tweets::{self, HydratedTweet, TweetRange};
use birdhouse_core::actions::users;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, Timestamp, TweetId, UserId};
use serde_json::{Map, Value, json};

/// Default Tweets per page (documented).
const DEFAULT_RESULTS: i64 = 10;

/// The start of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageToken {
    /// Tweets older than this one.
    OlderThan(i64),
    /// Tweets newer than this one.
    NewerThan(i64),
}

impl PageToken {
    fn encode(self) -> String {
        let (kind, id) = match self {
            Self::OlderThan(id) => ('o', id),
            Self::NewerThan(id) => ('n', id),
        };
        URL_SAFE_NO_PAD.encode(format!("{kind}{id}"))
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let id = TweetId::parse(plain.get(1..)?)?.0;
        match plain.as_bytes().first()? {
            b'o' => Some(Self::OlderThan(id)),
            b'n' => Some(Self::NewerThan(id)),
            _ => None,
        }
    }
}

/// Returns a page.
pub async fn handle(call: Call) -> Result<Response> {
    let id = call.segment(1);
    input::validate_id("id", id)?;
    let PageQuery { range, token } = page_query(&call)?;
    let user = match UserId::parse(id) {
        Some(id) => users::by_id(&call.app, id).await?,
        None => None,
    };
    let Some(user) = user else {
        let missing = error::not_found(&call.app, "user", "id", id);
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    // One more, to know whether there is another page.
    let one_more = TweetRange { count: range.count + 1, ..range };
    let mut page = tweets::in_range(&call.app, user.id, one_more).await?;
    let count = usize::try_from(range.count).unwrap_or(0);
    let has_more = page.len() > count;
    page.truncate(count);
    if range.oldest_first {
        page.reverse();
    }
    let mut body = list_body(&call, &page).await?;
    body.insert("meta".into(), meta(&page, token, has_more));
    json(StatusCode::OK, &Value::Object(body))
}

fn meta(page: &[HydratedTweet], token: Option<PageToken>, has_more: bool) -> Value {
    let mut meta = Map::new();
    meta.insert("result_count".into(), json!(page.len()));
    let (Some(newest), Some(oldest)) = (page.first(), page.last()) else {
        return Value::Object(meta);
    };
    let (newest, oldest) = (newest.tweet.id.0, oldest.tweet.id.0);
    meta.insert("newest_id".into(), json!(newest.to_string()));
    meta.insert("oldest_id".into(), json!(oldest.to_string()));
    let (has_older, has_newer) = match token {
        None => (has_more, false),
        Some(PageToken::OlderThan(_)) => (has_more, true),
        Some(PageToken::NewerThan(_)) => (true, has_more),
    };
    if has_older {
        meta.insert("next_token".into(), json!(PageToken::OlderThan(oldest).encode()));
    }
    if has_newer {
        meta.insert("previous_token".into(), json!(PageToken::NewerThan(newest).encode()));
    }
    Value::Object(meta)
}

/// The page that a call requests.
struct PageQuery {
    range: TweetRange,
    token: Option<PageToken>,
}

fn page_query(call: &Call) -> Result<PageQuery> {
    let get = |name: &str| call.query.get(name);
    let token = match get("pagination_token") {
        None => None,
        Some(text) => {
            Some(PageToken::parse(text).ok_or_else(|| input::invalid("pagination_token", text))?)
        }
    };
    let id = |name: &'static str, default| match get(name) {
        None => Ok(default),
        Some(text) => match TweetId::parse(text) {
            Some(id) => Ok(id.0),
            None => Err(input::invalid(name, text)),
        },
    };
    let timestamp = |name: &'static str, default| match get(name) {
        None => Ok(default),
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Timestamp(time.as_millisecond())),
            Err(_) => Err(input::invalid(name, text)),
        },
    };
    let (since, until) = (id("since_id", 0)?, id("until_id", i64::MAX)?);
    let (after, before) = match token {
        Some(PageToken::OlderThan(id)) => (since, until.min(id)),
        Some(PageToken::NewerThan(id)) => (since.max(id), until),
        None => (since, until),
    };
    let range = TweetRange {
        after,
        before,
        from: timestamp("start_time", Timestamp(i64::MIN))?,
        until: timestamp("end_time", Timestamp(i64::MAX))?,
        without_replies: excludes_replies(get("exclude"))?,
        count: count(get("max_results"))?,
        oldest_first: matches!(token, Some(PageToken::NewerThan(_))),
    };
    Ok(PageQuery { range, token })
}

/// Whether `exclude` has `replies`; `retweets` has no effect, because there are none.
fn excludes_replies(exclude: Option<&str>) -> std::result::Result<bool, Fault> {
    let mut excludes_replies = false;
    for value in exclude.into_iter().flat_map(|list| list.split(',')) {
        match value.trim() {
            "replies" => excludes_replies = true,
            "retweets" | "reposts" => {}
            other => return Err(input::invalid("exclude", other)),
        }
    }
    Ok(excludes_replies)
}

fn count(max_results: Option<&str>) -> std::result::Result<i64, Fault> {
    let Some(text) = max_results else { return Ok(DEFAULT_RESULTS) };
    match text.parse::<i64>() {
        Ok(count) if (5..=100).contains(&count) => Ok(count),
        Ok(_) => Err(Fault::QueryInvalid {
            name: "max_results",
            value: text.to_owned(),
            why: "is not between 5 and 100".to_owned(),
        }),
        Err(_) => Err(input::invalid("max_results", text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_round_trips_and_an_invalid_one_is_refused() {
        for token in [PageToken::OlderThan(7), PageToken::NewerThan(i64::MAX)] {
            assert_eq!(PageToken::parse(&token.encode()), Some(token));
        }
        for bad in ["", "a", "bzA", "\u{e9}", &URL_SAFE_NO_PAD.encode("x7"), &"A".repeat(500)] {
            assert_eq!(PageToken::parse(bad), None, "{bad}");
        }
    }
}

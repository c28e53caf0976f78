//! `GET /2/users/:id/tweets`: a user's Tweets, newest first, in pages.

use super::super::tweets::lookup::listed;
use super::super::{error, input, json};
use super::lookup::validate_id;
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

/// Tweets in one page, if not said otherwise (documented).
const DEFAULT_RESULTS: i64 = 10;

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageToken {
    /// What is older than this Tweet.
    OlderThan(i64),
    /// What is newer than this Tweet.
    NewerThan(i64),
}

impl PageToken {
    fn print(self) -> String {
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

/// One page.
pub async fn handle(call: Call) -> Result<Response> {
    let given = call.segment(1);
    validate_id("id", given)?;
    let (range, token) = range(&call)?;
    let user = match UserId::parse(given) {
        Some(id) => users::by_id(&call.app, id).await?,
        None => None,
    };
    let Some(user) = user else {
        let missing = error::not_found(&call.app, "user", "id", given);
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    // One more shows whether there is another page.
    let one_more = TweetRange { count: range.count + 1, ..range };
    let mut found = tweets::in_range(&call.app, user.id, one_more).await?;
    let count = usize::try_from(range.count).unwrap_or(0);
    let has_more = found.len() > count;
    found.truncate(count);
    if range.oldest_first {
        found.reverse();
    }
    let mut body = listed(&call, &found).await?;
    body.insert("meta".into(), meta(&found, token, has_more));
    json(StatusCode::OK, &Value::Object(body))
}

fn meta(found: &[HydratedTweet], token: Option<PageToken>, has_more: bool) -> Value {
    let mut meta = Map::new();
    meta.insert("result_count".into(), json!(found.len()));
    let (Some(newest), Some(oldest)) = (found.first(), found.last()) else {
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
        meta.insert("next_token".into(), json!(PageToken::OlderThan(oldest).print()));
    }
    if has_newer {
        meta.insert("previous_token".into(), json!(PageToken::NewerThan(newest).print()));
    }
    Value::Object(meta)
}

fn range(call: &Call) -> Result<(TweetRange, Option<PageToken>)> {
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
    let moment = |name: &'static str, default| match get(name) {
        None => Ok(default),
        Some(text) => match text.parse::<jiff::Timestamp>() {
            Ok(moment) => Ok(Timestamp(moment.as_millisecond())),
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
        from: moment("start_time", Timestamp(i64::MIN))?,
        until: moment("end_time", Timestamp(i64::MAX))?,
        without_replies: excludes_replies(get("exclude"))?,
        count: count(get("max_results"))?,
        oldest_first: matches!(token, Some(PageToken::NewerThan(_))),
    };
    Ok((range, token))
}

/// Nobody retweets here, so that there are none to leave out.
fn excludes_replies(given: Option<&str>) -> std::result::Result<bool, Fault> {
    let mut replies = false;
    for one in given.into_iter().flat_map(|list| list.split(',')) {
        match one.trim() {
            "replies" => replies = true,
            "retweets" | "reposts" => {}
            other => return Err(input::invalid("exclude", other)),
        }
    }
    Ok(replies)
}

fn count(given: Option<&str>) -> std::result::Result<i64, Fault> {
    let Some(text) = given else { return Ok(DEFAULT_RESULTS) };
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
    fn a_token_is_read_back_and_any_text_is_accepted() {
        for token in [PageToken::OlderThan(7), PageToken::NewerThan(i64::MAX)] {
            assert_eq!(PageToken::parse(&token.print()), Some(token));
        }
        for bad in ["", "a", "bzA", "\u{e9}", &URL_SAFE_NO_PAD.encode("x7"), &"A".repeat(500)] {
            assert_eq!(PageToken::parse(bad), None, "{bad}");
        }
    }
}

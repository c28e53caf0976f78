//! Polls in v2 JSON. Voting is not supported, so there are no votes.

use super::super::fields::FieldSelection;
use super::date_time;
use birdhouse_domain::tweet::Tweet;
use birdhouse_domain::{Poll, Timestamp};
use serde_json::{Value, json};

/// The id of the poll of a Tweet: the Tweet's own, because a Tweet has at most one poll.
pub fn id(tweet: &Tweet) -> String {
    tweet.id.to_string()
}

/// Renders a poll with the selected fields; `id` and `options` always.
pub fn poll(tweet: &Tweet, poll: &Poll, selection: &FieldSelection, now: Timestamp) -> Value {
    let option = |(index, label): (usize, &String)| json!({"position": index + 1, "label": label, "votes": 0});
    let mut all = json!({
        "id": id(tweet),
        "options": poll.options.iter().enumerate().map(option).collect::<Value>(),
    });
    let ends_at = poll.ends_at(tweet.created_at);
    if selection.has_poll_field("duration_minutes") {
        all["duration_minutes"] = json!(poll.minutes);
    }
    if selection.has_poll_field("end_datetime") {
        all["end_datetime"] = json!(date_time(ends_at));
    }
    if selection.has_poll_field("voting_status") {
        all["voting_status"] = json!(if ends_at > now { "open" } else { "closed" });
    }
    all
}

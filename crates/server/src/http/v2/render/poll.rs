//! Polls in the words of v2. Nobody votes here, so there are no votes.

use super::super::fields::View;
use super::moment;
use birdhouse_domain::tweet::Tweet;
use birdhouse_domain::{Poll, Timestamp};
use serde_json::{Value, json};

/// The id of a Tweet's poll: the Tweet's own, of which each has one poll.
pub fn id(tweet: &Tweet) -> String {
    tweet.id.to_string()
}

/// A poll; `id` and `options` always.
pub fn poll(tweet: &Tweet, poll: &Poll, view: &View, now: Timestamp) -> Value {
    let option = |(place, label): (usize, &String)| json!({"position": place + 1, "label": label, "votes": 0});
    let mut all = json!({
        "id": id(tweet),
        "options": poll.options.iter().enumerate().map(option).collect::<Value>(),
    });
    let ends_at = poll.ends_at(tweet.created_at);
    if view.poll("duration_minutes") {
        all["duration_minutes"] = json!(poll.minutes);
    }
    if view.poll("end_datetime") {
        all["end_datetime"] = json!(moment(ends_at));
    }
    if view.poll("voting_status") {
        all["voting_status"] = json!(if ends_at > now { "open" } else { "closed" });
    }
    all
}

//! The operations that search, list and count one's own descriptions, and the schemas of their responses.

use super::birdhouse::new;
use super::operation::Auth::User;
use super::operation::{Operation, id, object, schema_ref, string};
use serde_json::{Value, json};

const FILTERS: &str = "Filters, separated by commas or repeated; all must apply: `undescribed`, `flagged` \
                       (the linter has a warning or an error), `decorative`, `origin:author`, \
                       `origin:embedded`, `origin:suggested`, `origin:generated`, `app:` with a name or \
                       id.";

fn own(path: &str, id: &'static str) -> Operation {
    new("get", &format!("/birdhouse/v1/{path}"), id).auth(User(&["tweet.read"]))
}

fn example() -> Value {
    json!({"media_id": "1212092628029698048", "lang": "en", "alt_text": "A wren on a gate.",
           "extended": null, "decorative": false, "origin": "author",
           "app": {"id": "2", "name": "reader"}, "updated_at": "2026-01-01T00:00:00.000Z",
           "created_at": "2026-01-01T00:00:00.000Z", "url": "https://birdhouse.example/media/x.jpg"})
}

/// Search, media and coverage.
pub(super) fn operations() -> Vec<Operation> {
    let counts = json!({"total": 3, "described": 2, "decorative": 1, "undescribed": 1,
        "by_app": [{"app": {"id": "2", "name": "reader"}, "total": 3, "described": 2}],
        "by_month": [{"month": "2026-01", "total": 3, "described": 2}],
        "most_seen_undescribed": []});
    vec![
        own("search", "searchDescriptions")
            .summary("Search the descriptions of your media, newest first. All words must be found; the last may be the beginning of one; words in double quotes follow each other. A new description is found about a second after it was written.")
            .query("q", "Words; may be empty with `lang` or `filter`.", json!({"type": "string", "maxLength": 200}))
            .query("lang", "Only in this language: `pt` finds `pt-BR`, too.", string())
            .query("filter", FILTERS, string())
            .paged()
            .returns(200, "SearchResults", json!({"results": [example()], "next_cursor": null})),
        own("media", "listOwnMedia")
            .summary("Your images and GIFs with their default description, newest first. With filters a page may be short while there is more: follow `next_cursor`.")
            .query("filter", FILTERS, string())
            .paged()
            .returns(200, "OwnMediaList", json!({"media": [example()], "next_cursor": null})),
        own("coverage", "descriptionCoverage")
            .summary("How many of your images and GIFs are described, and which others are seen most. Decorative ones count as described. Views are approximate.")
            .returns(200, "Coverage", counts),
    ]
}

/// Schemas of responses.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let nullable = || json!({"type": ["string", "null"]});
    let number = || json!({"type": "integer"});
    let list = |item: Value| json!({"type": "array", "items": item});
    let page =
        |name, item| object(2, &[(name, list(schema_ref(item))), ("next_cursor", nullable())]);
    let app = || object(2, &[("id", id()), ("name", string())]);
    let found = [
        ("media_id", id()),
        ("lang", string()),
        ("alt_text", nullable()),
        ("extended", nullable()),
        ("decorative", json!({"type": "boolean"})),
        ("origin", nullable()),
        ("app", app()),
        ("updated_at", nullable()),
        ("created_at", json!({"type": "string", "format": "date-time"})),
        ("url", string()),
    ];
    let by_app = [("app", app()), ("total", number()), ("described", number())];
    let by_month = [("month", string()), ("total", number()), ("described", number())];
    let seen = [("media_id", id()), ("views", number()), ("url", string())];
    let coverage = [
        ("total", number()),
        ("described", number()),
        ("decorative", number()),
        ("undescribed", number()),
        ("by_app", list(object(3, &by_app))),
        ("by_month", list(object(3, &by_month))),
        ("most_seen_undescribed", list(object(3, &seen))),
    ];
    vec![
        ("FoundDescription", object(found.len(), &found)),
        ("SearchResults", page("results", "FoundDescription")),
        ("OwnMediaList", page("media", "FoundDescription")),
        ("Coverage", object(coverage.len(), &coverage)),
    ]
}

//! Entities of a text, without overlaps.

use super::{Entities, Link, Mention, Tag, links, tags};

/// Maximum number of characters in `display_url`.
const MAX_DISPLAYED: usize = 26;

#[derive(Clone, Copy)]
enum Kind {
    Link,
    List,
    Mention,
    Hashtag,
    Cashtag,
}

/// Finds them; `position` maps an index into `chars` to the index to return.
pub(super) fn find(chars: &[char], position: impl Fn(usize) -> usize) -> Entities {
    let mut entities = Entities::default();
    for (kind, (start, end)) in without_overlaps(candidates(chars)) {
        let indices = (position(start), position(end));
        let typed = |from: usize| chars[from..end].iter().collect::<String>();
        match kind {
            Kind::Link => entities.urls.push(link(typed(start), indices)),
            Kind::List => {}
            Kind::Mention => {
                entities.mentions.push(Mention { screen_name: typed(start + 1), indices });
            }
            Kind::Hashtag => entities.hashtags.push(Tag { text: typed(start + 1), indices }),
            Kind::Cashtag => entities.symbols.push(Tag { text: typed(start + 1), indices }),
        }
    }
    entities
}

type Candidate = (Kind, (usize, usize));

fn candidates(chars: &[char]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    found.extend(links::find(chars).into_iter().map(|indices| (Kind::Link, indices)));
    found.extend(tags::mentions(chars).into_iter().map(|mentioned| {
        (if mentioned.is_list { Kind::List } else { Kind::Mention }, mentioned.indices)
    }));
    found.extend(tags::hashtags(chars).into_iter().map(|indices| (Kind::Hashtag, indices)));
    found.extend(tags::cashtags(chars).into_iter().map(|indices| (Kind::Cashtag, indices)));
    found
}

/// Keeps the first of those that overlap.
fn without_overlaps(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by_key(|(_, indices)| indices.0);
    let mut free_from = 0;
    found.retain(|(_, (start, end))| {
        let is_free = *start >= free_from;
        if is_free {
            free_from = *end;
        }
        is_free
    });
    found
}

fn link(url: String, indices: (usize, usize)) -> Link {
    let bare = without_prefix(without_prefix(&url, "https://"), "http://");
    let has_protocol = bare.len() < url.len();
    let displayed = without_prefix(bare, "www.");
    let mut display_url: String = displayed.chars().take(MAX_DISPLAYED).collect();
    if display_url.len() < displayed.len() {
        display_url.push('…');
    }
    let expanded_url = if has_protocol { url.clone() } else { format!("http://{url}") };
    Link { url, expanded_url, display_url, indices }
}

fn without_prefix<'text>(text: &'text str, prefix: &str) -> &'text str {
    match text.split_at_checked(prefix.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(prefix) => rest,
        _ => text,
    }
}

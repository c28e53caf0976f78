//! All that a text refers to, without overlaps.

use super::{Entities, Link, Mention, Tag, links, tags};

/// Letters of a link that are shown.
const SHOWN: usize = 26;

#[derive(Clone, Copy)]
enum Kind {
    Link,
    List,
    Mention,
    Hashtag,
    Cashtag,
}

/// Finds them; `place` says where a code point of `letters` stands in the text that the indices
/// are for.
pub(super) fn find(letters: &[char], place: impl Fn(usize) -> usize) -> Entities {
    let mut entities = Entities::default();
    for (kind, (start, end)) in without_overlaps(all(letters)) {
        let indices = (place(start), place(end));
        let typed = |from: usize| letters[from..end].iter().collect::<String>();
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

type Found = (Kind, (usize, usize));

fn all(letters: &[char]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    found.extend(links::find(letters).into_iter().map(|indices| (Kind::Link, indices)));
    found.extend(tags::mentions(letters).into_iter().map(|mentioned| {
        (if mentioned.is_list { Kind::List } else { Kind::Mention }, mentioned.indices)
    }));
    found.extend(tags::hashtags(letters).into_iter().map(|indices| (Kind::Hashtag, indices)));
    found.extend(tags::cashtags(letters).into_iter().map(|indices| (Kind::Cashtag, indices)));
    found
}

/// Of two that overlap, the one that begins first stays.
fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
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
    let shown = without_prefix(bare, "www.");
    let mut display_url: String = shown.chars().take(SHOWN).collect();
    if display_url.len() < shown.len() {
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

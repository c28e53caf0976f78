//! Rule only-url: links, and at most a word that leads to them.

use super::text::Text;
use crate::tweet_text::extract_entities;

/// Whether the text consists of links. A bare domain is none: it may be a name, as "Booking.com".
pub(super) fn is_found(text: &Text) -> bool {
    let has_words = |word: &&str| word.chars().any(char::is_alphanumeric);
    let mut words = text.visible.split_whitespace().filter(has_words).peekable();
    words.next_if(|word| word.ends_with(':'));
    words.peek().is_some() && words.all(is_url)
}

fn is_url(word: &str) -> bool {
    let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
    let has_start = |start: &str| {
        let head = word.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start)) && word.len() > start.len()
    };
    has_start("http://") || has_start("https://") || has_start("www.") || is_path_of_host(word)
}

/// `example.com/path`, whose top-level domain is known.
fn is_path_of_host(word: &str) -> bool {
    let Some((host, path)) = word.split_once('/') else { return false };
    let is_host = host.contains('.') && !path.is_empty();
    is_host && extract_entities(host).urls.iter().any(|link| link.url == host)
}

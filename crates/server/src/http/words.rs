//! The words of a Tweet as every dialect shows them: escaped, with one link that stands for all
//! its media.

use crate::actions::tweets::Shown;
use birdhouse_domain::tweet_text;

/// The link in a Tweet's text that stands for all its media.
#[derive(Clone, Debug)]
pub struct Link {
    /// `https://t.co/` and ten characters.
    pub url: String,
    /// Where it stands in the text, in code points.
    pub indices: (usize, usize),
}

/// The words of a Tweet and the one link that stands for all its media.
#[derive(Clone, Debug)]
pub struct Text {
    /// With `&amp;`, `&lt;`, `&gt;`, and the link at its end.
    pub whole: String,
    /// Without the link.
    pub words: String,
    /// The link.
    pub link: Link,
}

/// The words of a Tweet as they are shown.
pub fn text_of(shown: &Shown) -> Text {
    let words = tweet_text::escape_html(&shown.tweet.text);
    let url = format!("https://t.co/{}", shown.tweet.media_link);
    let before = if words.is_empty() { 0 } else { words.chars().count() + 1 };
    let whole = match (shown.media.is_empty(), words.is_empty()) {
        (true, _) => words.clone(),
        (false, true) => url.clone(),
        (false, false) => format!("{words} {url}"),
    };
    let indices = (before, before + url.chars().count());
    Text { whole, words, link: Link { url, indices } }
}

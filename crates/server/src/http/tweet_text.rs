//! The text of a Tweet as every dialect shows them: escaped, with one link that stands for all
//! its media.

use birdhouse_core::actions::tweets::HydratedTweet;
use birdhouse_domain::tweet_text;

/// The link in a Tweet's text that stands for all its media.
#[derive(Clone, Debug)]
pub struct Link {
    /// `https://t.co/` and ten characters.
    pub url: String,
    /// Where it stands in the text, in code points.
    pub indices: (usize, usize),
}

/// The text of a Tweet and the one link that stands for all its media.
#[derive(Clone, Debug)]
pub struct Text {
    /// With `&amp;`, `&lt;`, `&gt;`, and the link at its end.
    pub whole: String,
    /// Without the link.
    pub body: String,
    /// The link.
    pub link: Link,
}

/// The text of a Tweet as they are shown.
pub fn text_of(shown: &HydratedTweet) -> Text {
    let body = tweet_text::escape_html(&shown.tweet.text);
    let url = format!("https://t.co/{}", shown.tweet.media_link);
    let before = if body.is_empty() { 0 } else { body.chars().count() + 1 };
    let whole = match (shown.media.is_empty(), body.is_empty()) {
        (true, _) => body.clone(),
        (false, true) => url.clone(),
        (false, false) => format!("{body} {url}"),
    };
    let indices = (before, before + url.chars().count());
    Text { whole, body, link: Link { url, indices } }
}

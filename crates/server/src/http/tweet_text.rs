//! The text of a Tweet as every dialect renders it: escaped, with one link to all its media.

use birdhouse_core::actions::tweets::HydratedTweet;
use birdhouse_domain::tweet_text;

/// The link to the media of a Tweet, in its text.
#[derive(Clone, Debug)]
pub struct MediaLink {
    /// `https://t.co/` and ten characters.
    pub url: String,
    /// Start and end in the text, in code points.
    pub indices: (usize, usize),
}

/// The rendered text of a Tweet.
#[derive(Clone, Debug)]
pub struct RenderedText {
    /// Escaped, with the link at its end if there are media.
    pub full: String,
    /// Escaped, without the link.
    pub body: String,
    /// The link.
    pub link: MediaLink,
}

/// Renders the text of a Tweet.
pub fn render_text(hydrated: &HydratedTweet) -> RenderedText {
    let body = tweet_text::escape_html(&hydrated.tweet.text);
    let url = format!("https://t.co/{}", hydrated.tweet.media_link);
    let start = if body.is_empty() { 0 } else { body.chars().count() + 1 };
    let full = match (hydrated.media.is_empty(), body.is_empty()) {
        (true, _) => body.clone(),
        (false, true) => url.clone(),
        (false, false) => format!("{body} {url}"),
    };
    let indices = (start, start + url.chars().count());
    RenderedText { full, body, link: MediaLink { url, indices } }
}

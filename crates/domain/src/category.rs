//! The category of a media (`media_category`, declared) and its kind (detected).

/// The use that the client declares for a media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// An image in a Tweet.
    TweetImage,
    /// An animated GIF in a Tweet.
    TweetGif,
    /// A video in a Tweet.
    TweetVideo,
    /// A video of a professional publisher.
    AmplifyVideo,
    /// An image in a direct message.
    DmImage,
    /// An animated GIF in a direct message.
    DmGif,
    /// A video in a direct message.
    DmVideo,
    /// A subtitle file.
    Subtitles,
}

impl Category {
    const ALL: [Self; 8] = [
        Self::TweetImage,
        Self::TweetGif,
        Self::TweetVideo,
        Self::AmplifyVideo,
        Self::DmImage,
        Self::DmGif,
        Self::DmVideo,
        Self::Subtitles,
    ];

    /// The documented spelling, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::TweetImage => "tweet_image",
            Self::TweetGif => "tweet_gif",
            Self::TweetVideo => "tweet_video",
            Self::AmplifyVideo => "amplify_video",
            Self::DmImage => "dm_image",
            Self::DmGif => "dm_gif",
            Self::DmVideo => "dm_video",
            Self::Subtitles => "subtitles",
        }
    }

    /// Parses every spelling that clients send: `tweet_image`, `TweetImage`, `TWEET_IMAGE`.
    pub fn parse(text: &str) -> Option<Self> {
        let normalize = |s: &str| s.replace('_', "").to_ascii_lowercase();
        let normalized = normalize(text);
        Self::ALL.into_iter().find(|category| normalize(category.name()) == normalized)
    }

    /// The kind of media that fits the category.
    pub fn kind(self) -> Kind {
        match self {
            Self::TweetImage | Self::DmImage => Kind::Image,
            Self::TweetGif | Self::DmGif => Kind::AnimatedGif,
            Self::TweetVideo | Self::AmplifyVideo | Self::DmVideo => Kind::Video,
            Self::Subtitles => Kind::Subtitles,
        }
    }

    /// The number before `_` in a `media_key`: 3, 7, 13 and 16 as recorded.
    pub fn media_key_prefix(self) -> u8 {
        match self {
            Self::AmplifyVideo => 13,
            other => other.kind().media_key_prefix(),
        }
    }
}

/// The kind of a media, detected from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A still image.
    Image,
    /// A GIF with more than one frame.
    AnimatedGif,
    /// A video.
    Video,
    /// A subtitle file.
    Subtitles,
}

impl Kind {
    /// The number before `_` in the `media_key` of a media without category. The one for subtitles
    /// is our choice: no recorded response has it.
    pub fn media_key_prefix(self) -> u8 {
        match self {
            Self::Image => 3,
            Self::Video => 7,
            Self::Subtitles => 8,
            Self::AnimatedGif => 16,
        }
    }

    /// The name used in the catalog and as `type` of `extended_entities.media`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "photo",
            Self::AnimatedGif => "animated_gif",
            Self::Video => "video",
            Self::Subtitles => "subtitles",
        }
    }

    /// Parses [`Kind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Image, Self::AnimatedGif, Self::Video, Self::Subtitles]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_that_clients_send_is_parsed() {
        for text in ["tweet_image", "TweetImage", "TWEET_IMAGE"] {
            assert_eq!(Category::parse(text), Some(Category::TweetImage));
        }
        assert_eq!(Category::parse("amplify_video"), Some(Category::AmplifyVideo));
        assert_eq!(Category::parse("SUBTITLES"), Some(Category::Subtitles));
        assert_eq!(Category::parse("banner"), None);
        assert_eq!(Category::parse(""), None);
    }
}

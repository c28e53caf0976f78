//! What users are told by webhooks.

/// The most webhooks of a user.
pub const MAX_WEBHOOKS: i64 = 10;

/// What a webhook is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookEvent {
    /// A description of the user's media was set, changed or removed.
    Described,
    /// Somebody, or a captioning service, suggested a description of the user's media.
    Suggested,
    /// The user posted a Tweet with an image that has no alt text.
    UndescribedTweeted,
}

impl WebhookEvent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Described, Self::Suggested, Self::UndescribedTweeted];
    /// Their names.
    pub const NAMES: [&str; 3] = ["described", "suggested", "undescribed_tweeted"];

    /// Its name, in the catalog and on the wire.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Parses [`WebhookEvent::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }
}

/// A set of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookEvents(i64);

impl WebhookEvents {
    /// Reads [`WebhookEvents::bits`].
    pub fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// One bit for each, in the order of [`WebhookEvent::ALL`], the first one being 1.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// Whether it has an event.
    pub fn contains(self, event: WebhookEvent) -> bool {
        self.0 & 1 << (event as u32) != 0
    }

    /// The names of its events.
    pub fn names(self) -> Vec<&'static str> {
        let all = WebhookEvent::ALL.into_iter();
        all.filter(|event| self.contains(*event)).map(WebhookEvent::name).collect()
    }
}

impl FromIterator<WebhookEvent> for WebhookEvents {
    fn from_iter<I: IntoIterator<Item = WebhookEvent>>(events: I) -> Self {
        Self(events.into_iter().fold(0, |bits, event| bits | 1 << (event as u32)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_events_has_what_was_put_in() {
        let events: WebhookEvents = ["suggested", "undescribed_tweeted", "suggested"]
            .into_iter()
            .filter_map(WebhookEvent::parse)
            .collect();
        assert_eq!(events.bits(), 6);
        assert_eq!(WebhookEvents::from_bits(6).names(), ["suggested", "undescribed_tweeted"]);
        assert!(!events.contains(WebhookEvent::Described));
        assert_eq!(WebhookEvent::parse("deleted"), None);
    }
}

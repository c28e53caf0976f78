//! Top-level domains by which a host without `http://` is told from other words with a dot: all
//! country codes (any two letters), and the generic ones in wide use.

const GENERIC: &[&str] = &[
    "academy", "aero", "agency", "ai", "app", "art", "asia", "audio", "bank", "bar", "berlin",
    "best", "bet", "bike", "bio", "biz", "blog", "blue", "boutique", "build", "business", "cafe",
    "camera", "camp", "capital", "care", "cat", "center", "chat", "church", "city", "click",
    "clinic", "cloud", "club", "coach", "codes", "coffee", "com", "community", "company", "cool",
    "coop", "dance", "date", "deals", "design", "dev", "digital", "direct", "directory", "dog",
    "earth", "edu", "education", "email", "energy", "engineer", "events", "exchange", "expert",
    "express", "family", "fans", "farm", "fashion", "film", "finance", "fish", "fit", "fm",
    "foundation", "fun", "fund", "fyi", "gallery", "game", "games", "garden", "gift", "global",
    "gmbh", "gold", "google", "gov", "graphics", "green", "group", "guide", "guru", "haus",
    "health", "help", "hospital", "host", "hotel", "house", "how", "inc", "info", "ink",
    "institute", "int", "international", "io", "jobs", "kitchen", "land", "law", "legal", "life",
    "limited", "link", "live", "loan", "lol", "london", "love", "ltd", "management", "market",
    "marketing", "media", "men", "mil", "mobi", "moe", "money", "museum", "music", "name", "net",
    "network", "news", "ngo", "ninja", "nyc", "one", "ong", "online", "org", "page", "paris",
    "parts", "party", "pet", "photo", "photography", "photos", "pics", "pictures", "pink",
    "pizza", "place", "plus", "post", "press", "pro", "productions", "pub", "quebec", "radio",
    "red", "rent", "repair", "report", "rest", "restaurant", "review", "reviews", "rocks", "run",
    "sale", "school", "science", "services", "shop", "show", "site", "social", "software",
    "solutions", "space", "store", "stream", "studio", "style", "support", "systems", "tax",
    "team", "tech", "technology", "tel", "theater", "tips", "today", "tokyo", "tools", "top",
    "tours", "town", "toys", "trade", "training", "travel", "tube", "tv", "university", "uno",
    "video", "vip", "vision", "vote", "watch", "website", "wiki", "win", "wine", "work", "works",
    "world", "wtf", "xxx", "xyz", "yoga", "zone",
];

/// Whether a lower-case label is a top-level domain.
pub(super) fn is_known(label: &str) -> bool {
    let is_country = label.len() == 2 && label.bytes().all(|b| b.is_ascii_lowercase());
    is_country || label.starts_with("xn--") || GENERIC.binary_search(&label).is_ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_list_is_sorted_for_its_search() {
        assert!(super::GENERIC.is_sorted());
    }
}

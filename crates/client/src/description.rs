//! Descriptions: in the default language as any client sets them, all else by Birdhouse's own API.

mod list;

pub(crate) use list::parse_flag;
pub use list::{DescriptionList, ListError};

use crate::connection::{Body, Connection, Request};
use crate::error::Result;
use birdhouse_oauth::percent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The default language: none is stated.
pub const DEFAULT_LANG: &str = "und";
const METADATA_V2: &str = "/2/media/metadata";
const METADATA: &str = "/1.1/media/metadata/create.json";

/// A description of a media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Its language, as a BCP 47 tag; the default one if absent.
    #[serde(default)]
    pub lang: Option<String>,
    /// The short text that a screen reader reads.
    #[serde(default)]
    pub alt_text: Option<String>,
    /// More, for who wants more.
    #[serde(default)]
    pub extended: Option<String>,
    /// Whether there is nothing to describe.
    #[serde(default)]
    pub decorative: bool,
}

impl Description {
    /// The same with no text where there are only spaces.
    #[must_use]
    pub fn without_blanks(mut self) -> Self {
        for text in [&mut self.lang, &mut self.alt_text, &mut self.extended] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                *text = None;
            }
        }
        self
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.alt_text.is_none() && self.extended.is_none() && !self.decorative
    }

    /// Its language.
    pub fn lang(&self) -> &str {
        self.lang.as_deref().unwrap_or(DEFAULT_LANG)
    }

    /// Sets it.
    pub async fn set(&self, connection: &Connection, media_id: &str) -> Result<()> {
        let is_plain = self.lang() == DEFAULT_LANG && self.extended.is_none() && !self.decorative;
        if let (true, Some(text)) = (is_plain, &self.alt_text) {
            if connection.profile().is_bearer() {
                let body = json!({"id": media_id, "metadata": {"alt_text": {"text": text}}});
                return connection.send_json("POST", METADATA_V2, &body).await.map(drop);
            }
            let body = json!({"media_id": media_id, "alt_text": {"text": text}});
            return connection.send_json("POST", METADATA, &body).await.map(drop);
        }
        self.replace(connection, media_id).await
    }

    /// Sets all of it by Birdhouse's own API, so that nothing of an older one stays.
    pub async fn replace(&self, connection: &Connection, media_id: &str) -> Result<()> {
        let body = json!({
            "alt_text": self.alt_text, "extended": self.extended, "decorative": self.decorative,
        });
        connection.send_json("PUT", &target(media_id, Some(self.lang())), &body).await.map(drop)
    }
}

/// All descriptions of a media, with their history, as the server has them.
pub async fn read(connection: &Connection, media_id: &str) -> Result<Value> {
    connection.get(&target(media_id, None)).await
}

/// Deletes the description in a language.
pub async fn delete(connection: &Connection, media_id: &str, lang: &str) -> Result<()> {
    let target = target(media_id, Some(lang));
    connection
        .send(&Request { method: "DELETE", target: &target, body: Body::None })
        .await
        .map(drop)
}

fn target(media_id: &str, lang: Option<&str>) -> String {
    let all = format!("/birdhouse/v1/media/{}/descriptions", percent::encode(media_id));
    lang.map_or(all.clone(), |lang| format!("{all}/{}", percent::encode(lang)))
}

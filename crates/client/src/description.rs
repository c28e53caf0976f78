//! Descriptions: in the default language as any client sets them, all else by Birdhouse's own API.

mod list;

pub(crate) use list::parse_flag;
pub use list::{DescriptionList, ListError};

use crate::connection::{Body, Connection, Request};
use crate::error::{Error, Result};
use birdhouse_domain::Language;
use birdhouse_oauth::percent;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The default language: none is stated.
pub const DEFAULT_LANG: &str = "und";
const LINT: &str = "/birdhouse/v1/lint";
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

    /// Why no server accepts it; `None` if it says nothing, or what one can say.
    pub fn objection(&self) -> Option<&'static str> {
        if self.decorative && (self.alt_text.is_some() || self.extended.is_some()) {
            Some("what is decorative has no alt text and no extended text")
        } else if self.extended.is_some() && self.alt_text.is_none() {
            Some("an extended text needs an alt text, which is read first")
        } else {
            None
        }
    }

    /// Its language.
    pub fn lang(&self) -> &str {
        self.lang.as_deref().unwrap_or(DEFAULT_LANG)
    }

    /// Sets it. Nobody but their owner describes media as any client does: a delegate does so by
    /// Birdhouse's own API.
    pub async fn set(&self, connection: &Connection, media_id: &str) -> Result<()> {
        let is_plain = self.lang() == DEFAULT_LANG && self.extended.is_none() && !self.decorative;
        let (true, Some(text)) = (is_plain, &self.alt_text) else {
            return self.replace(connection, media_id).await;
        };
        match set_plain(connection, media_id, text).await {
            Err(Error::Refused(refusal)) if refusal.status == 404 => {
                match self.replace_plain(connection, media_id).await {
                    // The media, or that API, is not there either.
                    Err(Error::Refused(again)) if again.status == 404 => {
                        Err(Error::Refused(refusal))
                    }
                    outcome => outcome,
                }
            }
            outcome => outcome,
        }
    }

    /// Sets the alt text by Birdhouse's own API; an extended one stays, as with any client.
    async fn replace_plain(&self, connection: &Connection, media_id: &str) -> Result<()> {
        let found = read(connection, media_id).await?;
        let mut all = found["descriptions"].as_array().into_iter().flatten();
        let known = all.find(|one| one["lang"] == DEFAULT_LANG);
        let extended = known.and_then(|one| one["extended"].as_str()).map(str::to_owned);
        Self { extended, ..self.clone() }.replace(connection, media_id).await
    }

    /// Sets all of it by Birdhouse's own API, so that nothing of an older one stays.
    pub async fn replace(&self, connection: &Connection, media_id: &str) -> Result<()> {
        let body = json!({
            "alt_text": self.alt_text, "extended": self.extended, "decorative": self.decorative,
        });
        connection.send_json("PUT", &target(media_id, Some(self.lang())), &body).await.map(drop)
    }
}

/// Sets the alt text in the default language as any client does.
async fn set_plain(connection: &Connection, media_id: &str, text: &str) -> Result<()> {
    let (target, body) = if connection.profile().is_bearer() {
        (METADATA_V2, json!({"id": media_id, "metadata": {"alt_text": {"text": text}}}))
    } else {
        (METADATA, json!({"media_id": media_id, "alt_text": {"text": text}}))
    };
    connection.send_json("POST", target, &body).await.map(drop)
}

/// What the server's linter finds in the alt text of a description, each as the server has it; nothing
/// where there is no linter.
pub async fn findings(
    connection: &Connection,
    description: &Description,
    file_name: Option<&str>,
) -> Vec<Value> {
    let Some(text) = &description.alt_text else { return Vec::new() };
    let mut body = json!({"alt_text": text, "lang": description.lang()});
    if let Some(name) = file_name {
        body["file_name"] = json!(name);
    }
    let request = Request { method: "POST", target: LINT, body: Body::Json(&body) };
    // It is no more than advice: nobody waits for it.
    let answer = connection.attempt(&request).await.map(|answer| answer.json);
    answer.ok().and_then(|json| json["findings"].as_array().cloned()).unwrap_or_default()
}

/// A language tag in its usual case; the error is what is wrong.
pub fn language(tag: &str) -> std::result::Result<String, String> {
    match Language::parse(tag.trim()) {
        Ok(language) => Ok(language.as_str().to_owned()),
        Err(_) => Err(format!("`{tag}` is not a language tag, such as de or pt-BR")),
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

/// Returns to the description before the newest change; the answer is that description. Sent once: twice
/// would undo two changes.
pub async fn undo(connection: &Connection, media_id: &str, lang: &str) -> Result<Value> {
    let target = format!("{}/undo", target(media_id, Some(lang)));
    let request = Request { method: "POST", target: &target, body: Body::None };
    connection.attempt(&request).await.map(|answer| answer.json)
}

fn target(media_id: &str, lang: Option<&str>) -> String {
    let all = format!("/birdhouse/v1/media/{}/descriptions", percent::encode(media_id));
    lang.map_or(all.clone(), |lang| format!("{all}/{}", percent::encode(lang)))
}

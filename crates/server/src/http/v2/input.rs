//! Bodies and parameters of v2.

use super::schema::Schema;
use crate::http::read::call::Call;
use crate::http::read::content_type::Content;
use crate::http::read::json_body;
use crate::http::read::json_media;
use crate::http::read::upload_form::UploadForm;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};
use serde_json::{Map, Value, json};

/// The JSON object of a body, validated against its schema.
pub async fn body(call: &Call, schema: &Schema) -> Result<Value> {
    let value = json_body::read(call).await?;
    schema.validate(&value)?;
    Ok(value)
}

/// An upload's body: its members, and the bytes.
pub struct Upload {
    /// Every member; `media` is a blank text if bytes were sent.
    pub members: Map<String, Value>,
    /// The bytes.
    pub media: Option<Incoming>,
}

impl Upload {
    /// Reads multipart in any order of its parts, urlencoded, or JSON with base64; at most `limit`
    /// bytes of media, which are streamed to a blob.
    pub async fn read(call: &Call, limit: u64) -> Result<Self> {
        if matches!(call.content, Content::Other) || call.json_in_form.is_some() {
            let (mut members, media) = json_media::read(call, limit).await?;
            if call.query.get("command").is_some() {
                for (name, value) in &call.query.0 {
                    members.entry(name).or_insert_with(|| json!(value));
                }
            }
            return Ok(Self { members, media });
        }
        let form = UploadForm::read(call, limit).await?;
        let mut members: Map<String, Value> =
            form.texts(call).into_iter().map(|(name, value)| (name, json!(value))).collect();
        for name in ["media", "media[]", "media_data"] {
            members.remove(name);
        }
        if form.media.is_some() {
            members.insert("media".to_owned(), json!(""));
        }
        Ok(Self { members, media: form.media })
    }

    /// A text, or a number as text.
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.members.get(name)?)
    }

    /// Validates the members.
    pub fn validate(&self, schema: &Schema) -> Result<()> {
        Ok(schema.validate(&Value::Object(self.members.clone()))?)
    }

    /// The bytes, or a refusal.
    pub fn bytes(&mut self) -> Result<Incoming> {
        Ok(self.media.take().ok_or(Fault::MediaMissing)?)
    }
}

/// A text, or a number as text; `None` for anything else and for what is blank.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of ids, or the same as a text with commas between, for `additional_owners`.
pub fn owners(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(list) => {
            let ids: Vec<String> = list.iter().filter_map(text).collect();
            Some(ids.join(","))
        }
        other => text(other),
    }
}

/// The id of a media as it stands in a path, a query or a form.
pub fn media_id(given: &str) -> Result<MediaId> {
    let shown: String = given.chars().take(40).collect();
    MediaId::parse(given).ok_or_else(|| Fault::MediaIdInvalid(shown).into())
}

/// A comma list of one to a hundred values; of equal ones the first.
pub fn list(call: &Call, name: &'static str) -> Result<Vec<String>> {
    let given = call.query.get(name).filter(|text| !text.is_empty());
    let given = given.ok_or(Fault::ParameterMissing(name))?;
    let count = given.split(',').count();
    if count > 100 {
        let why = "has more than 100 values".to_owned();
        return Err(Fault::QueryInvalid { name, value: format!("{count} values"), why }.into());
    }
    let mut all: Vec<String> = Vec::new();
    for one in given.split(',').map(str::trim) {
        if !all.iter().any(|known| known == one) {
            all.push(one.to_owned());
        }
    }
    Ok(all)
}

/// A parameter of the query that cannot be read.
pub fn invalid(name: &'static str, value: &str) -> Fault {
    let value = value.chars().take(100).collect();
    Fault::QueryInvalid { name, value, why: "is not valid".to_owned() }
}

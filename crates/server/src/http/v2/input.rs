//! Parses bodies and parameters of v2.

use super::schema::Schema;
use crate::http::read::call::Call;
use crate::http::read::content_type::ContentType;
use crate::http::read::json_body;
use crate::http::read::json_media::{self, JsonMedia};
use crate::http::read::upload_form::UploadForm;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};
use serde_json::{Map, Value, json};

/// Reads the JSON object in the body and validates it.
pub async fn body(call: &Call, schema: &Schema) -> Result<Value> {
    let value = json_body::read(call).await?;
    schema.validate(&value)?;
    Ok(value)
}

/// The body of an upload.
pub struct UploadBody {
    /// All members; `media` is an empty string if a file was sent.
    pub members: Map<String, Value>,
    /// The file.
    pub media: Option<Incoming>,
}

impl UploadBody {
    /// Reads a multipart, urlencoded or JSON body; the file, of at most `limit` bytes, is streamed
    /// to a blob.
    pub async fn read(call: &Call, limit: u64) -> Result<Self> {
        if matches!(call.content_type, ContentType::Other) || call.json_in_form.is_some() {
            let JsonMedia { mut members, media } = json_media::read(call, limit).await?;
            if call.query.get("command").is_some() {
                for (name, value) in &call.query.0 {
                    members.entry(name).or_insert_with(|| json!(value));
                }
            }
            return Ok(Self { members, media });
        }
        let form = UploadForm::read(call, limit).await?;
        let mut members = form.texts(call);
        if form.media.is_some() {
            members.insert("media".to_owned(), json!(""));
        }
        Ok(Self { members, media: form.media })
    }

    /// A member that is a string or a number, as a string.
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.members.get(name)?)
    }

    /// Validates the members.
    pub fn validate(&self, schema: &Schema) -> Result<()> {
        Ok(schema.validate(&Value::Object(self.members.clone()))?)
    }

    /// Takes the file; [`Fault::MediaMissing`] if there is none.
    pub fn take_media(&mut self) -> Result<Incoming> {
        Ok(self.media.take().ok_or(Fault::MediaMissing)?)
    }
}

/// A string or a number as a string; `None` for the empty string and anything else.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `additional_owners`, a list of ids or a string of them, as a string separated by commas.
pub fn owners(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Array(list) => {
            let ids: Vec<String> = list.iter().filter_map(text).collect();
            Some(ids.join(","))
        }
        other => text(other),
    }
}

/// Parses a media id of a path, a query or a form.
pub fn media_id(text: &str) -> Result<MediaId> {
    let excerpt = || text.chars().take(40).collect();
    MediaId::parse(text).ok_or_else(|| Fault::MediaIdInvalid(excerpt()).into())
}

/// A query parameter with 1 to 100 values, separated by commas, without duplicates.
pub fn list(call: &Call, name: &'static str) -> Result<Vec<String>> {
    let text = call.query.get(name).filter(|text| !text.is_empty());
    let text = text.ok_or(Fault::ParameterMissing(name))?;
    let count = text.split(',').count();
    if count > 100 {
        let why = "has more than 100 values".to_owned();
        return Err(Fault::QueryInvalid { name, value: format!("{count} values"), why }.into());
    }
    let mut values: Vec<String> = Vec::new();
    for value in text.split(',').map(str::trim) {
        if !values.iter().any(|other| other == value) {
            values.push(value.to_owned());
        }
    }
    Ok(values)
}

/// The fault for a query parameter with an invalid value.
pub fn invalid(name: &'static str, value: &str) -> Fault {
    let value = value.chars().take(100).collect();
    Fault::QueryInvalid { name, value, why: "is not valid".to_owned() }
}

/// Refuses a value that is not 1 to 19 digits.
pub fn validate_id(name: &'static str, id: &str) -> Result<()> {
    let is_id = (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { Ok(()) } else { Err(invalid(name, id).into()) }
}

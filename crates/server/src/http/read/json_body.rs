//! JSON bodies of any Content-Type: `application/json`, `text/plain`, a form, or none (all sent by
//! known clients).

use super::body;
use super::call::Call;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};
use serde_json::Value;

/// Maximum bytes of a JSON body.
const MAX_BYTES: usize = 64 * 1024;

/// Reads the bytes of the body.
pub async fn bytes(call: &Call) -> Result<Vec<u8>> {
    match (call.json_in_form.clone(), call.take_body()) {
        (Some(json), _) => Ok(json),
        (None, Some(body)) => body::read_all(&call.app, body, MAX_BYTES).await,
        (None, None) => Ok(Vec::new()),
    }
}

/// Reads the JSON object in the body.
pub async fn read(call: &Call) -> Result<Value> {
    parse(bytes(call).await?, call.app.config.fidelity)
}

/// Parses a JSON object, with comments unless `fidelity` is strict.
pub fn parse(bytes: Vec<u8>, fidelity: Fidelity) -> Result<Value> {
    let mut text = String::from_utf8(bytes).map_err(|_| not_json("it is not UTF-8"))?;
    if fidelity == Fidelity::Lenient {
        text = without_comments(text.trim_start_matches('\u{feff}'));
    }
    let value: Value = serde_json::from_str(&text).map_err(|e| not_json(&e.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(not_json("it is not an object").into()) }
}

/// The fault for a body that is not a JSON object.
pub fn not_json(why: &str) -> Fault {
    Fault::MetadataNotJson(why.to_owned())
}

/// A media id that is a string or a number, exact to 64 bits.
pub fn media_id(value: &Value) -> Result<MediaId> {
    let parsed = match value {
        Value::Null => return Err(Fault::MetadataMediaIdMissing.into()),
        Value::String(text) if text.is_empty() => return Err(Fault::MetadataMediaIdMissing.into()),
        Value::String(text) => MediaId::parse(text),
        Value::Number(number) => MediaId::parse(&number.to_string()),
        _ => return Err(Fault::ParameterInvalid("media_id").into()),
    };
    Ok(parsed.ok_or(Fault::MediaNotFound)?)
}

/// Removes `//` and `/* */` comments from JSON, because the documented example has one. Strings are
/// kept; each comment becomes one space, so that positions in error messages stay close.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut in_string = false;
    while let Some(c) = rest.next() {
        match (in_string, c, rest.peek()) {
            (true, '\\', _) => {
                out.push(c);
                out.extend(rest.next());
                continue;
            }
            (_, '"', _) => in_string = !in_string,
            (false, '/', Some('/')) => {
                while rest.next_if(|c| !matches!(c, '\n' | '\r')).is_some() {}
                out.push(' ');
                continue;
            }
            (false, '/', Some('*')) => {
                skip_block(&mut rest);
                out.push(' ');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

fn skip_block(rest: &mut impl Iterator<Item = char>) {
    rest.next();
    let mut last = ' ';
    for c in rest {
        if last == '*' && c == '/' {
            return;
        }
        last = c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_removed_and_strings_kept() {
        let text = "{\"a\": \"// no \\\" /* no */\", // yes\n \"b\": /* yes **/ 1}";
        let value: Value = serde_json::from_str(&without_comments(text)).unwrap();
        assert_eq!(value, serde_json::json!({"a": "// no \" /* no */", "b": 1}));
        for open in ["/", "{//", "{/*", "\"\\", "/*/"] {
            without_comments(open);
        }
    }
}

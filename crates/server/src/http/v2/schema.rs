//! Validates JSON bodies. Violations are worded as by the validator of the real service: the path
//! of the member and what is wrong with it (recorded: `$.media.media_ids[0]: object found, string
//! expected`).

use birdhouse_domain::Fault;
use serde_json::{Map, Value, json};
use std::fmt;

/// The schema of a value.
#[derive(Debug)]
pub enum Schema {
    /// Any value.
    Any,
    /// A string with a minimum and a maximum number of characters.
    Text(usize, usize),
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An id: a string of 1 to 19 digits.
    Id,
    /// An id as a string or a number, as some clients send it.
    LenientId,
    /// A language code of two capital letters.
    Language,
    /// An integer with a minimum and a maximum.
    Int(i64, i64),
    /// The same, or its digits as a string (documented for `segment_index`).
    IntOrDigits(i64, i64),
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An array of one schema with a minimum and a maximum length.
    List(&'static Schema, usize, usize),
    /// An object.
    Object(&'static [Field], OtherMembers),
    /// Either of two.
    Either(&'static Schema, &'static Schema),
    /// This, or `null`, which is equivalent to absence.
    OrNull(&'static Schema),
}

/// How members that are not in the schema are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherMembers {
    /// They are ignored.
    Allowed,
    /// They are refused.
    Refused,
}

/// A member of an object.
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    schema: Schema,
    is_required: bool,
}

impl Field {
    /// The name of the member.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// An optional member.
pub const fn optional(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, is_required: false }
}

/// A required member.
pub const fn required(name: &'static str, schema: Schema) -> Field {
    Field { name, schema, is_required: true }
}

/// The path of a value; formatted only for a violation.
#[derive(Clone, Copy)]
enum JsonPath<'a> {
    Root,
    Member(&'a JsonPath<'a>, &'a str),
    Item(&'a JsonPath<'a>, usize),
}

impl fmt::Display for JsonPath<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => out.write_str("$"),
            Self::Member(parent, name) => write!(out, "{parent}.{name:.100}"),
            Self::Item(parent, index) => write!(out, "{parent}[{index}]"),
        }
    }
}

const ID_PATTERN: &str = "^[0-9]{1,19}$";
const LANGUAGE_PATTERN: &str = "^[A-Z]{2}$";

impl Schema {
    /// Validates a body; [`Fault::SchemaViolated`] names the first violation.
    pub fn validate(&self, body: &Value) -> Result<(), Fault> {
        self.validate_at(&JsonPath::Root, body)
    }

    fn validate_at(&self, at: &JsonPath<'_>, value: &Value) -> Result<(), Fault> {
        match self {
            Self::Any => Ok(()),
            Self::OrNull(_) if value.is_null() => Ok(()),
            Self::OrNull(schema) => schema.validate_at(at, value),
            Self::Either(a, b) => a.validate_at(at, value).or_else(|_| b.validate_at(at, value)),
            Self::Bool => require_type(at, value, "boolean", value.is_boolean()),
            Self::Number => require_type(at, value, "number", value.is_number()),
            Self::Int(min, max) => validate_int(at, value, *min, *max),
            Self::IntOrDigits(min, max) => match value.as_str().map(str::parse::<u32>) {
                Some(Ok(number)) => validate_int(at, &json!(number), *min, *max),
                _ => validate_int(at, value, *min, *max),
            },
            Self::Text(..) | Self::OneOf(_) | Self::Id | Self::Language => {
                require_type(at, value, "string", value.is_string())?;
                self.validate_text(at, value.as_str().unwrap_or_default())
            }
            Self::LenientId => match value {
                Value::Number(number) => Self::Id.validate_text(at, &number.to_string()),
                _ => Self::Id.validate_at(at, value),
            },
            Self::List(item, min, max) => validate_list(at, value, item, *min, *max),
            Self::Object(fields, rest) => validate_object(at, value, fields, *rest),
        }
    }

    fn validate_text(&self, at: &JsonPath<'_>, text: &str) -> Result<(), Fault> {
        let is_id = || (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let is_language = || text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        let length = text.chars().count();
        let why = match self {
            Self::Text(_, max) if length > *max => format!("may only be {max} characters long"),
            Self::Text(..) if text.contains('\0') => "must not contain a NUL character".to_owned(),
            Self::Text(min, _) if length < *min => {
                format!("must be at least {min} characters long")
            }
            Self::OneOf(all) if !all.contains(&text) => {
                format!("does not have a value in the enumeration [{}]", all.join(", "))
            }
            Self::Id if !is_id() => format!("does not match the regex pattern {ID_PATTERN}"),
            Self::Language if !is_language() => {
                format!("does not match the regex pattern {LANGUAGE_PATTERN}")
            }
            _ => return Ok(()),
        };
        Err(violated(at, why))
    }

    /// The same as an OpenAPI schema.
    pub fn to_openapi(&self) -> Value {
        match self {
            Self::Any => json!({}),
            Self::Text(0, usize::MAX) => json!({"type": "string"}),
            Self::Text(min, usize::MAX) => json!({"type": "string", "minLength": min}),
            Self::Text(0, max) => json!({"type": "string", "maxLength": max}),
            Self::Text(min, max) => json!({"type": "string", "minLength": min, "maxLength": max}),
            Self::OneOf(all) => json!({"type": "string", "enum": all}),
            Self::Id => json!({"type": "string", "pattern": ID_PATTERN}),
            Self::LenientId => json!({"anyOf": [Self::Id.to_openapi(), {"type": "integer"}]}),
            Self::Language => json!({"type": "string", "pattern": LANGUAGE_PATTERN}),
            Self::Int(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
            Self::IntOrDigits(min, max) => {
                json!({"anyOf": [Self::Int(*min, *max).to_openapi(),
                                 {"type": "string", "pattern": "^[0-9]{1,4}$"}]})
            }
            Self::Number => json!({"type": "number"}),
            Self::Bool => json!({"type": "boolean"}),
            Self::List(item, min, max) => {
                json!({"type": "array", "items": item.to_openapi(), "minItems": min, "maxItems": max})
            }
            Self::Either(a, b) => json!({"anyOf": [a.to_openapi(), b.to_openapi()]}),
            Self::OrNull(schema) => json!({"anyOf": [schema.to_openapi(), {"type": "null"}]}),
            Self::Object(fields, rest) => object_schema(fields, *rest),
        }
    }
}

fn object_schema(fields: &[Field], rest: OtherMembers) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|f| (f.name.to_owned(), f.schema.to_openapi())).collect();
    let required: Vec<&str> = fields.iter().filter(|f| f.is_required).map(|f| f.name).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if rest == OtherMembers::Refused {
        schema["additionalProperties"] = json!(false);
    }
    schema
}

fn validate_int(at: &JsonPath<'_>, value: &Value, min: i64, max: i64) -> Result<(), Fault> {
    let Some(number) = value.as_i64() else {
        return require_type(at, value, "integer", false);
    };
    if number < min {
        return Err(violated(at, format!("must have a minimum value of {min}")));
    }
    if number > max {
        return Err(violated(at, format!("must have a maximum value of {max}")));
    }
    Ok(())
}

fn validate_list(
    at: &JsonPath<'_>,
    value: &Value,
    item: &Schema,
    min: usize,
    max: usize,
) -> Result<(), Fault> {
    let Some(list) = value.as_array() else { return require_type(at, value, "array", false) };
    if list.len() > max {
        return Err(violated(at, format!("there must be a maximum of {max} items in the array")));
    }
    if list.len() < min {
        return Err(violated(at, format!("there must be a minimum of {min} items in the array")));
    }
    list.iter()
        .enumerate()
        .try_for_each(|(n, value)| item.validate_at(&JsonPath::Item(at, n), value))
}

fn validate_object(
    at: &JsonPath<'_>,
    value: &Value,
    fields: &[Field],
    rest: OtherMembers,
) -> Result<(), Fault> {
    let Some(object) = value.as_object() else { return require_type(at, value, "object", false) };
    for field in fields {
        let path = JsonPath::Member(at, field.name);
        match object.get(field.name) {
            Some(value) => field.schema.validate_at(&path, value)?,
            None if field.is_required => {
                return Err(violated(&path, "is missing but it is required".to_owned()));
            }
            None => {}
        }
    }
    let is_known = |name: &str| fields.iter().any(|field| field.name == name);
    match object.keys().find(|name| rest == OtherMembers::Refused && !is_known(name)) {
        None => Ok(()),
        Some(name) => {
            let why = "is not defined in the schema and the schema does not allow additional \
                       properties";
            Err(violated(&JsonPath::Member(at, name), why.to_owned()))
        }
    }
}

fn require_type(
    at: &JsonPath<'_>,
    value: &Value,
    expected: &str,
    is_valid: bool,
) -> Result<(), Fault> {
    let got = match value {
        _ if is_valid => return Ok(()),
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    Err(violated(at, format!("{got} found, {expected} expected")))
}

fn violated(path: &JsonPath<'_>, why: String) -> Fault {
    Fault::SchemaViolated { place: path.to_string(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: Schema = Schema::Object(
        &[
            optional("text", Schema::Text(1, 5)),
            required("ids", Schema::List(&Schema::Id, 1, 2)),
            optional("index", Schema::IntOrDigits(0, 9)),
        ],
        OtherMembers::Refused,
    );

    #[test]
    fn violations_have_path_and_reason() {
        let cases = [
            (json!({"ids": ["1"]}), ""),
            (json!({"ids": ["1"], "index": "7"}), ""),
            (json!([]), "$: array found, object expected"),
            (json!({}), "$.ids: is missing but it is required"),
            (json!({"ids": [{}]}), "$.ids[0]: object found, string expected"),
            (json!({"ids": ["3_1"]}), "$.ids[0]: does not match the regex pattern ^[0-9]{1,19}$"),
            (
                json!({"ids": ["1", "2", "3"]}),
                "$.ids: there must be a maximum of 2 items in the array",
            ),
            (json!({"ids": ["1"], "text": "123456"}), "$.text: may only be 5 characters long"),
            (json!({"ids": ["1"], "index": 10}), "$.index: must have a maximum value of 9"),
            (json!({"ids": ["1"], "index": 1.5}), "$.index: number found, integer expected"),
            (
                json!({"ids": ["1"], "x": 1}),
                "$.x: is not defined in the schema and the schema does not allow additional \
                 properties",
            ),
        ];
        for (body, expected) in cases {
            let violation = match POST.validate(&body) {
                Ok(()) => String::new(),
                Err(Fault::SchemaViolated { place, why }) => format!("{place}: {why}"),
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(violation, expected, "{body}");
        }
    }
}

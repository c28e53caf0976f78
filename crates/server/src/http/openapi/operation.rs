//! An operation of the OpenAPI document, and helpers to build its schemas.

use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The authentication that an operation accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// None.
    None,
    /// OAuth 1.0a of a user.
    Signed,
    /// OAuth 1.0a of a user, or an app-only token.
    SignedOrApp,
    /// OAuth 1.0a of a user, or an OAuth 2.0 user token with these scopes.
    User(&'static [&'static str]),
    /// The same, or an app-only token.
    UserOrApp(&'static [&'static str]),
    /// Client id and secret of an app.
    Client,
}

/// An operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) tag: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) id: &'static str,
    pub(crate) summary: Cow<'static, str>,
    pub(crate) auth: Auth,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    pub(crate) success: Success,
    errors: Errors,
}

/// The successful response of an operation.
#[derive(Clone, Debug)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) mime: &'static str,
    pub(crate) schema: Value,
    pub(crate) example: Value,
}

/// The error responses of an operation.
#[derive(Clone, Copy, Debug)]
struct Errors {
    schema: &'static str,
    mimes: &'static [&'static str],
}

const JSON: &str = "application/json";

impl Operation {
    /// An operation without parameters that returns JSON.
    pub(crate) fn new(
        method: &'static str,
        path: &str,
        id: &'static str,
        tag: &'static str,
    ) -> Self {
        let is_v2 = path.starts_with("/2/");
        Self {
            tag,
            method,
            path: path.to_owned(),
            id,
            summary: Cow::Borrowed(""),
            auth: Auth::None,
            parameters: Vec::new(),
            body: None,
            success: Success { status: 200, mime: JSON, schema: json!({}), example: Value::Null },
            errors: if is_v2 {
                Errors { schema: "Problem", mimes: &[JSON, "application/problem+json"] }
            } else {
                Errors { schema: "Errors", mimes: &[JSON] }
            },
        }
    }

    /// Sets the summary, one sentence.
    pub(crate) fn summary(mut self, summary: impl Into<Cow<'static, str>>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Sets the accepted authentication.
    pub(crate) fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Adds an optional query parameter.
    pub(crate) fn query(mut self, name: &str, about: &str, schema: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "schema": schema}));
        self
    }

    /// Adds an optional query parameter that is a list separated by commas.
    pub(crate) fn list(mut self, name: &str, about: &str, item: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "style": "form", "explode": false,
            "schema": {"type": "array", "items": item, "minItems": 1, "maxItems": 100}}));
        self
    }

    /// Makes the last parameter required.
    pub(crate) fn required(mut self) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            last["required"] = json!(true);
        }
        self
    }

    /// Adds a path parameter.
    pub(crate) fn segment(mut self, name: &str, schema: Value, example: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": schema, "example": example}));
        self
    }

    /// Adds a JSON body.
    pub(crate) fn json(self, schema: Value, example: Value) -> Self {
        self.body_of(JSON, schema, example)
    }

    /// Adds a body of this media type; an operation may have several.
    pub(crate) fn body_of(mut self, mime: &str, schema: Value, example: Value) -> Self {
        let body = self.body.get_or_insert_with(|| json!({"required": true, "content": {}}));
        body["content"][mime] = json!({"schema": schema});
        if !example.is_null() {
            body["content"][mime]["example"] = example;
        }
        self
    }

    /// Makes the body optional.
    pub(crate) fn optional(mut self) -> Self {
        if let Some(body) = &mut self.body {
            body["required"] = json!(false);
        }
        self
    }

    /// Sets the successful JSON response.
    pub(crate) fn returns(mut self, status: u16, schema: &str, example: Value) -> Self {
        self.success = Success { status, mime: JSON, schema: schema_ref(schema), example };
        self
    }

    /// Sets a successful response that is text, not JSON.
    pub(crate) fn returns_text(mut self, status: u16, mime: &'static str, example: &str) -> Self {
        let (schema, example) = (string(), json!(example));
        self.success = Success { status, mime, schema, example };
        self
    }

    /// Sets the error responses, if they differ from the default of the dialect.
    pub(crate) fn errors(mut self, schema: &'static str, mimes: &'static [&'static str]) -> Self {
        self.errors = Errors { schema, mimes };
        self
    }

    /// The operation as an OpenAPI object.
    pub(crate) fn document(&self) -> Value {
        let Success { status, mime, schema, example } = &self.success;
        let mut content = json!({"schema": schema});
        if !example.is_null() {
            content["example"] = example.clone();
        }
        let Errors { schema: error_schema, mimes } = self.errors;
        let errors: Map<String, Value> = mimes
            .iter()
            .map(|mime| ((*mime).to_owned(), json!({"schema": schema_ref(error_schema)})))
            .collect();
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "security": self.security(),
            "responses": {
                status.to_string(): {"description": "Success.", "content": {*mime: content}},
                "default": {"description": "Error; the body has the reason.", "content": errors},
            },
        });
        if !self.parameters.is_empty() {
            operation["parameters"] = json!(self.parameters);
        }
        if let Some(body) = &self.body {
            operation["requestBody"] = body.clone();
        }
        operation
    }

    fn security(&self) -> Value {
        match self.auth {
            Auth::None => json!([]),
            Auth::Signed => json!([{"OAuth1": []}]),
            Auth::SignedOrApp => json!([{"OAuth1": []}, {"AppOnly": []}]),
            Auth::User(scopes) => json!([{"OAuth2": scopes}, {"OAuth1": []}]),
            Auth::UserOrApp(scopes) => {
                json!([{"OAuth2": scopes}, {"OAuth1": []}, {"AppOnly": []}])
            }
            Auth::Client => json!([{"Client": []}]),
        }
    }
}

/// A reference to a schema by its name.
pub(crate) fn schema_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The schema of a string.
pub(crate) fn string() -> Value {
    json!({"type": "string"})
}

/// The schema of an id.
pub(crate) fn id() -> Value {
    json!({"type": "string", "pattern": "^[0-9]{1,19}$"})
}

/// The schema of a string with these values.
pub(crate) fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

/// The schema of an object with these properties, the first `required` of which are required.
pub(crate) fn object(required: usize, properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().take(required).map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !names.is_empty() {
        schema["required"] = json!(names);
    }
    schema
}

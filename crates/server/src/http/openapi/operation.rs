//! One operation of the contract, and the small vocabulary in which the tables are written.

use serde_json::{Map, Value, json};

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// Anybody.
    None,
    /// A user who signs by OAuth 1.0a.
    Signed,
    /// The same, or an app for itself.
    SignedOrApp,
    /// A user who signs, or whose OAuth 2.0 token has these scopes.
    User(&'static [&'static str]),
    /// The same, or an app for itself.
    UserOrApp(&'static [&'static str]),
    /// An app that proves itself by its id and secret.
    Client,
}

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) tag: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) auth: Auth,
    pub(crate) parameters: Vec<Value>,
    pub(crate) body: Option<Value>,
    /// Status, content type, schema and example of success.
    pub(crate) success: (u16, &'static str, Value, Value),
    errors: (&'static str, &'static [&'static str]),
}

const JSON: &str = "application/json";

impl Operation {
    /// An operation that answers JSON of this schema.
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
            summary: "",
            auth: Auth::None,
            parameters: Vec::new(),
            body: None,
            success: (200, JSON, json!({}), Value::Null),
            errors: if is_v2 {
                ("Problem", &[JSON, "application/problem+json"])
            } else {
                ("Errors", &[JSON])
            },
        }
    }

    /// What it does, in a sentence.
    pub(crate) fn about(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Who may call it.
    pub(crate) fn by(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// A parameter of the query that may be absent.
    pub(crate) fn query(mut self, name: &str, about: &str, schema: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "schema": schema}));
        self
    }

    /// A comma list in the query.
    pub(crate) fn list(mut self, name: &str, about: &str, item: Value) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "style": "form", "explode": false,
            "schema": {"type": "array", "items": item, "minItems": 1, "maxItems": 100}}));
        self
    }

    /// Makes the last parameter one that must be there.
    pub(crate) fn required(mut self) -> Self {
        if let Some(last) = self.parameters.last_mut() {
            last["required"] = json!(true);
        }
        self
    }

    /// A segment of the path.
    pub(crate) fn segment(mut self, name: &str, schema: Value, example: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": schema, "example": example}));
        self
    }

    /// A body of JSON.
    pub(crate) fn json(self, schema: Value, example: Value) -> Self {
        self.body_of(JSON, schema, example)
    }

    /// A body of this type; several types may be given.
    pub(crate) fn body_of(mut self, kind: &str, schema: Value, example: Value) -> Self {
        let body = self.body.get_or_insert_with(|| json!({"required": true, "content": {}}));
        body["content"][kind] = json!({"schema": schema});
        if !example.is_null() {
            body["content"][kind]["example"] = example;
        }
        self
    }

    /// A body that may be absent.
    pub(crate) fn optional(mut self) -> Self {
        if let Some(body) = &mut self.body {
            body["required"] = json!(false);
        }
        self
    }

    /// What success looks like.
    pub(crate) fn gives(mut self, status: u16, schema: &str, example: Value) -> Self {
        self.success = (status, JSON, of(schema), example);
        self
    }

    /// Success that is no JSON.
    pub(crate) fn gives_text(mut self, status: u16, kind: &'static str, example: &str) -> Self {
        self.success = (status, kind, json!({"type": "string"}), json!(example));
        self
    }

    /// What refusals look like, if not as usual for the path.
    pub(crate) fn refuses(mut self, schema: &'static str, kinds: &'static [&'static str]) -> Self {
        self.errors = (schema, kinds);
        self
    }

    /// The operation as OpenAPI writes it.
    pub(crate) fn document(&self) -> Value {
        let (status, kind, schema, example) = &self.success;
        let mut content = json!({"schema": schema});
        if !example.is_null() {
            content["example"] = example.clone();
        }
        let (name, kinds) = self.errors;
        let refusals: Map<String, Value> =
            kinds.iter().map(|kind| ((*kind).to_owned(), json!({"schema": of(name)}))).collect();
        let mut all = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "security": self.security(),
            "responses": {
                status.to_string(): {"description": "Done.", "content": {*kind: content}},
                "default": {"description": "Refused; the body says why.", "content": refusals},
            },
        });
        if !self.parameters.is_empty() {
            all["parameters"] = json!(self.parameters);
        }
        if let Some(body) = &self.body {
            all["requestBody"] = body.clone();
        }
        all
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

/// A schema by its name.
pub(crate) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// A text.
pub(crate) fn text() -> Value {
    json!({"type": "string"})
}

/// An id in a path or a query.
pub(crate) fn id() -> Value {
    json!({"type": "string", "pattern": "^[0-9]{1,19}$"})
}

/// A text of a list.
pub(crate) fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

/// An object with these properties, of which the first `required` must be there.
pub(crate) fn object(required: usize, properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().take(required).map(|(name, _)| *name).collect();
    let all: Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let mut schema = json!({"type": "object", "properties": all});
    if !names.is_empty() {
        schema["required"] = json!(names);
    }
    schema
}

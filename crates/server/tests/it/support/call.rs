//! A request before it is signed.

use birdhouse_oauth::params::Params;

/// A request before it is signed.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) content_type: Option<&'a str>,
    pub(crate) body: Vec<u8>,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const MULTIPART: &str = "multipart/form-data; boundary=xYzZY";

impl<'a> Call<'a> {
    pub(crate) fn get(path: &'a str) -> Self {
        Self { method: "GET", path, content_type: None, body: Vec::new() }
    }

    pub(crate) fn post(
        path: &'a str,
        content_type: Option<&'a str>,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        Self { method: "POST", path, content_type, body: body.into() }
    }

    pub(crate) fn form(path: &'a str, pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Self::post(path, Some(FORM), pairs.collect::<Params>().print())
    }

    pub(crate) fn json(path: &'a str, body: &str) -> Self {
        Self::post(path, Some("application/json"), body)
    }

    pub(crate) fn multipart(path: &'a str, parts: &[(&str, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (name, bytes) in parts {
            let head =
                format!("--xYzZY\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--xYzZY--\r\n");
        Self::post(path, Some(MULTIPART), body)
    }
}

//! The `Authorization: OAuth …` header (RFC 5849, section 3.5.1), parsed leniently:
//! any order, `,` or `, ` as separator, quoted or unquoted values, scheme in any case.

use crate::params::Params;
use crate::percent;

/// Maximum number of parameters.
const MAX_PARAMETERS: usize = 64;

/// Why a header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The scheme is not `OAuth`.
    #[error("the scheme is not OAuth")]
    OtherScheme,
    /// A piece is not `name=value`.
    #[error("a parameter is not name=value")]
    Malformed,
    /// A parameter is repeated.
    #[error("a parameter is repeated")]
    Duplicate,
    /// There are more parameters than any client sends.
    #[error("there are too many parameters")]
    TooMany,
}

/// Parses a header value; `realm` is omitted, because no signature covers it.
pub fn parse(value: &str) -> Result<Params, HeaderError> {
    let value = value.trim();
    let rest = value.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("oauth"));
    let rest = rest.and_then(|_| value.get(5..)).ok_or(HeaderError::OtherScheme)?;
    if !rest.starts_with([' ', '\t']) {
        return Err(HeaderError::OtherScheme);
    }
    let mut found = Params::default();
    for piece in pieces(rest) {
        let (name, value) = piece.split_once('=').ok_or(HeaderError::Malformed)?;
        let (name, value) = (percent::decode(name.trim()), unquote(value.trim()));
        if name.eq_ignore_ascii_case("realm") {
            continue;
        }
        if found.get(&name).is_some() {
            return Err(HeaderError::Duplicate);
        }
        if found.len() == MAX_PARAMETERS {
            return Err(HeaderError::TooMany);
        }
        found.push(name, percent::decode(value));
    }
    Ok(found)
}

/// Splits at commas outside of quotes.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let cut = move |c: char| {
        is_quoted ^= c == '"';
        c == ',' && !is_quoted
    };
    text.split(cut).map(str::trim).filter(|piece| !piece.is_empty())
}

fn unquote(value: &str) -> &str {
    value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value)
}

/// Prints a header value.
pub fn print(params: &Params) -> String {
    let mut out = String::from("OAuth ");
    for (at, (name, value)) in params.0.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        out.push_str(&percent::encode(name));
        out.push_str("=\"");
        out.push_str(&percent::encode(value));
        out.push('"');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R7: every header format that a known client sends is parsed to the same parameters.
    #[test]
    fn r7_every_known_format_is_parsed() {
        let forms = [
            r#"OAuth oauth_consumer_key="ck", oauth_signature="a%2Bb%3D""#,
            r#"OAuth oauth_consumer_key="ck",oauth_signature="a%2Bb%3D""#,
            "OAuth oauth_consumer_key=ck, oauth_signature=a%2Bb%3D",
            r#"oauth realm="https://a.example/,x", oauth_consumer_key="ck", oauth_signature="a%2Bb%3D","#,
            r#"OAUTH   oauth_consumer_key="ck"  ,  oauth_signature="a%2Bb%3D""#,
        ];
        for form in forms {
            let read = parse(form).unwrap();
            assert_eq!(read.get("oauth_consumer_key"), Some("ck"), "{form}");
            assert_eq!(read.get("oauth_signature"), Some("a+b="), "{form}");
            assert_eq!(read.len(), 2, "{form}");
        }
    }

    #[test]
    fn an_invalid_header_is_refused() {
        for other in ["", "O", "OAuth", "Basic abc", "OAuthX a=b", "\u{1F426}\u{1F426}"] {
            assert_eq!(parse(other), Err(HeaderError::OtherScheme), "{other:?}");
        }
        assert_eq!(parse("OAuth a"), Err(HeaderError::Malformed));
        assert_eq!(parse("OAuth a=1, a=1"), Err(HeaderError::Duplicate));
    }
}

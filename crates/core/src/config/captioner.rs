//! The settings of the captioning service.

use super::checks::{at_least_one, invalid};
use super::error::ConfigError;
use birdhouse_domain::Language;
use birdhouse_outbound::Target;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

const KEY: &str = "captioner";
/// A job cannot be put off for longer.
const DELAY_MAX: u64 = 900;

/// How a captioning service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaptionerKind {
    /// Our own contract.
    Birdhouse,
    /// Chat messages with images.
    Chat,
}

/// A captioning service.
#[derive(Clone, Debug)]
pub struct Captioner {
    /// Where images are sent.
    pub target: Target,
    /// How it is spoken to.
    pub kind: CaptionerKind,
    /// The file with the token that it requires.
    pub bearer_token_file: Option<PathBuf>,
    /// The model to name.
    pub model: String,
    /// What it is told to do.
    pub prompt: String,
    /// One suggestion for each.
    pub languages: Vec<Language>,
    /// Milliseconds after an upload in which its author may describe it.
    pub delay_ms: i64,
    /// How long a request may take.
    pub time: Duration,
    /// The most bytes of an answer.
    pub answer_bytes: usize,
    /// The most images a minute.
    pub per_minute: u32,
}

/// The `[captioner]` table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "birdhouse.example.toml documents each")]
pub struct CaptionerLayer {
    pub url: Option<String>,
    pub kind: Option<String>,
    pub bearer_token_file: Option<PathBuf>,
    pub model: Option<String>,
    pub prompt: Option<String>,
    pub languages: Option<Vec<String>>,
    pub delay_seconds: Option<u32>,
    pub timeout_seconds: Option<u32>,
    pub max_response_bytes: Option<u32>,
    pub per_minute: Option<u32>,
}

/// The service, if a URL is set.
pub(super) fn resolve(layer: CaptionerLayer) -> Result<Option<Captioner>, ConfigError> {
    let Some(url) = layer.url.filter(|url| !url.is_empty()) else { return Ok(None) };
    let target = Target::parse(&url).map_err(|why| invalid(KEY, format!("`url` {why}")))?;
    let kind = kind(layer.kind.as_deref())?;
    let model = layer.model.unwrap_or_default();
    if kind == CaptionerKind::Chat && model.is_empty() {
        return Err(invalid(KEY, "kind `chat` needs `model`, which each request names".to_owned()));
    }
    let prompt = layer.prompt.unwrap_or_else(|| {
        "Describe this image in one or two sentences, for somebody who cannot see it.".to_owned()
    });
    let answer_bytes =
        at_least_one("captioner.max_response_bytes", layer.max_response_bytes.unwrap_or(16_384))?;
    let seconds = at_least_one("captioner.timeout_seconds", layer.timeout_seconds.unwrap_or(20))?;
    Ok(Some(Captioner {
        target: target.of_operator(),
        kind,
        bearer_token_file: layer.bearer_token_file.filter(|path| !path.as_os_str().is_empty()),
        model,
        prompt,
        languages: languages(layer.languages)?,
        delay_ms: delay_ms(layer.delay_seconds.unwrap_or(60).into())?,
        time: Duration::from_secs(seconds.into()),
        answer_bytes: usize::try_from(answer_bytes).unwrap_or(usize::MAX),
        per_minute: at_least_one("captioner.per_minute", layer.per_minute.unwrap_or(60))?,
    }))
}

fn kind(value: Option<&str>) -> Result<CaptionerKind, ConfigError> {
    match value {
        None | Some("birdhouse") => Ok(CaptionerKind::Birdhouse),
        Some("chat") => Ok(CaptionerKind::Chat),
        Some(other) => Err(invalid(KEY, format!("kind `{other}` is neither birdhouse nor chat"))),
    }
}

fn languages(value: Option<Vec<String>>) -> Result<Vec<Language>, ConfigError> {
    let tags = value.unwrap_or_else(|| vec![Language::DEFAULT.to_owned()]);
    if tags.is_empty() || tags.len() > 10 {
        return Err(invalid(KEY, "`languages` names 1 to 10 languages".to_owned()));
    }
    let parse = |tag: &String| {
        Language::parse(tag).map_err(|_| invalid(KEY, format!("`{tag}` is no BCP 47 tag")))
    };
    tags.iter().map(parse).collect()
}

fn delay_ms(seconds: u64) -> Result<i64, ConfigError> {
    if seconds > DELAY_MAX {
        let text =
            format!("delay_seconds {seconds} is too large; the largest value is {DELAY_MAX}");
        return Err(invalid(KEY, text));
    }
    Ok(i64::try_from(seconds * 1000).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(toml: &str) -> String {
        resolve(toml::from_str(toml).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn a_service_is_off_unless_it_has_a_url() {
        assert!(resolve(CaptionerLayer::default()).unwrap().is_none());
        let set = resolve(toml::from_str("url = 'http://127.0.0.1:9/'").unwrap()).unwrap().unwrap();
        assert_eq!((set.kind, set.languages.len()), (CaptionerKind::Birdhouse, 1));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let cases = [
            ("url = 'ftp://a.example'", "`url` is not an absolute http:// or https:// URL"),
            ("url = 'http://a.example'\nkind = 'other'", "`other` is neither birdhouse nor chat"),
            ("url = 'http://a.example'\nkind = 'chat'", "needs `model`"),
            ("url = 'http://a.example'\nlanguages = ['en_US']", "`en_US` is no BCP 47 tag"),
            ("url = 'http://a.example'\nlanguages = []", "names 1 to 10 languages"),
            ("url = 'http://a.example'\ndelay_seconds = 901", "the largest value is 900"),
            ("url = 'http://a.example'\nper_minute = 0", "the smallest value is 1"),
        ];
        for (toml, words) in cases {
            assert!(refusal(toml).contains(words), "{toml}: {}", refusal(toml));
        }
    }
}

//! What can go wrong, in plain words, and what a person can do about it.

use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There was no answer: the connection failed, or was lost, as often as it was tried.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// The profile's URL.
        url: String,
        /// What the network reported.
        why: String,
        /// Whether the request may have arrived.
        is_sent: bool,
    },
    /// The server's certificate is not that of an authority that this machine trusts.
    #[error("{url} is not trusted: {why}")]
    Untrusted {
        /// The profile's URL.
        url: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The server refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The server's answer is not what this program expects.
    #[error("the answer of {url} is not understood: {what}")]
    Unintelligible {
        /// The profile's URL.
        url: String,
        /// What is odd.
        what: String,
    },
    /// The server redirects.
    #[error("{url} redirects to {target}")]
    Redirected {
        /// The profile's URL.
        url: String,
        /// Where to.
        target: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file has bytes that no media has.
    #[error("{}: neither an image, a GIF, a video nor subtitles", .0.display())]
    NoMedia(PathBuf),
    /// A file was written to while it was uploaded.
    #[error("{}: it was changed while it was uploaded", .0.display())]
    Changed(PathBuf),
    /// The server could not process what was uploaded.
    #[error("the server cannot use it: {message}")]
    Processing {
        /// The server's name for it, such as `InvalidMedia`.
        name: String,
        /// The server's words.
        message: String,
    },
    /// The server still processes what was uploaded.
    #[error("media {0} is still being processed")]
    StillProcessing(String),
    /// A profile is missing or cannot be used.
    #[error("{0}")]
    Profile(String),
}

/// An answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The code of a v1.1 error.
    pub code: Option<i64>,
    /// The server's words.
    pub message: String,
    /// How long the server asks to wait.
    pub wait: Option<Duration>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => write!(f, "{} (HTTP {}, code {code})", self.message, self.status),
            None => write!(f, "{} (HTTP {})", self.message, self.status),
        }
    }
}

impl Refusal {
    /// Reads the body of a refusal: `{"errors":[…]}`, `{"error":…}` or problem+json.
    pub(crate) fn read(status: u16, body: &[u8], wait: Option<Duration>) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let first = &value["errors"][0];
        let texts = [&first["message"], &value["detail"], &value["error"], &value["title"]];
        let message = texts.iter().find_map(|text| text.as_str());
        let message = message.map_or_else(|| "no reason is given".to_owned(), str::to_owned);
        Self { status, code: first["code"].as_i64(), message, wait }
    }
}

impl Error {
    /// A file that cannot be read or written.
    pub(crate) fn file(path: impl Into<PathBuf>, why: &dyn std::fmt::Display) -> Self {
        Self::File { path: path.into(), why: why.to_string() }
    }

    /// The server's refusal.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether another try at another time may succeed without any change.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::StillProcessing(_) => true,
            Self::Refused(refusal) => refusal.status >= 500 || matches!(refusal.status, 408 | 429),
            _ => false,
        }
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> Option<String> {
        let text = match self {
            Self::Unreachable { .. } => "see that the server runs and that the URL is right",
            Self::Untrusted { .. } => {
                "name the file of its authority in SSL_CERT_FILE, if it has one \
                                       of its own; that of `birdhouse serve --tls-dev` is \
                                       tls-dev/ca.pem in the data directory"
            }
            Self::Refused(refusal) => return refusal.remedy().map(str::to_owned),
            Self::Unintelligible { .. } => "see that the profile's URL is that of a Birdhouse",
            Self::Redirected { target, .. } => {
                return Some(format!("make {target} the URL of the profile, without a path"));
            }
            Self::File { .. } | Self::Profile(_) => return None,
            Self::NoMedia(_) => "JPEG, PNG, GIF, WebP, MP4, QuickTime, SubRip and WebVTT are known",
            Self::Changed(_) => "upload it again once nothing writes to it",
            Self::Processing { name, .. } => return Some(processing_remedy(name).to_owned()),
            Self::StillProcessing(_) => "run the same command again later; it resumes",
        };
        Some(text.to_owned())
    }
}

impl Refusal {
    fn remedy(&self) -> Option<&'static str> {
        Some(match (self.status, self.code) {
            (401, Some(135)) => "set this machine's clock: it differs from the server's",
            (400, Some(215)) | (401, _) | (403, Some(99)) => {
                "the profile's credentials are wrong, revoked or another server's: `birdhouse \
                 profile add` stores new ones"
            }
            (403, Some(261)) => "the access token may read only: issue one that may write",
            (403, Some(185)) => "wait some hours: the server bounds how much a user Tweets",
            (403, Some(187)) => "the same was Tweeted already: change the text",
            (403, Some(186)) => "shorten the text of the Tweet",
            (403, _) if self.message.contains("has no alt text") => {
                "this server requires descriptions: give --alt, --alt-from or --decorative"
            }
            (403, _) if self.message.contains("an alt text of fewer than") => {
                "this server requires longer descriptions: lengthen it"
            }
            (403, _) if self.message.contains("an alt text that helps nobody") => {
                "this server requires descriptions that say what is shown: write another"
            }
            (404, Some(34)) => {
                "the server does not have this function: it is older, or the URL is \
                                another service's"
            }
            (413, _) => "make the file smaller",
            (429, _) => "wait until the rate window ends, and run the same command again",
            (500.., _) => "the operator's log has the cause",
            _ => return None,
        })
    }
}

fn processing_remedy(name: &str) -> &'static str {
    match name {
        "InvalidMedia" => {
            "convert it, for example: ffmpeg -i IN -c:v libx264 -pix_fmt yuv420p \
                           -c:a aac OUT.mp4"
        }
        "UnsupportedMedia" => "shorten or shrink it, or choose another --category",
        _ => "the operator's log has the cause; upload it again later",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_refusal_is_read() {
        let read = |body: &str| Refusal::read(400, body.as_bytes(), None);
        let coded = read(r#"{"errors":[{"code":324,"message":"Not valid video"}]}"#);
        assert_eq!((coded.code, coded.message.as_str()), (Some(324), "Not valid video"));
        assert_eq!(read(r#"{"request":"/x","error":"too large"}"#).message, "too large");
        assert_eq!(read(r#"{"title":"Bad","detail":"no language"}"#).message, "no language");
        assert_eq!(read("<html>").message, "no reason is given");
    }

    #[test]
    fn refused_credentials_name_the_remedy() {
        let refused = Refusal { status: 401, code: Some(32), message: String::new(), wait: None };
        let error = Error::Refused(refused);
        assert!(error.remedy().unwrap().contains("birdhouse profile add"));
        assert!(!error.is_passing());
    }
}

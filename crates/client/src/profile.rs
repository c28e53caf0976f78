//! Profiles: which server, and whose credentials.

mod file;

pub use file::ProfileFile;

use crate::error::{Error, Result};
use birdhouse_oauth::client::Credentials as Keys;
use std::fmt;

/// The profile that is used where none is named.
pub const DEFAULT: &str = "default";
/// The variable that names the profile.
pub const PROFILE_VARIABLE: &str = "BIRDHOUSE_PROFILE";
/// The variables that override members of a profile.
pub const VARIABLES: [(&str, Member); 6] = [
    ("BIRDHOUSE_URL", Member::Url),
    ("BIRDHOUSE_CONSUMER_KEY", Member::ConsumerKey),
    ("BIRDHOUSE_CONSUMER_SECRET", Member::ConsumerSecret),
    ("BIRDHOUSE_ACCESS_TOKEN", Member::AccessToken),
    ("BIRDHOUSE_ACCESS_TOKEN_SECRET", Member::AccessTokenSecret),
    ("BIRDHOUSE_BEARER_TOKEN", Member::BearerToken),
];

/// A member of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// The server's URL, without a path.
    Url,
    /// The app's key.
    ConsumerKey,
    /// The app's secret.
    ConsumerSecret,
    /// The user's token.
    AccessToken,
    /// Its secret.
    AccessTokenSecret,
    /// A user's OAuth 2.0 token, instead of these four.
    BearerToken,
}

impl Member {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Url,
        Self::ConsumerKey,
        Self::ConsumerSecret,
        Self::AccessToken,
        Self::AccessTokenSecret,
        Self::BearerToken,
    ];
    /// Those of OAuth 1.0a.
    pub const OAUTH1: [Self; 4] =
        [Self::ConsumerKey, Self::ConsumerSecret, Self::AccessToken, Self::AccessTokenSecret];

    /// The name in the file, and in the output of `birdhouse credentials`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::ConsumerKey => "consumer_key",
            Self::ConsumerSecret => "consumer_secret",
            Self::AccessToken => "access_token",
            Self::AccessTokenSecret => "access_token_secret",
            Self::BearerToken => "bearer_token",
        }
    }

    /// Parses [`Member::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|member| member.name() == name)
    }
}

/// Members with their values, as they are stored.
pub type Members = std::collections::BTreeMap<Member, String>;

/// How requests are authenticated.
#[derive(Clone)]
pub enum Credentials {
    /// OAuth 1.0a.
    OAuth1(Keys),
    /// OAuth 2.0.
    Bearer(String),
}

/// A server and credentials for it.
#[derive(Clone)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The server's URL, without a path or a slash at the end.
    pub url: String,
    /// Who makes requests.
    pub credentials: Credentials,
}

/// Without secrets.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Profile {
    /// A profile from its stored members and those of the environment, which win.
    pub fn resolve(name: &str, stored: &Members, environment: &Members) -> Result<Self> {
        let fail = |why: String| Error::Profile(format!("profile {name}: {why}"));
        let mut members = stored.clone();
        let sets_oauth1 = Member::OAUTH1.iter().any(|member| environment.contains_key(member));
        if environment.contains_key(&Member::BearerToken) {
            if sets_oauth1 {
                let why = "BIRDHOUSE_BEARER_TOKEN and variables of OAuth 1.0a are set: keep one";
                return Err(fail(why.to_owned()));
            }
            members.retain(|member, _| *member == Member::Url);
        } else if sets_oauth1 {
            members.remove(&Member::BearerToken);
        } else if environment.contains_key(&Member::Url)
            && stored.contains_key(&Member::BearerToken)
            && environment.get(&Member::Url) != stored.get(&Member::Url)
        {
            // A bearer token would be shown to whatever the variable names.
            let why = "its bearer_token is not sent to another server: BIRDHOUSE_URL needs \
                       BIRDHOUSE_BEARER_TOKEN";
            return Err(fail(why.to_owned()));
        }
        members.extend(environment.iter().map(|(member, value)| (*member, value.clone())));
        let url = members.get(&Member::Url).ok_or_else(|| fail("it has no url".to_owned()))?;
        let url = clean_url(url).map_err(&fail)?;
        let credentials = credentials(&members).map_err(&fail)?;
        Ok(Self { name: name.to_owned(), url, credentials })
    }

    /// Whether requests carry an OAuth 2.0 token.
    pub fn is_bearer(&self) -> bool {
        matches!(self.credentials, Credentials::Bearer(_))
    }

    /// What tells this user of this server from others; no secret.
    pub(crate) fn identity(&self) -> String {
        let who = match &self.credentials {
            Credentials::OAuth1(keys) => &keys.token,
            Credentials::Bearer(token) => token,
        };
        format!("{}\n{}", self.url, blake3::hash(who.as_bytes()).to_hex())
    }
}

/// The members that are set in an environment; `get` looks a variable up.
pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Members {
    let set = VARIABLES.iter().filter_map(|(name, member)| Some((*member, get(name)?)));
    set.filter(|(_, value)| !value.is_empty()).collect()
}

fn credentials(members: &Members) -> std::result::Result<Credentials, String> {
    let get = |member| members.get(&member).cloned();
    let missing: Vec<&str> = Member::OAUTH1
        .into_iter()
        .filter(|member| !members.contains_key(member))
        .map(Member::name)
        .collect();
    match (get(Member::BearerToken), missing.as_slice()) {
        (Some(token), [_, _, _, _]) => Ok(Credentials::Bearer(token)),
        (Some(_), _) => Err("it has a bearer_token and keys of OAuth 1.0a: keep one".to_owned()),
        (None, []) => Ok(Credentials::OAuth1(Keys {
            consumer_key: get(Member::ConsumerKey).unwrap_or_default(),
            consumer_secret: get(Member::ConsumerSecret).unwrap_or_default(),
            token: get(Member::AccessToken).unwrap_or_default(),
            token_secret: get(Member::AccessTokenSecret).unwrap_or_default(),
        })),
        (None, missing) => Err(format!("it has no {}", missing.join(", "))),
    }
}

/// A URL without a slash at the end; refuses one with a path, which no client of this API knows.
pub fn clean_url(url: &str) -> std::result::Result<String, String> {
    let clean = url.trim().trim_end_matches('/');
    let rest = clean.strip_prefix("https://").or_else(|| clean.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(clean.to_owned())
        }
        _ => Err(format!("`{url}` is not the URL of a server, such as https://birdhouse.example")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(pairs: &[(Member, &str)]) -> Members {
        pairs.iter().map(|(member, value)| (*member, (*value).to_owned())).collect()
    }

    fn oauth1() -> Members {
        let mut all = members(&[(Member::Url, "http://a.example/")]);
        all.extend(Member::OAUTH1.map(|member| (member, "x".to_owned())));
        all
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let set = from_environment(|name| match name {
            "BIRDHOUSE_URL" => Some("https://b.example".to_owned()),
            "BIRDHOUSE_ACCESS_TOKEN" => Some(String::new()),
            _ => None,
        });
        let profile = Profile::resolve("p", &oauth1(), &set).unwrap();
        assert_eq!(profile.url, "https://b.example");
        assert!(matches!(&profile.credentials, Credentials::OAuth1(keys) if keys.token == "x"));
        let bearer = members(&[(Member::BearerToken, "t")]);
        let profile = Profile::resolve("p", &oauth1(), &bearer).unwrap();
        assert!(matches!(&profile.credentials, Credentials::Bearer(token) if token == "t"));
        assert!(!format!("{profile:?}").contains("\"t\""));
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut stored = oauth1();
        stored.remove(&Member::AccessToken);
        let refused = Profile::resolve("p", &stored, &Members::new()).unwrap_err().to_string();
        assert_eq!(refused, "profile p: it has no access_token");
        for url in ["birdhouse.example", "http://", "https://a.example/1.1", "https://u@a.example"]
        {
            stored.insert(Member::Url, url.to_owned());
            assert!(Profile::resolve("p", &stored, &Members::new()).is_err(), "{url}");
        }
    }

    #[test]
    fn a_bearer_token_is_not_shown_to_another_server() {
        let stored = members(&[(Member::Url, "https://a.example"), (Member::BearerToken, "t")]);
        let elsewhere = members(&[(Member::Url, "https://b.example")]);
        let refused = Profile::resolve("p", &stored, &elsewhere).unwrap_err().to_string();
        assert!(refused.contains("BIRDHOUSE_BEARER_TOKEN"), "{refused}");
    }
}

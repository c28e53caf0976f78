//! The section `[alt_text_policy]`: what is required of the descriptions of media that are tweeted, by
//! everybody and through single apps.

use super::checks::invalid;
use super::error::ConfigError;
use birdhouse_domain::alt_text::MAX_CODE_POINTS;
use birdhouse_domain::alt_text_lint::Level;
use birdhouse_domain::alt_text_policy::{AltTextPolicy, PolicyMode};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The section, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is documented in AltTextPolicy under the same name")]
pub struct AltTextPolicyLayer {
    pub mode: Option<String>,
    pub minimum: Option<u32>,
    pub level: Option<String>,
    pub apps: BTreeMap<String, AppPolicyLayer>,
}

/// The policy of an app, as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppPolicyLayer {
    mode: Option<String>,
    minimum: Option<u32>,
    level: Option<String>,
}

/// The policies of the server.
#[derive(Clone, Debug, Default)]
pub struct AltTextPolicies {
    all: AltTextPolicy,
    apps: BTreeMap<String, AltTextPolicy>,
}

impl AltTextPolicies {
    pub(super) fn resolve(layer: &AltTextPolicyLayer) -> Result<Self, ConfigError> {
        let all = policy(layer.mode.as_deref(), layer.minimum, layer.level.as_deref())?;
        let of_app = |(name, app): (&String, &AppPolicyLayer)| {
            let policy = policy(app.mode.as_deref(), app.minimum, app.level.as_deref())?;
            Ok((name.clone(), policy))
        };
        let apps = layer.apps.iter().map(of_app).collect::<Result<_, ConfigError>>()?;
        Ok(Self { all, apps })
    }

    /// The policy for everybody who tweets through this app.
    pub fn of_app(&self, name: &str) -> AltTextPolicy {
        self.apps.get(name).map_or(self.all, |app| self.all.and(*app))
    }
}

fn policy(
    mode: Option<&str>,
    minimum: Option<u32>,
    level: Option<&str>,
) -> Result<AltTextPolicy, ConfigError> {
    let mode = match mode {
        None => PolicyMode::Off,
        Some(text) => PolicyMode::parse(text).ok_or_else(|| {
            let message = format!("`{text}` is none of off, remind, require");
            invalid("alt_text_policy.mode", message)
        })?,
    };
    let level = match level {
        None | Some("none") => None,
        Some(text) => Some(Level::parse(text).ok_or_else(|| {
            let message = format!("`{text}` is none of none, error, warning, info");
            invalid("alt_text_policy.level", message)
        })?),
    };
    let minimum = minimum.unwrap_or(0);
    if minimum as usize > MAX_CODE_POINTS {
        let message = format!("{minimum} is more than an alt text can have, {MAX_CODE_POINTS}");
        return Err(invalid("alt_text_policy.minimum", message));
    }
    Ok(AltTextPolicy { mode, minimum, level })
}

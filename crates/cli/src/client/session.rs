//! From the profile that is named to a connection.

use super::args::Server;
use super::paths;
use super::speak::LongPauses;
use birdhouse_client::clock::Clock;
use birdhouse_client::connection::Connection;
use birdhouse_client::error::Error;
use birdhouse_client::profile::{DEFAULT, Profile, ProfileFile, from_environment};
use std::sync::Arc;

/// Arguments that do not make sense together, or name what is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A connection with so many requests at a time.
pub(crate) fn connect(server: &Server, parallel: usize) -> anyhow::Result<Connection> {
    let connection = Connection::new(profile(server)?, Clock::system(), parallel)?;
    connection.observe(Arc::new(LongPauses));
    Ok(connection)
}

fn profile(server: &Server) -> anyhow::Result<Profile> {
    let name = server.profile.as_deref().unwrap_or(DEFAULT);
    let environment = from_environment(|name| std::env::var(name).ok());
    let file = paths::profiles().map(|path| ProfileFile::read(&path)).transpose()?;
    let stored = file.as_ref().and_then(|file| file.get(name));
    if stored.is_none() && (server.profile.is_some() || environment.is_empty()) {
        let known = file.iter().flat_map(|file| file.profiles().keys().cloned());
        let known: Vec<String> = known.collect();
        let known = if known.is_empty() {
            "there is none yet".to_owned()
        } else {
            format!("there are {}", known.join(", "))
        };
        let why = format!(
            "there is no profile `{name}` ({known}): `birdhouse profile add {name} --url URL` \
             stores one"
        );
        return Err(Error::Profile(why).into());
    }
    Ok(Profile::resolve(name, &stored.cloned().unwrap_or_default(), &environment)?)
}

//! `birdhouse profile`.

use super::args::{Profile as Command, ProfileAdd, ProfileList, ProfileRemove};
use super::session::Usage;
use super::{paths, speak, terminal};
use crate::output::print_line;
use anyhow::Context;
use birdhouse_client::clock::Clock;
use birdhouse_client::connection::Connection;
use birdhouse_client::error::Error;
use birdhouse_client::profile::{Member, Members, Profile, ProfileFile};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};
use std::process::ExitCode;

/// Runs one of the commands.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let path = paths::profiles().context("neither XDG_CONFIG_HOME nor HOME is set")?;
    let mut file = ProfileFile::read(&path)?;
    match command {
        Command::Add(args) => add(&args, &mut file).await,
        Command::List(args) => list(&args, &file),
        Command::Remove(args) => remove(&args, &mut file),
    }
}

async fn add(args: &ProfileAdd, file: &mut ProfileFile) -> anyhow::Result<ExitCode> {
    let name = &args.name;
    if !name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_') {
        return Err(Usage(format!("`{name}`: a name has letters, digits, - and _ only")).into());
    }
    if file.get(name).is_some() && !args.replace {
        return Err(
            Usage(format!("there is a profile {name} already: --replace replaces it")).into()
        );
    }
    let wanted: &[Member] = if args.bearer { &[Member::BearerToken] } else { &Member::OAUTH1 };
    let mut members = if std::io::stdin().is_terminal() {
        ask(wanted).await?
    } else {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        given(&text, wanted)
    };
    members.insert(Member::Url, args.url.trim().trim_end_matches('/').to_owned());
    let profile = Profile::resolve(name, &members, &Members::new())?;
    let url = profile.url.clone();
    let who = match verify(profile).await {
        Ok(who) => format!("@{who}"),
        Err(error) if error.is_passing() => {
            speak::say(&format!("warning: the profile could not be tried: {error}"));
            "not tried".to_owned()
        }
        Err(error) => return Err(error.into()),
    };
    file.set(name, &members)?;
    print_line!("profile {name}: {who} at {url}, stored in {}", file.path().display())?;
    Ok(ExitCode::SUCCESS)
}

async fn ask(wanted: &[Member]) -> anyhow::Result<Members> {
    let mut members = Members::new();
    for member in wanted {
        let answer = terminal::ask_secret(format!("{} (not shown): ", member.name())).await?;
        members.insert(*member, answer);
    }
    Ok(members)
}

/// The wanted members of what `birdhouse credentials` prints, or of lines `name = value`.
fn given(text: &str, wanted: &[Member]) -> Members {
    let json: Value = serde_json::from_str(text).unwrap_or_default();
    let from_json = |member: &Member| json[member.name()].as_str().map(str::to_owned);
    let from_lines = |member: &Member| {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix(member.name())?;
            let value = rest.strip_prefix(|c: char| c.is_whitespace() || c == '=' || c == ':')?;
            let is_edge = |c: char| c.is_whitespace() || matches!(c, '=' | ':' | '"' | '\'');
            Some(value.trim_matches(is_edge).to_owned())
        })
    };
    let found = wanted.iter().filter_map(|member| {
        let value = if json.is_object() { from_json(member) } else { from_lines(member) };
        Some((*member, value.filter(|value| !value.is_empty())?))
    });
    found.collect()
}

/// The screen name of the profile's user.
async fn verify(profile: Profile) -> Result<String, Error> {
    let is_bearer = profile.is_bearer();
    let connection = Connection::new(profile, Clock::system(), 1)?;
    let (target, pointer) = if is_bearer {
        ("/2/users/me", "/data/username")
    } else {
        ("/1.1/account/verify_credentials.json", "/screen_name")
    };
    let answer = connection.get_once(target).await?;
    Ok(answer.pointer(pointer).and_then(Value::as_str).unwrap_or("somebody").to_owned())
}

fn list(args: &ProfileList, file: &ProfileFile) -> anyhow::Result<ExitCode> {
    for (name, members) in file.profiles() {
        let url = members.get(&Member::Url).map_or("-", String::as_str);
        let is_bearer = members.contains_key(&Member::BearerToken);
        let kind = if is_bearer { "OAuth 2.0" } else { "OAuth 1.0a" };
        if args.json {
            print_line!("{}", json!({"name": name, "url": url, "credentials": kind}))?;
        } else {
            print_line!("{name:<16} {url:<40} {kind}")?;
        }
    }
    if file.profiles().is_empty() && !args.json {
        print_line!("There is no profile; `birdhouse profile add NAME --url URL` stores one.")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn remove(args: &ProfileRemove, file: &mut ProfileFile) -> anyhow::Result<ExitCode> {
    if !file.remove(&args.name)? {
        return Err(Usage(format!("there is no profile {}", args.name)).into());
    }
    print_line!("profile {} is removed; its tokens stay valid on the server", args.name)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_credentials_prints_is_read_with_or_without_json() {
        let json = r#"{"consumer_key":"k","consumer_secret":"s","access_token":"t",
            "access_token_secret":"ts","bearer_token":"b"}"#;
        let text = "  app                  x\n  consumer_key         k\n  consumer_secret      s\n  \
                    access_token         t\n  access_token_secret  ts\n  bearer_token         b\n";
        let lines = "consumer_key = \"k\"\nconsumer_secret: s\naccess_token=t\n\
                     access_token_secret ts";
        for form in [json, text, lines] {
            let found = given(form, &Member::OAUTH1);
            let values: Vec<&str> = found.values().map(String::as_str).collect();
            assert_eq!(values, ["k", "s", "t", "ts"], "{form}");
        }
        assert_eq!(given(json, &[Member::BearerToken]).len(), 1);
        assert!(given("", &Member::OAUTH1).is_empty());
    }
}

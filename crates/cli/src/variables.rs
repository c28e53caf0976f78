//! `BIRDHOUSE_*` variables that nothing reads: most likely misspelt.

use crate::args::Args;
use birdhouse_client::profile::VARIABLES;
use birdhouse_core::config::nearest;
use clap::{Command, CommandFactory};

const PREFIX: &str = "BIRDHOUSE_";

/// A sentence about each variable of the environment that no command reads.
pub(crate) fn unknown() -> Vec<String> {
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown_of(set)
}

fn unknown_of(set: impl Iterator<Item = String>) -> Vec<String> {
    // Those of the client have secrets, and therefore no flags.
    let mut known: Vec<String> = VARIABLES.map(|(name, _)| name.to_owned()).to_vec();
    collect(&Args::command(), &mut known);
    let mut names: Vec<String> =
        set.filter(|name| name.starts_with(PREFIX) && !known.contains(name)).collect();
    names.sort();
    let sentence = |name: String| match nearest(&name, known.iter().map(String::as_str)) {
        Some(other) => format!("{name} is not a setting and is ignored; did you mean {other}?"),
        None => format!(
            "{name} is not a setting and is ignored; `birdhouse serve --help` lists the variables, \
             birdhouse.example.toml the settings of the file"
        ),
    };
    names.into_iter().map(sentence).collect()
}

fn collect(command: &Command, known: &mut Vec<String>) {
    let variables = command.get_arguments().filter_map(|argument| argument.get_env());
    known.extend(variables.filter_map(|name| name.to_str()).map(str::to_owned));
    command.get_subcommands().for_each(|command| collect(command, known));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_reported_with_what_was_meant() {
        let set = [
            "BIRDHOUSE_LISTN",
            "BIRDHOUSE_LISTEN",
            "BIRDHOUSE_ACCESS_TOKEN",
            "BIRDHOUSE_TRUSTED_PROXIES",
            "PATH",
        ];
        let found = unknown_of(set.into_iter().map(str::to_owned));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("BIRDHOUSE_LISTN is not a setting"), "{found:?}");
        assert!(found[0].ends_with("did you mean BIRDHOUSE_LISTEN?"), "{found:?}");
        assert!(found[1].contains("birdhouse.example.toml"), "{found:?}");
    }
}

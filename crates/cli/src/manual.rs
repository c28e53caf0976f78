//! Completions for shells, and man pages: both from the command tree.

use crate::args::{Args, Completions, Man};
use anyhow::Context;
use clap::CommandFactory;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

/// Prints the completions for a shell.
pub(crate) fn print_completions(args: &Completions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "birdhouse", &mut script);
    io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for each command.
pub(crate) fn write_pages(args: &Man) -> anyhow::Result<ExitCode> {
    let directory = &args.directory;
    let context = || format!("{} cannot be written", directory.display());
    fs::create_dir_all(directory).with_context(context)?;
    clap_mangen::generate_to(Args::command(), directory).with_context(context)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let directory = tempfile::tempdir().expect("a directory");
        let args = Man { directory: directory.path().join("man1") };
        write_pages(&args).expect("they are written");
        for page in ["birdhouse.1", "birdhouse-upload.1", "birdhouse-profile-add.1"] {
            let text = fs::read_to_string(args.directory.join(page)).expect("a page");
            assert!(text.contains(".SH DESCRIPTION"), "{text}");
        }
    }
}

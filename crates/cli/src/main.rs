//! `birdhouse`: the server and its commands.

mod args;
mod client;
mod credentials;
mod doctor;
mod job;
mod logs;
mod manual;
mod output;
mod serve;
mod sign;
mod token;
mod variables;

use args::Command;
use birdhouse_processing::worker;
use rustix::fs::Mode;
use std::process::ExitCode;

/// A machine that has no thread left makes the runtime panic while it is built, and then wait for the
/// threads that it has, for ever: the program ends instead, and can be started again.
fn build_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        std::process::exit(1);
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    drop(std::panic::take_hook());
    runtime
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == worker::COMMAND) {
        // Before anything else: a worker has no runtime and no threads.
        return worker::main(arguments.collect());
    }
    // The database and the blobs hold what only their owner may read.
    rustix::process::umask(Mode::from_raw_mode(0o077));
    let args = args::parse();
    let runtime = match build_runtime() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    if !matches!(args.command, Command::Serve(_)) {
        // The server logs them.
        for sentence in variables::unknown() {
            warn(&sentence);
        }
    }
    let outcome = runtime.block_on(async {
        match args.command {
            Command::Serve(serve) => serve::run(serve).await,
            Command::Credentials(credentials) => credentials::run(credentials).await,
            Command::Sign(sign) => sign::run(sign).await,
            Command::Token(token) => token::run(token).await,
            Command::Doctor(doctor) => doctor::run(doctor).await,
            Command::Job(job) => job::run(job).await,
            Command::Client(client) => client::run(client).await,
            Command::Completions(shell) => manual::print_completions(&shell),
            Command::Man(pages) => manual::write_pages(&pages),
        }
    });
    match outcome {
        Ok(code) => code,
        Err(error) if output::is_cut_off(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stderr, reason = "this is where a command warns")]
fn warn(sentence: &str) {
    eprintln!("birdhouse: warning: {sentence}");
}

#[expect(clippy::print_stderr, reason = "this is where a command reports why it failed")]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("birdhouse: {error:#}");
    ExitCode::FAILURE
}

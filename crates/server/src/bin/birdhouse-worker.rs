//! The sandboxed worker by itself, for tests: `birdhouse worker` without the rest of the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    birdhouse_processing::worker::main(std::env::args_os().skip(2).collect())
}

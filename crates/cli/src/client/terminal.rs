//! Questions to a person at a terminal, and secrets that are typed without being shown.

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Write};

/// Whether there is a person to ask.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question; `None` at the end of input.
pub(crate) async fn ask(question: String) -> anyhow::Result<Option<String>> {
    tokio::task::spawn_blocking(move || {
        write!(io::stderr(), "{question}")?;
        io::stderr().flush()?;
        let mut line = String::new();
        let length = io::stdin().lock().read_line(&mut line)?;
        Ok((length > 0).then(|| line.trim().to_owned()))
    })
    .await?
}

/// Asks for a secret, and does not show what is typed. Ctrl-C restores the terminal.
pub(crate) async fn ask_secret(question: String) -> anyhow::Result<String> {
    let hidden = Hidden::begin()?;
    let answer = tokio::select! {
        answer = ask(question) => answer?,
        _ = tokio::signal::ctrl_c() => {
            drop(hidden);
            // The thread that reads would keep the runtime from ending.
            std::process::exit(130);
        }
    };
    drop(hidden);
    answer.filter(|answer| !answer.is_empty()).context("nothing was typed")
}

/// Keeps the terminal from showing what is typed.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> anyhow::Result<Self> {
        let before = tcgetattr(io::stdin()).context("the terminal cannot hide what is typed")?;
        let mut without_echo = before.clone();
        without_echo.local_modes.remove(LocalModes::ECHO);
        // The end of the line moves on all the same.
        without_echo.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &without_echo)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing.
        let _gone = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

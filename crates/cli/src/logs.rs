//! Where log lines go: standard error, with everything escaped that could forge or hide a line.

use anyhow::Context;
use birdhouse_core::config::Config;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts logging.
pub(crate) fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log)
        .with_context(|| format!("log: `{}` is not a filter, such as info", config.log))?;
    let is_colored = io::stderr().is_terminal() && !config.log_json;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || EscapingWriter { inner: io::stderr(), is_colored })
        .with_ansi(is_colored);
    if config.log_json {
        logs.json().init();
    } else {
        logs.init();
    }
    Ok(())
}

/// Escapes control characters and those that change the direction of text, such as a path or an error
/// may contain. Each call of `write` is one line.
struct EscapingWriter<W> {
    inner: W,
    /// Whether the line has escape sequences of our own. Those in values are escaped by `tracing`.
    is_colored: bool,
}

impl<W: Write> Write for EscapingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write_all(escape(bytes, self.is_colored).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn escape(bytes: &[u8], is_colored: bool) -> String {
    let line = String::from_utf8_lossy(bytes);
    let (text, end) = match line.strip_suffix('\n') {
        Some(text) => (text, "\n"),
        None => (&*line, ""),
    };
    let mut escaped = String::with_capacity(line.len());
    for c in text.chars() {
        match c {
            '\u{1b}' if is_colored => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() || is_directional(c) => {
                // Writing to a string cannot fail. This form is valid in JSON too.
                let _written = write!(escaped, "\\u{:04x}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped.push_str(end);
    escaped
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and line separators.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_value_can_neither_forge_a_line_nor_turn_its_direction() {
        let line = "path=/a\u{202e}b\u{9b}31m\r\n2026 ERROR forged\u{1b}[2K\n".as_bytes();
        let expected = "path=/a\\u202eb\\u009b31m\\u000d\\n2026 ERROR forged\\u001b[2K\n";
        assert_eq!(escape(line, false), expected);
        assert_eq!(
            escape("\u{1b}[32mINFO\u{1b}[0m é\n".as_bytes(), true),
            "\u{1b}[32mINFO\u{1b}[0m é\n"
        );
    }
}

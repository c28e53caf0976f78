//! Tables with a ratio in each row, one for each part of a run.

use anyhow::{Context, Result};
use std::fmt::Write;
use std::path::Path;

/// The measurements.
#[derive(Debug, Default)]
pub(crate) struct Table {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: &'static str,
    rows: Vec<[String; 4]>,
}

impl Table {
    /// Starts a part; the rows that follow belong to it.
    pub(crate) fn part(&mut self, name: &'static str) {
        self.parts.push(Part { name, rows: Vec::new() });
    }

    /// Adds a figure and a peer's; the ratio is ours by theirs.
    pub(crate) fn ratio(&mut self, what: &str, ours: f64, peer: &str, theirs: f64) {
        let ratio = format!("{:.2}", ours / theirs);
        self.push([what.to_owned(), format!("{ours:.0}"), format!("{peer}: {theirs:.0}"), ratio]);
    }

    /// Adds a figure without a peer.
    pub(crate) fn note(&mut self, what: &str, figure: f64, target: &str) {
        self.push([what.to_owned(), format!("{figure:.1}"), target.to_owned(), String::new()]);
    }

    fn push(&mut self, row: [String; 4]) {
        if self.parts.is_empty() {
            self.part("other");
        }
        if let Some(part) = self.parts.last_mut() {
            part.rows.push(row);
        }
    }

    #[expect(clippy::print_stdout, reason = "the table is the output")]
    pub(crate) fn print(&self) {
        print!("{}{}", heading(), self.parts.iter().map(Part::text).collect::<String>());
    }

    /// Writes each part to a separate file.
    pub(crate) fn record(&self, directory: &Path) -> Result<()> {
        for part in &self.parts {
            let path = directory.join(part.name).with_extension("txt");
            std::fs::write(&path, heading() + &part.text())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

impl Part {
    fn text(&self) -> String {
        self.rows.iter().map(|[what, ours, peer, ratio]| line(what, ours, peer, ratio)).collect()
    }
}

fn heading() -> String {
    line("what", "ours", "compared with", "ratio")
}

fn line(what: &str, ours: &str, peer: &str, ratio: &str) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _written = writeln!(out, "{what:<44} {ours:>10}  {peer:<44} {ratio:>6}");
    out
}

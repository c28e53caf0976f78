//! One table with a ratio in each row.

/// What was measured.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 4]>,
}

impl Table {
    /// A figure and what it is compared with; the ratio is ours by theirs.
    pub(crate) fn ratio(&mut self, what: &str, ours: f64, peer: &str, theirs: f64) {
        let ratio = format!("{:.2}", ours / theirs);
        self.rows.push([
            what.to_owned(),
            format!("{ours:.0}"),
            format!("{peer}: {theirs:.0}"),
            ratio,
        ]);
    }

    /// A figure that stands alone.
    pub(crate) fn note(&mut self, what: &str, figure: f64, target: &str) {
        self.rows.push([what.to_owned(), format!("{figure:.1}"), target.to_owned(), String::new()]);
    }

    #[expect(clippy::print_stdout, reason = "the table is the output")]
    pub(crate) fn print(&self) {
        println!("{:<44} {:>10}  {:<44} {:>6}", "what", "ours", "compared with", "ratio");
        for [what, ours, peer, ratio] in &self.rows {
            println!("{what:<44} {ours:>10}  {peer:<44} {ratio:>6}");
        }
    }
}

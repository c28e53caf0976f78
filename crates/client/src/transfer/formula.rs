//! Cells that a spreadsheet would compute rather than show: they are written with an apostrophe before
//! them, and read without it.

/// What a formula begins with.
const BEGINNINGS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The cell as a spreadsheet shows it.
pub(super) fn guarded(text: &str) -> String {
    if begins(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// The text of such a cell.
pub(super) fn unguarded(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(text) if begins(text.trim_start_matches('\'')) => text.to_owned(),
        _ => cell,
    }
}

fn begins(text: &str) -> bool {
    text.starts_with(BEGINNINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guarded_is_read_as_it_was() {
        for text in ["=1+1", "-5", "'=1", "''@x", "a wren", "'quoted'", "'", "", "a=b", "\tx"] {
            assert_eq!(unguarded(guarded(text)), text);
            assert!(!begins(&guarded(text)), "{text}");
        }
        assert_eq!(guarded("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(guarded("a wren"), "a wren");
    }
}

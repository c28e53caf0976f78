//! CSV as people and spreadsheets write it: each line that is not what they meant is told, instead of being
//! read as something else.

use csv::{Position, StringRecord, StringRecordsIntoIter};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is read.
type Source = Quotes<Box<dyn Read + Send>>;

/// What a file that is not UTF-8 needs.
pub(crate) const NOT_UTF8: &str = "it is not UTF-8: save it as CSV UTF-8";

/// Lines below headings, each with its number.
pub(crate) struct Table {
    headings: Vec<String>,
    records: StringRecordsIntoIter<Source>,
    unclosed: Arc<AtomicU64>,
}

/// The cells of a line, by heading.
pub(crate) struct Cells<'a> {
    headings: &'a [String],
    record: StringRecord,
}

impl Cells<'_> {
    /// The cell below a heading; `None` if there is no such column, or the line ends before it.
    pub(crate) fn get(&self, heading: &str) -> Option<String> {
        let at = self.headings.iter().position(|one| one == heading)?;
        self.record.get(at).map(str::to_owned)
    }
}

impl Table {
    /// Reads the headings, of which there must be `key`; `columns` are all that have a meaning. The error
    /// is what is wrong.
    pub(crate) fn new(
        reader: Box<dyn Read + Send>,
        key: &str,
        columns: &str,
    ) -> Result<Self, String> {
        let unclosed = Arc::new(AtomicU64::new(0));
        let quotes = Quotes::new(reader, unclosed.clone());
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(quotes);
        let headings = csv.headers().map_err(|error| in_words(&error))?;
        let headings: Vec<String> = headings.iter().map(|one| one.trim().to_owned()).collect();
        if !headings.iter().any(|one| one == key) {
            return Err(without_key(&headings, key, columns));
        }
        Ok(Self { headings, records: csv.into_records(), unclosed })
    }

    /// The next line and its number.
    pub(crate) fn read(&mut self) -> Option<(u64, Result<Cells<'_>, String>)> {
        let record = match self.records.next()? {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, Position::line);
                return Some((line, Err(in_words(&error))));
            }
        };
        let line = record.position().map_or(0, Position::line);
        let cells = self.check(record);
        Some((line, cells))
    }

    fn check(&self, record: StringRecord) -> Result<Cells<'_>, String> {
        let unclosed = self.unclosed.load(Ordering::Relaxed);
        if unclosed > 0 {
            return Err(format!("the quote of line {unclosed} is never closed"));
        }
        let columns = self.headings.len();
        if record.iter().skip(columns).any(|cell| !cell.trim().is_empty()) {
            return Err(format!(
                "it has {} cells, but there are {columns} columns: a text with a comma needs quotes \
                 around it",
                record.len()
            ));
        }
        Ok(Cells { headings: &self.headings, record })
    }
}

fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => NOT_UTF8.to_owned(),
        _ => error.to_string(),
    }
}

fn without_key(headings: &[String], key: &str, columns: &str) -> String {
    let is_separator = |separator: &char| {
        headings.iter().any(|one| one.split(*separator).any(|part| part.trim() == key))
    };
    match [';', '\t', '|'].into_iter().find(is_separator) {
        Some('\t') => "the columns seem to be separated by tabs: save with commas".to_owned(),
        Some(separator) => {
            format!("the columns seem to be separated by `{separator}`: save with commas")
        }
        None => format!("there is no column `{key}`; columns are {columns}"),
    }
}

/// Passes bytes on, and finds the quote that is open at the end: everything after it would be one cell.
struct Quotes<R> {
    inner: R,
    state: State,
    line: u64,
    opened: u64,
    unclosed: Arc<AtomicU64>,
}

#[derive(Clone, Copy)]
enum State {
    /// Before the first character of a cell, the only place where a quote opens it.
    Begins,
    Plain,
    Quoted,
    /// After a quote within quotes: the end, or the first of two.
    Closes,
}

impl<R> Quotes<R> {
    fn new(inner: R, unclosed: Arc<AtomicU64>) -> Self {
        Self { inner, state: State::Begins, line: 1, opened: 0, unclosed }
    }

    fn pass(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Begins, b'"') => {
                self.opened = self.line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closes,
            (State::Quoted, _) | (State::Closes, b'"') => State::Quoted,
            (_, b',' | b'\n' | b'\r') => State::Begins,
            _ => State::Plain,
        };
        self.line += u64::from(byte == b'\n');
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for byte in buffer.iter().take(length) {
            self.pass(*byte);
        }
        if length == 0 && !buffer.is_empty() && matches!(self.state, State::Quoted) {
            self.unclosed.store(self.opened, Ordering::Relaxed);
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &[u8]) -> Result<Table, String> {
        Table::new(Box::new(io::Cursor::new(text.to_vec())), "id", "id,text")
    }

    fn wrong(text: &[u8]) -> Vec<(u64, Option<String>)> {
        let mut table = match table(text) {
            Ok(table) => table,
            Err(why) => return vec![(1, Some(why))],
        };
        let mut lines = Vec::new();
        while let Some((line, cells)) = table.read() {
            lines.push((line, cells.err()));
        }
        lines
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told_with_its_line() {
        let found = wrong(b"id,text\n1,A 5\" disk\n2,\"B \"\"b\"\"\"\n3,\"C\n4,D\n");
        assert_eq!((found.len(), &found[1]), (3, &(3, None)), "{found:?}");
        let (line, why) = &found[2];
        assert_eq!((*line, why.as_deref()), (4, Some("the quote of line 4 is never closed")));
    }

    #[test]
    fn a_comma_without_quotes_is_told_and_empty_cells_at_the_end_are_not() {
        let found = wrong(b"id,text\n1,A cat, asleep\n2,B,,\n3\n");
        assert!(found[0].1.as_ref().unwrap().contains("3 cells, but there are 2 columns"));
        assert_eq!(&found[1..], [(3, None), (4, None)]);
    }

    #[test]
    fn what_a_spreadsheet_saves_otherwise_is_told_with_its_remedy() {
        let why = |text: &[u8]| table(text).err().unwrap();
        assert!(why(b"id;text\n").contains("separated by `;`: save with commas"));
        assert!(why(b"id\ttext\n").contains("separated by tabs"));
        assert!(why(b"a,b\n").contains("there is no column `id`"));
        assert!(why(b"\xff\xfei\0d\0\n").contains("save it as CSV UTF-8"));
        assert!(wrong(b"id,text\n1,caf\xe9\n")[0].1.as_ref().unwrap().contains("CSV UTF-8"));
    }
}

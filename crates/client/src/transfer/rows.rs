//! Descriptions as rows of CSV or JSON Lines.

use super::formula;
use super::media_id;
use crate::description::{self, DEFAULT_LANG, Description, parse_flag};
use crate::table::Table;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

const COLUMNS: &str = "media_id,lang,alt_text,extended,decorative,origin,updated_at,url";

/// What is said of JSON that is not one object on each line.
const NEITHER: &str = "it is neither CSV nor JSON Lines, which has an object on each line";

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// With a line of headings.
    Csv,
    /// A JSON object on each line.
    JsonLines,
}

/// A description of a media.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The media's id.
    pub media_id: String,
    /// The language, `und` by default.
    pub lang: String,
    /// The short text.
    pub alt_text: Option<String>,
    /// The longer text.
    pub extended: Option<String>,
    /// Whether there is nothing to describe.
    pub decorative: bool,
    /// Where it comes from, such as `author`; not imported.
    pub origin: Option<String>,
    /// When it was set; not imported.
    pub updated_at: Option<String>,
    /// Where the media can be looked at; not imported.
    pub url: Option<String>,
    /// What the file does not tell.
    #[serde(skip)]
    pub(super) untold: Untold,
}

/// The members that have no cell, not even an empty one: an import leaves them as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Untold {
    alt_text: bool,
    extended: bool,
    decorative: bool,
}

impl Row {
    /// A description as the server has it.
    pub(super) fn of(media_id: &str, url: Option<&str>, description: &Value) -> Self {
        let text = |name: &str| description[name].as_str().map(str::to_owned);
        Self {
            media_id: media_id.to_owned(),
            lang: text("lang").unwrap_or_else(|| DEFAULT_LANG.to_owned()),
            alt_text: text("alt_text"),
            extended: text("extended"),
            decorative: description["decorative"].as_bool().unwrap_or_default(),
            origin: text("origin"),
            updated_at: text("updated_at"),
            url: url.map(str::to_owned),
            untold: Untold::default(),
        }
    }

    /// What the media shall be described as, which is described so now.
    pub(super) fn over(&self, known: Option<&Description>) -> Description {
        let mut wanted = self.description();
        let Some(known) = known else { return wanted };
        // What has a text is not decorative, and what is decorative has none.
        if self.untold.decorative && wanted.alt_text.is_none() && wanted.extended.is_none() {
            wanted.decorative = known.decorative;
        }
        if self.untold.alt_text && !wanted.decorative {
            wanted.alt_text.clone_from(&known.alt_text);
        }
        if self.untold.extended && !wanted.decorative {
            wanted.extended.clone_from(&known.extended);
        }
        wanted
    }

    /// Whether it is a row of an undescribed media, as exported, that nobody has filled in.
    pub(super) fn is_left_blank(&self) -> bool {
        self.description().is_empty() && self.origin.is_none() && self.url.is_some()
    }

    /// What it says.
    pub(super) fn description(&self) -> Description {
        Description {
            lang: Some(self.lang.clone()),
            alt_text: self.alt_text.clone(),
            extended: self.extended.clone(),
            decorative: self.decorative,
        }
    }

    /// A row from cells; the error is what is wrong.
    fn parse(cell: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| cell(name).filter(|text| !text.trim().is_empty());
        let id = text("media_id").unwrap_or_default().trim().to_owned();
        media_id::check(&id)?;
        let lang = text("lang").unwrap_or_else(|| DEFAULT_LANG.to_owned());
        let told = ["alt_text", "extended", "decorative"].map(|name| cell(name).is_some());
        let row = Self {
            media_id: id,
            lang: description::language(&lang)?,
            alt_text: text("alt_text"),
            extended: text("extended"),
            decorative: parse_flag(&cell("decorative").unwrap_or_default())?,
            origin: text("origin"),
            updated_at: text("updated_at"),
            url: text("url"),
            untold: Untold { alt_text: !told[0], extended: !told[1], decorative: !told[2] },
        };
        if row.description().is_empty() && !row.is_left_blank() {
            return Err("it has neither alt_text nor extended, and is not decorative".to_owned());
        }
        Ok(row)
    }
}

/// Writes rows.
pub struct RowWriter<W: Write> {
    kind: Writer<W>,
}

enum Writer<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Json(W),
}

impl<W: Write> RowWriter<W> {
    /// Begins with the headings, if the format has any.
    pub fn new(format: Format, mut writer: W) -> io::Result<Self> {
        let kind = match format {
            Format::JsonLines => Writer::Json(writer),
            Format::Csv => {
                writeln!(writer, "{COLUMNS}")?;
                let mut builder = csv::WriterBuilder::new();
                Writer::Csv(Box::new(builder.has_headers(false).from_writer(writer)))
            }
        };
        Ok(Self { kind })
    }

    /// Writes a row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.kind {
            Writer::Csv(writer) => {
                let guarded = |text: &Option<String>| text.as_deref().map(formula::guarded);
                let (alt_text, extended) = (guarded(&row.alt_text), guarded(&row.extended));
                writer.serialize(&Row { alt_text, extended, ..row.clone() }).map_err(io_error)
            }
            Writer::Json(writer) => {
                serde_json::to_writer(&mut *writer, row)?;
                writer.write_all(b"\n")
            }
        }
    }

    /// Writes what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.kind {
            Writer::Csv(writer) => writer.flush(),
            Writer::Json(writer) => writer.flush(),
        }
    }
}

/// The writer's own error, by which a caller tells a reader that has read enough.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Reads rows, each with the number of its line, and what is wrong with it if something is.
pub struct RowReader {
    kind: Reader,
    /// Where the file has which description.
    lines: HashMap<(String, String), u64>,
}

enum Reader {
    Csv(Box<Table>),
    Json(u64, Box<dyn BufRead + Send>),
}

impl RowReader {
    /// Reads a file, whose first byte tells its format. Blocks. The error is what is wrong.
    pub fn new(file: File) -> Result<Self, String> {
        let mut reader = BufReader::new(file);
        let first = reader.fill_buf().map_err(|error| error.to_string())?;
        if first.starts_with(b"\xef\xbb\xbf") {
            reader.consume(3);
        }
        let first = reader.fill_buf().map_err(|error| error.to_string())?.trim_ascii_start();
        let kind = match first.first() {
            Some(b'[') => return Err(NEITHER.to_owned()),
            Some(b'{') if is_printed_on_lines(first) => return Err(NEITHER.to_owned()),
            Some(b'{') => Reader::Json(0, Box::new(reader)),
            _ => Reader::Csv(Box::new(Table::new(Box::new(reader), "media_id", COLUMNS)?)),
        };
        Ok(Self { kind, lines: HashMap::new() })
    }

    /// At most so many rows. Blocks.
    pub fn batch(&mut self, rows: usize) -> Vec<(u64, Result<Row, String>)> {
        self.by_ref().take(rows).collect()
    }

    /// Of two rows for the same description the order would decide.
    fn once(&mut self, line: u64, row: Row) -> Result<Row, String> {
        match self.lines.entry((row.media_id.clone(), row.lang.clone())) {
            Entry::Occupied(first) => Err(format!("it repeats line {}", first.get())),
            Entry::Vacant(free) => {
                free.insert(line);
                Ok(row)
            }
        }
    }
}

impl Iterator for RowReader {
    type Item = (u64, Result<Row, String>);

    fn next(&mut self) -> Option<Self::Item> {
        let (line, row) = self.kind.read()?;
        Some((line, row.and_then(|row| self.once(line, row))))
    }
}

impl Reader {
    fn read(&mut self) -> Option<(u64, Result<Row, String>)> {
        match self {
            Self::Csv(table) => {
                let (line, cells) = table.read()?;
                let parse = |name: &str, cell: String| match name {
                    "alt_text" | "extended" => formula::unguarded(cell),
                    _ => cell,
                };
                let row = cells.and_then(|cells| {
                    Row::parse(|name| cells.get(name).map(|cell| parse(name, cell)))
                });
                Some((line, row))
            }
            Self::Json(line, reader) => loop {
                let mut text = String::new();
                *line += 1;
                match reader.read_line(&mut text) {
                    Ok(0) => return None,
                    Ok(_) if text.trim().is_empty() => {}
                    Ok(_) => return Some((*line, from_json(&text))),
                    Err(error) => return Some((*line, Err(error.to_string()))),
                }
            },
        }
    }
}

/// Whether the first line is only the begin of an object, as where JSON is printed to be looked at.
fn is_printed_on_lines(text: &[u8]) -> bool {
    text.split(|byte| *byte == b'\n').next().is_some_and(|line| line.trim_ascii() == b"{")
}

fn from_json(text: &str) -> Result<Row, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Row::parse(|name| match value.get(name)? {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Result<Row, String>)> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        RowReader::new(file.reopen().unwrap()).unwrap().collect()
    }

    #[test]
    fn what_is_written_is_read_again_in_both_formats() {
        let row = Row {
            media_id: "7".to_owned(),
            lang: "de".to_owned(),
            alt_text: Some("Zeile eins\nund \"zwei\", mit Komma".to_owned()),
            origin: Some("author".to_owned()),
            ..Row::default()
        };
        let lang = "fr".to_owned();
        let decorative = Row { decorative: true, alt_text: None, lang, ..row.clone() };
        for format in [Format::Csv, Format::JsonLines] {
            let mut out = Vec::new();
            let mut writer = RowWriter::new(format, &mut out).unwrap();
            writer.write(&row).unwrap();
            writer.write(&decorative).unwrap();
            writer.flush().unwrap();
            drop(writer);
            let rows: Vec<Row> = read(std::str::from_utf8(&out).unwrap())
                .into_iter()
                .map(|(_, row)| row.unwrap())
                .collect();
            assert_eq!(rows, [row.clone(), decorative.clone()]);
        }
    }

    #[test]
    fn a_wrong_line_is_reported_and_the_next_one_read() {
        let csv = "\u{feff}alt_text,media_id\nA,x\n\"B\nb\",7\n,8\n";
        let found = read(csv);
        assert_eq!(found[0].0, 2);
        assert!(found[0].1.as_ref().unwrap_err().contains("`x`"));
        assert_eq!(found[1].1.as_ref().unwrap().lang, "und");
        assert_eq!((found[2].0, found[2].1.is_err()), (5, true));
        let json = "{\"media_id\":7,\"alt_text\":\"A\"}\n\n{oops\n";
        let found = read(json);
        assert_eq!(found[0].1.as_ref().unwrap().media_id, "7");
        assert_eq!((found[1].0, found[1].1.is_err()), (3, true));
    }

    #[test]
    fn a_member_without_a_cell_stays_and_one_with_an_empty_cell_does_not() {
        let known = Description {
            lang: Some("und".to_owned()),
            alt_text: Some("A".to_owned()),
            extended: Some("More".to_owned()),
            decorative: false,
        };
        let over = |text: &str| read(text)[0].1.as_ref().unwrap().over(Some(&known));
        let without = over("media_id,alt_text\n7,B\n");
        assert_eq!(
            (without.alt_text.as_deref(), without.extended.as_deref()),
            (Some("B"), Some("More"))
        );
        assert_eq!(over("media_id,alt_text,extended\n7,B,\n").extended, None);
        assert_eq!(over("media_id,extended\n7,Else\n").alt_text.as_deref(), Some("A"));
        assert_eq!(
            over("{\"media_id\":\"7\",\"alt_text\":\"B\",\"extended\":null}").extended,
            None
        );
        assert!(over("media_id,decorative\n7,true\n").alt_text.is_none());
        let decorative = Description { decorative: true, ..Description::default() };
        let row = read("media_id,alt_text\n7,B\n").remove(0).1.unwrap();
        assert!(!row.over(Some(&decorative)).decorative, "what has a text is not decorative");
    }

    #[test]
    fn a_repeated_row_a_rounded_id_and_a_bad_language_are_told() {
        let found =
            read("media_id,lang,alt_text\n7,DE,A\n7,de,B\n2.12567E+18,,C\n8,no language,D\n");
        let why = |at: usize| found[at].1.as_ref().unwrap_err();
        assert_eq!(why(1), "it repeats line 2");
        assert!(why(2).contains("a spreadsheet has rounded media_id"), "{}", why(2));
        assert!(why(3).contains("`no language`"), "{}", why(3));
    }

    #[test]
    fn json_that_is_not_on_lines_is_refused_once() {
        for text in ["{\n  \"media_id\": \"7\"\n}\n", "[{\"media_id\":\"7\"}]"] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let why = RowReader::new(file.reopen().unwrap()).err().unwrap();
            assert!(why.contains("neither CSV nor JSON Lines"), "{why}");
        }
    }
}

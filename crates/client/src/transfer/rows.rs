//! Descriptions as rows of CSV or JSON Lines.

use crate::description::{DEFAULT_LANG, Description, parse_flag};
use serde::Serialize;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

const COLUMNS: [&str; 7] =
    ["media_id", "lang", "alt_text", "extended", "decorative", "origin", "updated_at"];

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
}

impl Row {
    /// A description as the server has it.
    pub(super) fn of(media_id: &str, description: &Value) -> Self {
        let text = |name: &str| description[name].as_str().map(str::to_owned);
        Self {
            media_id: media_id.to_owned(),
            lang: text("lang").unwrap_or_else(|| DEFAULT_LANG.to_owned()),
            alt_text: text("alt_text"),
            extended: text("extended"),
            decorative: description["decorative"].as_bool().unwrap_or_default(),
            origin: text("origin"),
            updated_at: text("updated_at"),
        }
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
        let media_id = text("media_id").unwrap_or_default().trim().to_owned();
        if media_id.is_empty() || !media_id.bytes().all(|c| c.is_ascii_digit()) {
            return Err(format!("media_id is `{media_id}`, which is no number"));
        }
        let flag = cell("decorative").unwrap_or_default();
        let row = Self {
            media_id,
            lang: text("lang").unwrap_or_else(|| DEFAULT_LANG.to_owned()),
            alt_text: text("alt_text"),
            extended: text("extended"),
            decorative: parse_flag(&flag).ok_or_else(|| format!("decorative is `{flag}`"))?,
            origin: text("origin"),
            updated_at: text("updated_at"),
        };
        if row.description().is_empty() {
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
                writeln!(writer, "{}", COLUMNS.join(","))?;
                let mut builder = csv::WriterBuilder::new();
                Writer::Csv(Box::new(builder.has_headers(false).from_writer(writer)))
            }
        };
        Ok(Self { kind })
    }

    /// Writes a row.
    pub fn write(&mut self, row: &Row) -> io::Result<()> {
        match &mut self.kind {
            Writer::Csv(writer) => writer.serialize(row).map_err(io_error),
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
}

enum Reader {
    Csv(csv::StringRecord, csv::StringRecordsIntoIter<Box<dyn Read + Send>>),
    Json(u64, Box<dyn BufRead + Send>),
}

impl RowReader {
    /// Reads a file, whose first byte tells its format. Blocks. The error is what is wrong.
    pub fn new(file: File) -> Result<Self, String> {
        let mut reader = BufReader::new(file);
        let first = reader.fill_buf().map_err(|error| error.to_string())?;
        let has_mark = first.starts_with(b"\xef\xbb\xbf");
        if has_mark {
            reader.consume(3);
        }
        let first = reader.fill_buf().map_err(|error| error.to_string())?;
        if first.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
            return Ok(Self { kind: Reader::Json(0, Box::new(reader)) });
        }
        let boxed: Box<dyn Read + Send> = Box::new(reader);
        let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(boxed);
        let headers = csv.headers().map_err(|error| error.to_string())?.clone();
        if !headers.iter().any(|header| header.trim() == "media_id") {
            return Err(format!("it has no column media_id; columns are {}", COLUMNS.join(",")));
        }
        Ok(Self { kind: Reader::Csv(headers, csv.into_records()) })
    }

    /// At most so many rows. Blocks.
    pub fn batch(&mut self, rows: usize) -> Vec<(u64, Result<Row, String>)> {
        self.by_ref().take(rows).collect()
    }
}

impl Iterator for RowReader {
    type Item = (u64, Result<Row, String>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.kind {
            Reader::Csv(headers, records) => {
                let record = match records.next()? {
                    Ok(record) => record,
                    Err(error) => {
                        let line = error.position().map_or(0, csv::Position::line);
                        return Some((line, Err(error.to_string())));
                    }
                };
                let line = record.position().map_or(0, csv::Position::line);
                let column = |name: &str| headers.iter().position(|header| header.trim() == name);
                Some((line, Row::parse(|name| Some(record.get(column(name)?)?.to_owned()))))
            }
            Reader::Json(line, reader) => loop {
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

fn from_json(text: &str) -> Result<Row, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Row::parse(|name| match &value[name] {
        Value::Null => None,
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
        let decorative = Row { decorative: true, alt_text: None, ..row.clone() };
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
}

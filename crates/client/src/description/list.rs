//! A file with descriptions of files: CSV, JSON Lines, or text for a single file.

use super::{Description, language};
use crate::table::{NOT_UTF8, Table};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Descriptions by file.
#[derive(Debug, Default)]
pub struct DescriptionList {
    files: BTreeMap<PathBuf, Described>,
}

#[derive(Debug, Default)]
struct Described {
    descriptions: Vec<Description>,
    is_used: bool,
}

/// Why such a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read.
    #[error("{}: {why}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A line is wrong.
    #[error("{}, line {line}: {why}", path.display())]
    Line {
        /// Its path.
        path: PathBuf,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// Text describes one file only.
    #[error(
        "{} is text, which describes one file: for several use CSV with the columns \
         file,alt_text,lang,extended,decorative, or JSON Lines with these members", .0.display()
    )]
    TextForSeveral(PathBuf),
}

#[derive(Deserialize)]
struct JsonRow {
    file: PathBuf,
    #[serde(flatten)]
    description: Description,
}

impl DescriptionList {
    /// Reads a file: `.csv`, `.jsonl` or `.ndjson`; any other is text for the only one of `files`.
    /// Blocks.
    pub fn read(path: &Path, files: &[PathBuf]) -> Result<Self, ListError> {
        let text = std::fs::read_to_string(path).map_err(|error| ListError::Unreadable {
            path: path.to_owned(),
            why: match error.kind() {
                std::io::ErrorKind::InvalidData => NOT_UTF8.to_owned(),
                _ => error.to_string(),
            },
        })?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let fail = |(line, why)| ListError::Line { path: path.to_owned(), line, why };
        let pairs = match (extension.map(str::to_ascii_lowercase).as_deref(), files) {
            (Some("csv"), _) => from_csv(text).map_err(fail)?,
            (Some("jsonl" | "ndjson" | "json"), _) => from_json_lines(&text).map_err(fail)?,
            (_, [only]) => {
                let alt_text = Some(text.trim().to_owned());
                vec![(1, only.clone(), Description { alt_text, ..Description::default() })]
            }
            _ => return Err(ListError::TextForSeveral(path.to_owned())),
        };
        let mut list = Self::default();
        for (line, file, description) in pairs {
            list.add(file, description.without_blanks()).map_err(|why| fail((line, why)))?;
        }
        Ok(list)
    }

    fn add(&mut self, file: PathBuf, mut description: Description) -> Result<(), String> {
        description.lang = description.lang.as_deref().map(language).transpose()?;
        let all = &mut self.files.entry(file).or_default().descriptions;
        if description.is_empty() {
            return Ok(());
        }
        if let Some(why) = description.objection() {
            return Err(why.to_owned());
        }
        if all.iter().any(|one| one.lang() == description.lang()) {
            return Err("the file is described in this language on an earlier line".to_owned());
        }
        all.push(description);
        Ok(())
    }

    /// The descriptions of a file: those of its path, else those of its name.
    pub fn take(&mut self, file: &Path) -> Vec<Description> {
        let name = file.file_name().map_or(file, Path::new);
        let key = if self.files.contains_key(file) { file } else { name };
        let Some(described) = self.files.get_mut(key) else { return Vec::new() };
        described.is_used = true;
        described.descriptions.clone()
    }

    /// The files that nobody asked for: most likely misspelt.
    pub fn unused(&self) -> Vec<&Path> {
        let unused = self.files.iter().filter(|(_, described)| !described.is_used);
        unused.map(|(file, _)| file.as_path()).collect()
    }
}

/// The columns of a file of descriptions.
const COLUMNS: &str = "file,alt_text,lang,extended,decorative";

/// Lines, their files and descriptions; else the line that is wrong, and why.
type Pairs = Result<Vec<(u64, PathBuf, Description)>, (u64, String)>;

fn from_csv(text: String) -> Pairs {
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let source = Box::new(std::io::Cursor::new(text));
    let mut table = Table::new(source, "file", COLUMNS).map_err(|why| (1, why))?;
    let mut pairs = Vec::new();
    while let Some((line, cells)) = table.read() {
        let fail = |why: String| (line, why);
        let cells = cells.map_err(fail)?;
        let flag = cells.get("decorative").unwrap_or_default();
        let description = Description {
            lang: cells.get("lang"),
            alt_text: cells.get("alt_text"),
            extended: cells.get("extended"),
            decorative: parse_flag(&flag).map_err(fail)?,
        };
        pairs.push((line, PathBuf::from(cells.get("file").unwrap_or_default()), description));
    }
    Ok(pairs)
}

/// Reads a cell that is yes or no; an empty one is no. The error is what is wrong.
pub(crate) fn parse_flag(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "false" | "0" | "no" => Ok(false),
        "true" | "1" | "yes" => Ok(true),
        _ => Err(format!("decorative is `{text}`: write true or false")),
    }
}

fn from_json_lines(text: &str) -> Pairs {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let read = |(line, number): (&str, u64)| match serde_json::from_str::<JsonRow>(line) {
        Ok(row) => Ok((number, row.file, row.description)),
        Err(error) => Err((number, error.to_string())),
    };
    lines.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(name: &str, text: &str, files: &[&str]) -> Result<DescriptionList, ListError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        DescriptionList::read(&path, &files.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn files_are_found_by_path_and_then_by_name() {
        let csv = "file,alt_text,lang,decorative\na.png,\"A cat, asleep\",,\na.png,Eine Katze,de,\n\
                   x/b.png,,,yes\nmisspelt.png,lost,,\n";
        let mut list = list("alt.csv", csv, &[]).unwrap();
        let found = list.take(Path::new("photos/a.png"));
        assert_eq!(found[0].alt_text.as_deref(), Some("A cat, asleep"));
        assert_eq!((found[0].lang(), found[1].lang()), ("und", "de"));
        assert!(list.take(Path::new("y/b.png")).is_empty(), "another directory");
        assert!(list.take(Path::new("x/b.png"))[0].decorative);
        assert_eq!(list.unused(), [Path::new("misspelt.png")]);
    }

    #[test]
    fn json_lines_and_text_are_read() {
        let json = "{\"file\":\"a.png\",\"alt_text\":\"A\",\"lang\":\"en\"}\n\n";
        let found = list("alt.jsonl", json, &[]).unwrap().take(Path::new("a.png"));
        assert_eq!(found[0].lang.as_deref(), Some("en"));
        let lines = "{\"file\":\"a.png\",\"lang\":\"no language\",\"alt_text\":\"A\"}\n";
        let wrong = list("alt.jsonl", lines, &[]).unwrap_err().to_string();
        assert!(wrong.contains("line 1: `no language` is not a language tag"), "{wrong}");
        let text = list("alt.txt", " A cat\n", &["a.png"]).unwrap().take(Path::new("a.png"));
        assert_eq!(text[0].alt_text.as_deref(), Some("A cat"));
        let several = list("alt.txt", "A", &["a.png", "b.png"]).unwrap_err();
        assert!(matches!(several, ListError::TextForSeveral(_)));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let wrong = |name: &str, text: &str| list(name, text, &[]).unwrap_err().to_string();
        assert!(wrong("a.csv", "name\nx\n").contains("line 1: there is no column `file`"));
        let flag = wrong("a.csv", "file,decorative\na,\nb,perhaps\n");
        assert!(flag.contains("line 3: decorative is `perhaps`"), "{flag}");
        let twice = wrong("a.csv", "file,alt_text,lang\na,A,de\nb,B,\na,C,DE\n");
        assert!(
            wrong("a.csv", "file,extended\na,More\n").contains("line 2: an extended text needs")
        );
        assert!(twice.contains("line 4: the file is described in this language"), "{twice}");
        assert!(wrong("a.jsonl", "{\"file\":\"a\"}\n{}\n").contains("line 2: missing field"));
    }
}

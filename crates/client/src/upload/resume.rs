//! What an upload in segments has achieved, in a small file, so that a later run can resume it.
//!
//! The file is named after the upload (the bytes' hash, the user, the server), so a copy or a renamed
//! file resumes as well. Its first line is `media_id segment_bytes expires_at`, each further line the
//! index of a segment that the server acknowledged. A line that a crash tore is ignored: its segment is
//! sent again. Nothing here fails an upload; without the file it cannot be resumed, and that is all.

use crate::media_file::MediaFile;
use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const EXTENSION: &str = "upload";

/// The directory of such files.
#[derive(Clone, Debug)]
pub struct StateDirectory(PathBuf);

impl StateDirectory {
    /// A directory, which is made when it is needed.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The record of an upload, locked; `None` if another process has it, or it cannot be written.
    pub(super) fn open(&self, key: String, now: i64) -> Option<Resumable> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0).ok()?;
        self.remove_expired(now);
        let path = self.0.join(format!("{key}.{EXTENSION}"));
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(&path).ok()?;
        file.try_lock().ok()?;
        let mut text = String::new();
        file.read_to_string(&mut text).ok()?;
        let mut record = Resumable { path, file, begun: None, acknowledged: BTreeSet::new() };
        match parse(&text).filter(|(begun, _)| begun.expires_at > now) {
            Some((begun, acknowledged)) => {
                (record.begun, record.acknowledged) = (Some(begun), acknowledged);
                // Without what a crash tore off.
                let whole = text.rfind('\n').map_or(0, |end| end + 1);
                record.file.set_len(whole as u64).ok()?;
            }
            None => record.restart(),
        }
        Some(record)
    }

    /// Removes the records of uploads that the server has forgotten.
    fn remove_expired(&self, now: i64) {
        for entry in fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|extension| extension == EXTENSION)
                && is_expired(&path, now)
            {
                drop(fs::remove_file(path));
            }
        }
    }
}

/// Whether a record can go: nobody has it, and its upload is over.
fn is_expired(path: &Path, now: i64) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut text = String::new();
    file.try_lock().is_ok()
        && file.read_to_string(&mut text).is_ok()
        && parse(&text).is_none_or(|(begun, _)| begun.expires_at <= now)
}

#[derive(Debug)]
struct Begun {
    media_id: String,
    segment_bytes: u64,
    expires_at: i64,
}

/// The record of one upload. Its lock ends with it.
#[derive(Debug)]
pub(super) struct Resumable {
    path: PathBuf,
    file: File,
    begun: Option<Begun>,
    acknowledged: BTreeSet<u64>,
}

impl Resumable {
    /// Media id and length of a segment in bytes, if INIT was answered.
    pub(super) fn begun(&self) -> Option<(&str, u64)> {
        self.begun.as_ref().map(|begun| (begun.media_id.as_str(), begun.segment_bytes))
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// Whether the server has a segment.
    pub(super) fn has(&self, index: u64) -> bool {
        self.acknowledged.contains(&index)
    }

    /// How many bytes of a file the server has.
    pub(super) fn acknowledged_bytes(&self, file: &MediaFile) -> u64 {
        let Some((_, segment)) = self.begun() else { return 0 };
        let bytes = |index: &u64| segment.min(file.bytes.saturating_sub(index * segment));
        self.acknowledged.iter().map(bytes).sum()
    }

    /// Records the answer to INIT.
    pub(super) fn begin(&mut self, media_id: &str, segment_bytes: u64, expires_at: i64) {
        let begun = Begun { media_id: media_id.to_owned(), segment_bytes, expires_at };
        self.append(&format!("{media_id} {segment_bytes} {expires_at}\n"));
        self.begun = Some(begun);
    }

    /// Records the answer to an APPEND.
    pub(super) fn acknowledge(&mut self, index: u64) {
        self.append(&format!("{index}\n"));
        self.acknowledged.insert(index);
    }

    /// Begins again.
    pub(super) fn restart(&mut self) {
        (self.begun, self.acknowledged) = (None, BTreeSet::new());
        drop(self.file.set_len(0).and_then(|()| self.file.rewind()));
    }

    /// Removes the record.
    pub(super) fn remove(self) {
        drop(fs::remove_file(&self.path));
    }

    /// What cannot be written is sent again by a later run.
    fn append(&mut self, text: &str) {
        drop(self.file.write_all(text.as_bytes()));
    }
}

fn parse(text: &str) -> Option<(Begun, BTreeSet<u64>)> {
    // What follows the last line's end is torn.
    let (whole, _) = text.rsplit_once('\n')?;
    let mut lines = whole.lines();
    let mut words = lines.next()?.split(' ');
    let begun = Begun {
        media_id: words.next().filter(|id| id.bytes().all(|c| c.is_ascii_digit()))?.to_owned(),
        segment_bytes: words.next()?.parse().ok().filter(|bytes| *bytes > 0)?,
        expires_at: words.next()?.parse().ok()?,
    };
    Some((begun, lines.filter_map(|line| line.parse().ok()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(states: &StateDirectory, now: i64) -> Option<Resumable> {
        states.open("key".to_owned(), now)
    }

    #[test]
    fn what_was_acknowledged_is_known_to_a_later_run() {
        let dir = tempfile::tempdir().unwrap();
        let states = StateDirectory::new(dir.path().join("birdhouse"));
        let mut record = open(&states, 100).unwrap();
        assert!(!record.has_begun());
        record.begin("77", 10, 200);
        record.acknowledge(3);
        assert!(open(&states, 100).is_none(), "another process has it");
        drop(record);
        // A kill tore the last line.
        let path = dir.path().join("birdhouse/key.upload");
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"1").unwrap();
        let mut record = open(&states, 199).unwrap();
        assert_eq!(record.begun(), Some(("77", 10)));
        assert!(record.has(3) && !record.has(1));
        record.acknowledge(2);
        drop(record);
        let record = open(&states, 199).unwrap();
        assert!(record.has(2) && record.has(3), "{record:?}");
        record.remove();
        assert!(!path.exists());
    }

    #[test]
    fn an_expired_upload_begins_again() {
        let dir = tempfile::tempdir().unwrap();
        let states = StateDirectory::new(dir.path().to_owned());
        open(&states, 100).unwrap().begin("77", 10, 200);
        assert!(!open(&states, 200).unwrap().has_begun());
        states.open("other".to_owned(), 100).unwrap().begin("78", 10, 150);
        drop(open(&states, 200));
        assert!(!dir.path().join("other.upload").exists());
    }
}

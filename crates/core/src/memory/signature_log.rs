//! Keeps the signatures that were used in files, so that none can be used again after a restart.

use birdhouse_oauth::replay::{Fingerprint, Moment};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind::NotFound, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Seconds whose signatures share a file. A file is deleted when all of it is out of the window, and
/// was for as long by a clock that is never stepped.
const FILE_SECONDS: i64 = 1800;
/// At a start, files are deleted that are older by so many than those in use: by a day, which is more
/// than a clock is stepped by.
const OLD_FILES: i64 = 48;
/// Bytes of a signature in a file: its fingerprint, its signer's, and its timestamp, little-endian.
const RECORD_BYTES: usize = 32;
/// Signatures that may wait to be written.
const QUEUE_LENGTH: usize = 65_536;

/// Writes signatures on a thread of its own: a process that is killed loses those of its last
/// moment only.
#[derive(Debug)]
pub(super) struct SignatureLog {
    queue: SyncSender<Message>,
}

enum Message {
    Used { now: Moment, request: Fingerprint },
    Flush(SyncSender<()>),
}

impl SignatureLog {
    /// Passes to `each` what the directory holds, removes files that are old by `now`, and goes on
    /// writing.
    pub(super) fn open(
        directory: &Path,
        now: Moment,
        mut each: impl FnMut(Fingerprint),
    ) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let mut files =
            Files { directory: directory.to_owned(), open: None, done: BTreeMap::new() };
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()?.parse::<i64>().ok());
            let Some(number) = number else { continue };
            let bytes = fs::read(&path)?;
            // The last record may be torn.
            bytes.chunks_exact(RECORD_BYTES).filter_map(parse).for_each(&mut each);
            if number < file_number(now.wall) - OLD_FILES {
                fs::remove_file(&path)?;
            } else {
                files.done.insert(number, now.monotonic);
            }
        }
        let (queue, messages) = sync_channel(QUEUE_LENGTH);
        thread::Builder::new().name("signatures".into()).spawn(move || write(files, &messages))?;
        Ok(Self { queue })
    }

    /// Queues a signature that was used at `now`.
    pub(super) fn add(&self, now: Moment, request: Fingerprint) {
        if self.queue.try_send(Message::Used { now, request }).is_err() {
            tracing::debug!("a signature is remembered until the next restart only");
        }
    }

    /// Returns once everything that was queued is written.
    pub(super) fn flush(&self) {
        let (done, written) = sync_channel(1);
        if self.queue.send(Message::Flush(done)).is_ok() {
            // Fails only if the thread ended, which has nothing to write then.
            let _ended = written.recv();
        }
    }
}

fn write(mut files: Files, messages: &Receiver<Message>) {
    let mut has_failed = false;
    while let Ok(message) = messages.recv() {
        let (now, request) = match message {
            Message::Used { now, request } => (now, request),
            Message::Flush(done) => {
                let _gone = done.send(());
                continue;
            }
        };
        let written = files.append(now, request);
        if let Err(error) = &written
            && !has_failed
        {
            tracing::warn!(
                %error,
                "used signatures cannot be written to {}: a restart forgets them",
                files.directory.display()
            );
        }
        has_failed = written.is_err();
    }
}

/// The files of the directory.
struct Files {
    directory: PathBuf,
    /// What is being written, and its number.
    open: Option<(i64, File)>,
    /// All others, and since when nothing is written to them, in monotonic seconds.
    done: BTreeMap<i64, i64>,
}

impl Files {
    fn append(&mut self, now: Moment, request: Fingerprint) -> io::Result<()> {
        let number = file_number(now.wall);
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            self.turn_to(number, now.monotonic)?;
        }
        let mut record = [0; RECORD_BYTES];
        record[..16].copy_from_slice(&request.print.to_le_bytes());
        record[16..24].copy_from_slice(&request.signer.to_le_bytes());
        record[24..].copy_from_slice(&request.timestamp.to_le_bytes());
        let written = self.open.as_mut().map_or(Ok(()), |(_, file)| file.write_all(&record));
        if written.is_err() {
            // Part of the record may be there.
            self.close(now.monotonic);
        }
        written
    }

    fn turn_to(&mut self, number: i64, monotonic: i64) -> io::Result<()> {
        self.close(monotonic);
        self.open = Some((number, open_whole(&path(&self.directory, number))?));
        self.done.remove(&number);
        let directory = &self.directory;
        self.done.retain(|done, since| {
            let is_needed = *done >= number - 1 || monotonic - *since < FILE_SECONDS;
            // What cannot be deleted now is tried again with the next file.
            is_needed
                || fs::remove_file(path(directory, *done)).is_err_and(|e| e.kind() != NotFound)
        });
        Ok(())
    }

    fn close(&mut self, monotonic: i64) {
        if let Some((number, _)) = self.open.take() {
            self.done.insert(number, monotonic);
        }
    }
}

/// Opens a file to append to, without a torn record at its end: all after that would be unreadable.
fn open_whole(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let torn = length % RECORD_BYTES as u64;
    if torn > 0 {
        file.set_len(length - torn)?;
        file.sync_all()?;
    }
    Ok(file)
}

fn parse(record: &[u8]) -> Option<Fingerprint> {
    Some(Fingerprint {
        print: u128::from_le_bytes(record.get(..16)?.try_into().ok()?),
        signer: u64::from_le_bytes(record.get(16..24)?.try_into().ok()?),
        timestamp: i64::from_le_bytes(record.get(24..)?.try_into().ok()?),
    })
}

fn file_number(now: i64) -> i64 {
    now.div_euclid(FILE_SECONDS)
}

fn path(directory: &Path, number: i64) -> PathBuf {
    directory.join(number.to_string())
}

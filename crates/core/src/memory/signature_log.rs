//! Keeps the signatures that were used in files, so that none can be used again after a restart.

use birdhouse_oauth::replay::Fingerprint;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Seconds whose signatures share a file. A file is deleted when all of it is out of the window.
const FILE_SECONDS: i64 = 1800;
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
    Used { now: i64, request: Fingerprint },
    Flush(SyncSender<()>),
}

impl SignatureLog {
    /// Passes to `each` what the directory holds, removes files whose time is over at `now` (seconds
    /// since 1970), and goes on writing.
    pub(super) fn open(
        folder: &Path,
        now: i64,
        mut each: impl FnMut(Fingerprint),
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()?.parse::<i64>().ok());
            let Some(number) = number else { continue };
            let bytes = fs::read(&path)?;
            // The last record may be torn.
            bytes.chunks_exact(RECORD_BYTES).filter_map(parse).for_each(&mut each);
            if number < file_number(now) - 1 {
                fs::remove_file(&path)?;
            }
        }
        let (queue, messages) = sync_channel(QUEUE_LENGTH);
        let folder = folder.to_owned();
        thread::Builder::new()
            .name("signatures".into())
            .spawn(move || write(&folder, &messages))?;
        Ok(Self { queue })
    }

    /// Queues a signature that was used at `now`, in seconds since 1970.
    pub(super) fn add(&self, now: i64, request: Fingerprint) {
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

fn write(folder: &Path, messages: &Receiver<Message>) {
    let mut open: Option<(i64, File)> = None;
    let mut has_failed = false;
    while let Ok(message) = messages.recv() {
        let (now, request) = match message {
            Message::Used { now, request } => (now, request),
            Message::Flush(done) => {
                let _gone = done.send(());
                continue;
            }
        };
        let written = append(folder, &mut open, file_number(now), request);
        if let Err(error) = &written
            && !has_failed
        {
            tracing::warn!(
                %error,
                "used signatures cannot be written to {}: a restart forgets them",
                folder.display()
            );
        }
        has_failed = written.is_err();
    }
}

fn append(
    folder: &Path,
    open: &mut Option<(i64, File)>,
    number: i64,
    request: Fingerprint,
) -> io::Result<()> {
    let file = match open {
        Some((known, file)) if *known == number => file,
        _ => {
            let file = OpenOptions::new().create(true).append(true).open(path(folder, number))?;
            // What it holds is out of the window long since.
            drop(fs::remove_file(path(folder, number - 3)));
            &mut open.insert((number, file)).1
        }
    };
    let mut record = [0; RECORD_BYTES];
    record[..16].copy_from_slice(&request.print.to_le_bytes());
    record[16..24].copy_from_slice(&request.signer.to_le_bytes());
    record[24..].copy_from_slice(&request.timestamp.to_le_bytes());
    file.write_all(&record)
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

fn path(folder: &Path, number: i64) -> PathBuf {
    folder.join(number.to_string())
}

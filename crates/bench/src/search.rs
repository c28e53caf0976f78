//! Search in a million descriptions of one user, on both databases, and what the index costs those who
//! describe.
//!
//! PostgreSQL is measured if `BENCH_POSTGRES` is the URL of a database; `psql` fills it.

use crate::load::{self, Prepared};
use crate::peers::Birdhouse;
use crate::table::Table;
use crate::work::{METADATA, image, media_id, multipart, signed, signed_get};
use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Descriptions, unless `BENCH_DESCRIPTIONS` says otherwise.
const DESCRIPTIONS: u64 = 1_000_000;
/// Different words, of which each is about as frequent as its number is small.
const WORDS: u64 = 30_000;
/// Different Han characters.
const CHARACTERS: u64 = 3000;
/// Searches of each sort.
const SEARCHES: u64 = 300;
const CONNECTIONS: usize = 2;
/// Descriptions that are written to measure what the index costs.
const WRITES: u64 = 10_000;
/// Rounds of that, of which the best counts.
const ROUNDS: u32 = 3;
/// How long the index may take.
const PATIENCE: Duration = Duration::from_mins(15);
/// Makes media and history of the texts; ids are 4 ms apart.
const COPY: &str = "
INSERT INTO media (id, user_id, app_id, public_key, category, state, is_async, total_bytes, kind,
    mime, width, height, blob, alt_text, alt_text_source, created_at, served_mime)
    SELECT m.id - t.n * 16777216, m.user_id, m.app_id, 'copy' || t.n, m.category, m.state, m.is_async,
    m.total_bytes, m.kind, m.mime, m.width, m.height, m.blob, t.text, 'author',
    m.created_at - t.n * 4, m.served_mime FROM bench_texts AS t CROSS JOIN media AS m
    WHERE m.public_key NOT LIKE 'copy%';
INSERT INTO alt_text_history (id, media_id, user_id, app_id, alt_text, created_at, source)
    SELECT id, id, user_id, app_id, alt_text, created_at, alt_text_source FROM media
    WHERE public_key LIKE 'copy%';
DROP TABLE bench_texts;
";

/// Pseudo-random numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A number below `count`; small ones are more frequent, as words are.
    fn rank(&mut self, count: u64) -> u64 {
        #[expect(clippy::cast_precision_loss, reason = "of random bits a few may be lost")]
        let (unit, count) = (self.next() as f64 / (1_u64 << 31) as f64, count as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is cut")]
        let rank = (count.powf(unit) - 1.0) as u64;
        rank
    }
}

/// The word with this number; frequent ones are short.
fn word(n: u64) -> String {
    const FIRST: &[u8] = b"bcdfghklmnprstvw";
    const SECOND: &[u8] = b"aeiou";
    let (mut rest, mut word) = (n + 30, String::new());
    while rest > 0 {
        let letter = |all: &[u8], n: u64| char::from(all[usize::try_from(n).unwrap_or_default()]);
        word.push(letter(FIRST, rest % 16));
        word.push(letter(SECOND, rest / 16 % 5));
        rest /= 80;
    }
    word
}

fn character(n: u64) -> char {
    u32::try_from(0x4e00 + n).ok().and_then(char::from_u32).unwrap_or('\u{4e00}')
}

/// A description of 6 to 25 words; one in ten is Chinese.
fn text(random: &mut Random) -> String {
    if random.next().is_multiple_of(10) {
        return (0..8 + random.next() % 20).map(|_| character(random.rank(CHARACTERS))).collect();
    }
    let words: Vec<_> = (0..6 + random.next() % 20).map(|_| word(random.rank(WORDS))).collect();
    words.join(" ")
}

/// Paths of searches of one sort.
fn searches(sort: &str, random: &mut Random) -> Vec<String> {
    let mut medium = || word(100 + random.next() % 2000);
    let one = |n: u64| match sort {
        "a common word" => format!("q={}&lang=und", word(n % 10)),
        "a rare word" => format!("q={}", word(20_000 + n * 30)),
        "two words" => format!("q={}%20{}", medium(), word(n % 50)),
        "three common words" => {
            format!("q={}%20{}%20{}", word(n % 10), word(10 + n % 20), word(30 + n % 50))
        }
        "two words, never together" => format!("q=%22{}%20{}%22", word(n % 10), word(n % 7)),
        "the beginning of a word" => format!("q={}", &medium()[..3]),
        "two Chinese characters" => {
            let pair: String = [character(n % 40), character(40 + n)].iter().collect();
            format!(
                "q={}",
                pair.bytes().fold(String::new(), |mut out, byte| {
                    // Writing to a string cannot fail.
                    let _written = write!(out, "%{byte:02X}");
                    out
                })
            )
        }
        "a word with filters" => format!("q={}&filter=origin:author&lang=und", medium()),
        _ => format!("filter=origin:author&limit={}", 1 + n % 100),
    };
    (0..SEARCHES).map(one).map(|query| format!("/birdhouse/v1/search?{query}")).collect()
}

/// A database that is filled and asked without the server.
enum Database<'a> {
    Sqlite(&'a Path),
    Postgres(&'a str),
}

impl Database<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Adds so many described media.
    async fn fill(&self, count: u64) -> Result<()> {
        let mut random = Random(7);
        let texts = (1..=count).map(|n| (n, text(&mut random)));
        let table = "CREATE TABLE bench_texts (n BIGINT, text TEXT);";
        match self {
            Self::Sqlite(path) => {
                let mut database = Connection::open(path)?;
                let transaction = database.transaction()?;
                transaction.execute_batch(table)?;
                let mut insert = transaction.prepare("INSERT INTO bench_texts VALUES (?1, ?2)")?;
                for row in texts {
                    insert.execute(row)?;
                }
                drop(insert);
                transaction.execute_batch(COPY)?;
                transaction.commit()?;
            }
            Self::Postgres(url) => {
                let mut script = format!("{table}\nCOPY bench_texts FROM STDIN;\n");
                for (n, text) in texts {
                    writeln!(script, "{n}\t{text}")?;
                }
                script += "\\.\n";
                script += COPY;
                script += "ANALYZE;";
                psql(url, &script).await?;
            }
        }
        Ok(())
    }

    /// Switches the outbox of the index off, or on again; the server must not run.
    async fn set_outbox(&self, is_on: bool) -> Result<()> {
        let [old, new] = if is_on { [1, 0] } else { [0, 1] };
        match self {
            Self::Sqlite(path) => Connection::open(path)?.execute_batch(&format!(
                "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, \
                 'is_indexed BIGINT NOT NULL DEFAULT {old}', \
                 'is_indexed BIGINT NOT NULL DEFAULT {new}') WHERE name = 'alt_text_history'; \
                 PRAGMA writable_schema = RESET"
            ))?,
            Self::Postgres(url) => {
                let text = "ALTER TABLE alt_text_history ALTER COLUMN is_indexed SET DEFAULT";
                psql(url, &format!("{text} {new}")).await?;
            }
        }
        Ok(())
    }

    /// How many descriptions are not in the index.
    async fn unindexed(&self) -> Result<u64> {
        let text = "SELECT COUNT(*) FROM alt_text_history WHERE is_indexed = 0";
        match self {
            Self::Sqlite(path) => {
                let count: i64 = Connection::open(path)?.query_row(text, [], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            }
            Self::Postgres(url) => Ok(psql(url, text).await?.trim().parse()?),
        }
    }
}

async fn psql(url: &str, script: &str) -> Result<String> {
    let mut child = Command::new("psql")
        .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    input.write_all(script.as_bytes()).await?;
    drop(input);
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "psql failed");
    Ok(String::from_utf8(output.stdout)?)
}

/// Fills the database, waits for the index, searches, and describes.
async fn on(
    database: &Database<'_>,
    start: impl AsyncFn() -> Result<Birdhouse>,
    table: &mut Table,
) -> Result<()> {
    let (name, count) = (
        database.name(),
        match std::env::var("BENCH_DESCRIPTIONS") {
            Ok(count) => count.parse()?,
            Err(_) => DESCRIPTIONS,
        },
    );
    let server = start().await?;
    let newest = media_id(&server, &multipart(&server, &[("media", &image(1000))])).await?;
    let newest: u64 = newest.parse()?;
    server.idle().await?;
    server.stop().await?;
    database.fill(count).await?;
    let server = start().await?;

    let (begun, before) = (Instant::now(), database.unindexed().await?);
    while database.unindexed().await? > 0 {
        ensure!(begun.elapsed() < PATIENCE, "the index takes too long");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
    let rate = before as f64 / begun.elapsed().as_secs_f64();
    table.note(&format!("{name}: descriptions indexed a second, idle"), rate, "");
    let mut random = Random(3);
    for sort in [
        "a common word",
        "a rare word",
        "two words",
        "three common words",
        "two words, never together",
        "the beginning of a word",
        "two Chinese characters",
        "a word with filters",
        "a filter alone",
    ] {
        let paths = searches(sort, &mut random);
        let requests: Vec<Prepared> = paths.iter().map(|path| signed_get(&server, path)).collect();
        let (_, times) = load::measure(server.port, CONNECTIONS, requests).await?;
        let at = |percent: usize| times[(times.len() - 1) * percent / 100];
        let target = format!("p99; p50 {:.1}, longest {:.1}; goal 50", at(50), at(100));
        table.note(&format!("{name}: {sort}, ms"), at(99), &target);
    }
    server.stop().await?;

    let mut rates = [0.0_f64; 2];
    for _ in 0..ROUNDS {
        for (best, is_on) in rates.iter_mut().zip([false, true]) {
            database.set_outbox(is_on).await?;
            let server = start().await?;
            *best = best.max(describe(&server, newest, count).await?);
            server.stop().await?;
        }
    }
    let what = format!("{name}: metadata/create a second, with the index");
    table.ratio(&what, rates[1], "without", rates[0]);
    Ok(())
}

/// Descriptions a second of media spread over all.
async fn describe(server: &Birdhouse, newest: u64, count: u64) -> Result<f64> {
    let mut random = Random(count);
    let one = |_| {
        let media = newest - (random.next() % count + 1) * (4 << 22);
        let text = text(&mut random);
        let body = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"{text}"}}}}"#);
        signed(server, METADATA, "application/json", body.as_bytes(), None)
    };
    load::rate(server.port, 64, (0..WRITES).map(one).collect()).await
}

/// Both databases, one after the other.
pub(crate) async fn search(binary: &Path, directory: &Path, table: &mut Table) -> Result<()> {
    let data_dir = directory.join("search");
    let file = data_dir.join("birdhouse.db");
    on(&Database::Sqlite(&file), async || Birdhouse::start(binary, &data_dir).await, table).await?;
    std::fs::remove_dir_all(&data_dir)?;
    if let Ok(url) = std::env::var("BENCH_POSTGRES") {
        let start = async || Birdhouse::start_on(binary, &data_dir, &url).await;
        on(&Database::Postgres(&url), start, table).await?;
        std::fs::remove_dir_all(&data_dir)?;
    }
    Ok(())
}

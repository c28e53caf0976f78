//! Selects the migrations to apply; the engines apply them.

use super::values::{Error, Migration};

/// The table of applied migrations.
pub(super) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations \
     (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum BIGINT NOT NULL)";

/// The checksum of a migration's text (FNV-1a), to detect later edits.
pub(super) fn checksum(text: &str) -> i64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let sum = text
        .bytes()
        .fold(start, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    sum.cast_signed()
}

/// The steps to apply, given the applied ones as number and checksum.
pub(crate) fn missing(
    migrations: &'static [Migration],
    applied: &[(i64, i64)],
) -> Result<Vec<&'static Migration>, Error> {
    for (number, sum) in applied {
        let Some(known) = migrations.iter().find(|m| m.number == *number) else {
            let text = format!("its schema has step {number}, which is newer than this program");
            return Err(Error::Broken(text));
        };
        if checksum(known.sql) != *sum {
            let name = known.name;
            let text = format!("schema migration {number} ({name}) differs from the applied one");
            return Err(Error::Broken(text));
        }
    }
    let is_new = |m: &&Migration| !applied.iter().any(|(number, _)| *number == m.number);
    Ok(migrations.iter().filter(is_new).collect())
}

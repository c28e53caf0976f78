//! Selects the migrations to apply; the engines apply them.

use super::values::{EngineKind, Error, Migrations};

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

/// A step with its text for one engine.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(super) sql: String,
}

fn steps(migrations: &Migrations, engine: EngineKind) -> impl Iterator<Item = Step> {
    migrations.steps.iter().map(move |step| {
        let part = migrations.engine_parts.iter().find(|part| part.number == step.number);
        let more = part.map_or("", |part| match engine {
            EngineKind::Sqlite => part.sqlite,
            EngineKind::Postgres => part.postgres,
        });
        Step { number: step.number, name: step.name, sql: format!("{}{more}", step.sql) }
    })
}

/// The steps to apply, given the applied ones as number and checksum.
pub(crate) fn missing(
    migrations: &Migrations,
    engine: EngineKind,
    applied: &[(i64, i64)],
) -> Result<Vec<Step>, Error> {
    let mut missing: Vec<Step> = steps(migrations, engine).collect();
    for (number, sum) in applied {
        let Some(at) = missing.iter().position(|step| step.number == *number) else {
            let text = format!("its schema has step {number}, which is newer than this program");
            return Err(Error::Broken(text));
        };
        let Step { name, sql, .. } = missing.remove(at);
        if checksum(&sql) != *sum {
            let text = format!("schema migration {number} ({name}) differs from the applied one");
            return Err(Error::Broken(text));
        }
    }
    Ok(missing)
}

//! The schema as a list of migrations. An applied one is never edited: a change is a new one, with a
//! number above all others. What a program says to a schema that is newer than itself: `db/migrate.rs`; what
//! a command says to an older one: `catalog.rs`.

use crate::db::{EnginePart, Migration, Migrations};

/// All migrations.
pub(crate) static MIGRATIONS: Migrations = Migrations { steps: STEPS, engine_parts: ENGINE_PARTS };

/// What a step does besides, in the words of one engine.
const ENGINE_PARTS: &[EnginePart] = &[EnginePart {
    number: 13,
    sqlite: include_str!("../migrations/0013_search.sqlite.sql"),
    postgres: include_str!("../migrations/0013_search.postgres.sql"),
}];

/// All steps, oldest first.
const STEPS: &[Migration] = &[
    Migration { number: 1, name: "init", sql: include_str!("../migrations/0001_init.sql") },
    Migration { number: 2, name: "variants", sql: include_str!("../migrations/0002_variants.sql") },
    Migration { number: 3, name: "v2", sql: include_str!("../migrations/0003_v2.sql") },
    Migration {
        number: 4,
        name: "job_kinds",
        sql: include_str!("../migrations/0004_job_kinds.sql"),
    },
    Migration {
        number: 5,
        name: "installation",
        sql: include_str!("../migrations/0005_installation.sql"),
    },
    Migration {
        number: 6,
        name: "job_leases",
        sql: include_str!("../migrations/0006_job_leases.sql"),
    },
    Migration { number: 7, name: "mentions", sql: include_str!("../migrations/0007_mentions.sql") },
    Migration {
        number: 8,
        name: "received_bytes",
        sql: include_str!("../migrations/0008_received_bytes.sql"),
    },
    Migration {
        number: 9,
        name: "replaced_bytes",
        sql: include_str!("../migrations/0009_replaced_bytes.sql"),
    },
    Migration { number: 10, name: "shares", sql: include_str!("../migrations/0010_shares.sql") },
    Migration {
        number: 11,
        name: "believed_clock",
        sql: include_str!("../migrations/0011_believed_clock.sql"),
    },
    Migration {
        number: 12,
        name: "descriptions",
        sql: include_str!("../migrations/0012_descriptions.sql"),
    },
    Migration { number: 13, name: "search", sql: include_str!("../migrations/0013_search.sql") },
    Migration {
        number: 14,
        name: "webhooks",
        sql: include_str!("../migrations/0014_webhooks.sql"),
    },
    Migration {
        number: 15,
        name: "alt_text_policies",
        sql: include_str!("../migrations/0015_alt_text_policies.sql"),
    },
    Migration {
        number: 16,
        name: "clock_ahead",
        sql: include_str!("../migrations/0016_clock_ahead.sql"),
    },
];

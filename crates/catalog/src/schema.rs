//! The schema as a list of migrations. An applied one is never edited: a change is a new one.

use crate::db::Migration;

/// The schema, oldest step first: number, name, SQL.
pub(crate) const MIGRATIONS: [Migration; 5] = [
    (1, "init", include_str!("../migrations/0001_init.sql")),
    (2, "variants", include_str!("../migrations/0002_variants.sql")),
    (3, "v2", include_str!("../migrations/0003_v2.sql")),
    (4, "job_kinds", include_str!("../migrations/0004_job_kinds.sql")),
    (5, "installation", include_str!("../migrations/0005_installation.sql")),
];

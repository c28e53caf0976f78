//! Tests of the whole server through its router, on SQLite, or on PostgreSQL if
//! `TEST_DATABASE_URL` names one.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![expect(clippy::too_many_lines, clippy::type_complexity, reason = "tables of cases are long")]
#![expect(clippy::items_after_statements, reason = "an import beside its one use reads better")]
#![expect(clippy::single_match_else, reason = "both arms are expected here")]

mod support;

mod bad_input;
mod clients_need;
mod expiry;
mod goldens;
mod images;
mod jail;
mod oauth2_flow;
mod oauth_flow;
mod openapi;
mod reclaim;
mod signatures;
mod sockets;
mod stored_bytes;
mod uploads;
mod v2;
mod videos;

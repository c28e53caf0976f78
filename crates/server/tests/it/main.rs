//! Tests of the whole server through its router, on SQLite, or on PostgreSQL if
//! `TEST_DATABASE_URL` names one.

#![expect(clippy::unwrap_used, reason = "an error fails the test")]
#![expect(clippy::too_many_lines, clippy::type_complexity, reason = "tables of cases are long")]
#![expect(clippy::single_match_else, reason = "both arms are expected here")]

mod alt_text_policy;
mod suggestions;
mod support;

mod access_log;
mod accidents;
mod bad_input;
mod captioner;
mod client_requirements;
mod descriptions;
mod expiry;
mod forms;
mod front_pages;
mod goldens;
mod images;
mod interrupted;
mod oauth2;
mod oauth_flow;
mod older_endpoints;
mod openapi;
mod query_counts;
mod reclaim;
mod repair;
mod sandbox;
mod sandbox_inside;
mod search;
mod shares;
mod sign_in;
mod signatures;
mod sockets;
mod stored_bytes;
mod uploads;
mod v2;
mod videos;
mod webhooks;

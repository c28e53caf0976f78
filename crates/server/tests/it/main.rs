//! Tests of the whole server through its router, on SQLite, or on PostgreSQL if
//! `TEST_DATABASE_URL` names one.

mod support;

mod bad_input;
mod clients_need;
mod database;
mod expiry;
mod goldens;
mod oauth_flow;
mod signatures;
mod uploads;

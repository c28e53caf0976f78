//! The client's commands, run as a user runs them, against a server that is run the same way.

mod asking;
mod describing;
mod overview;
mod profiles;
mod proxy;
mod resuming;
mod server;
mod suggestions;
mod transfer;
mod uploading;

//! Waits until the server has processed a video or an animated GIF.

use super::wire::{self, Media};
use crate::connection::Connection;
use crate::error::{Error, Result};
use crate::progress::Progress;
use serde_json::Value;
use std::time::Duration;

/// The longest pause between two looks, in seconds: a rate window bounds how many there are.
const LONGEST_PAUSE_S: u64 = 5;
/// How long, in seconds, a server may make no progress.
const PATIENCE_S: i64 = 3600;

/// Polls STATUS until processing has succeeded. `media` is as FINALIZE has it.
pub(super) async fn wait(
    connection: &Connection,
    mut media: Media,
    progress: &dyn Progress,
) -> Result<()> {
    let (mut looks, mut seen, mut since) = (0, Value::Null, connection.clock().now());
    loop {
        let info = &media.processing;
        match info["state"].as_str() {
            None | Some("succeeded") => return Ok(()),
            Some("failed") => return Err(failure(&info["error"])),
            Some(_) => {}
        }
        let percent = info["progress_percent"].as_u64();
        progress.processing(percent.and_then(|percent| u8::try_from(percent).ok()));
        let now = connection.clock().now();
        if info["progress_percent"] != seen {
            (seen, since) = (info["progress_percent"].clone(), now);
        }
        if now - since > PATIENCE_S {
            return Err(Error::StillProcessing(media.id));
        }
        // Short videos are ready within seconds, long ones need no second's precision.
        looks += 1;
        let asked = info["check_after_secs"].as_u64().unwrap_or(1);
        let pause = asked.max(LONGEST_PAUSE_S.min(1 + looks / 20)).min(60);
        connection.clock().pause(Duration::from_secs(pause)).await;
        media = wire::status(connection, &media.id).await?;
    }
}

fn failure(error: &Value) -> Error {
    let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    Error::Processing { name: text("name"), message: text("message") }
}

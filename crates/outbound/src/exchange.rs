//! One request and its answer on one connection.

use crate::connect::Stream;
use crate::failure::Failure;
use crate::message::{Answer, Message};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;

/// The most bytes of the head of an answer, and of its headers.
const HEAD_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;

/// Sends a message, and reads the answer as far as it is wanted.
pub(crate) async fn exchange(
    stream: Box<dyn Stream>,
    message: &Message<'_>,
) -> Result<Answer, Failure> {
    let request = request(message)?;
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES).max_headers(HEADERS);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(Failure::Broken)?;
    // Ends with this function, also if that is dropped.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender.send_request(request).await.map_err(Failure::Broken)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Failure::Redirected(status.as_u16()));
    }
    let body = match message.answer_bytes {
        0 => Bytes::new(),
        limit => read(response.into_body(), limit).await?,
    };
    Ok(Answer { status: status.as_u16(), body })
}

fn request(message: &Message<'_>) -> Result<Request<Full<Bytes>>, Failure> {
    let target = message.target;
    let mut request = Request::post(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::USER_AGENT, concat!("Birdhouse/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close");
    for (name, value) in &message.headers {
        request = request.header(*name, value);
    }
    request.body(Full::new(message.body.clone())).map_err(|_| Failure::HeaderInvalid)
}

/// Reads a body of at most `limit` bytes.
async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, Failure> {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(Failure::Broken)?.into_data() else { continue };
        if all.len() + data.len() > limit {
            return Err(Failure::AnswerTooLarge { limit });
        }
        all.extend_from_slice(&data);
    }
    Ok(all.freeze())
}

//! `POST /1.1/media/subtitles/delete.json`: takes subtitles from a film.

use super::{done, read, text};
use crate::actions::subtitles;
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use axum::response::Response;

/// Takes away all or none.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let (film, list) = read(&app, &call).await?;
    let languages =
        list.iter().map(|one| text(one, "language_code")).collect::<Result<Vec<_>>>()?;
    subtitles::unlink(&app, call.caller.user()?, film, &languages).await?;
    done(&app)
}

//! `GET /1.1/users/show.json?user_id=` or `?screen_name=`: a user.

use super::{NamedUser, named_user};
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;

/// Reads a user.
pub async fn handle(call: Call) -> Result<Response> {
    match named_user(&call).await? {
        NamedUser::Found(user) => v1::json(StatusCode::OK, &render::user::user(&user, false)),
        NamedUser::Unknown => Err(Fault::UserNotFound.into()),
        NamedUser::Nobody => Err(Fault::ParameterMissing("user_id").into()),
    }
}

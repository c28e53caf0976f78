//! `/1.1/users/*`.

pub mod lookup;
pub mod show;

use crate::http::read::call::Call;
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::Result;
use birdhouse_domain::UserId;

/// The user that the parameters `user_id` or `screen_name` name.
pub(super) enum NamedUser {
    /// This one.
    Found(User),
    /// One that does not exist.
    Unknown,
    /// Neither parameter was sent.
    Nobody,
}

/// Looks up the user that a call names; an id wins over a name.
pub(super) async fn named_user(call: &Call) -> Result<NamedUser> {
    let user = match (call.get("user_id"), call.get("screen_name")) {
        (Some(id), _) => by_id(call, id).await?,
        (None, Some(name)) => users::by_name(&call.app, name).await?,
        (None, None) => return Ok(NamedUser::Nobody),
    };
    Ok(user.map_or(NamedUser::Unknown, NamedUser::Found))
}

async fn by_id(call: &Call, id: &str) -> Result<Option<User>> {
    let Some(id) = UserId::parse(id) else { return Ok(None) };
    users::by_id(&call.app, id).await
}

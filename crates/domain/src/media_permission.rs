//! Who may read a media: decided here, for the API and for delivery alike.

use crate::caller::Caller;
use crate::media::Media;
use crate::state::State;
use crate::time::Timestamp;

impl Media {
    /// Whether a caller may read it, through the API as by its URL: it is ready and has not expired,
    /// and either is attached to a Tweet or is the caller's own.
    pub fn may_be_read_by(&self, caller: Option<&Caller>, now: Timestamp) -> bool {
        let is_attached = self.expires_at.is_none();
        let is_own = matches!(caller, Some(Caller::User(user)) if user.user == self.owner);
        self.state == State::Succeeded && !self.is_expired(now) && (is_attached || is_own)
    }
}

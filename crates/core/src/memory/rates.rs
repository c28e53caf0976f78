//! Rate windows by caller and bucket. A restart resets them.

use crate::error::Result;
use birdhouse_domain::rate::{Allowance, Window, WindowStatus};
use birdhouse_domain::rate_table::{ApiVersion, BucketLimits, TABLE};
use birdhouse_domain::{Bucket, Fault, RateLimitKey, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The windows that counted a call.
#[derive(Clone, Copy, Debug)]
pub struct RateStatus {
    /// The caller's own window.
    pub own: WindowStatus,
    /// The daily window that all users of the app share, if there is one.
    pub app_daily: Option<WindowStatus>,
}

impl RateStatus {
    /// Whether this call exceeds a limit.
    pub fn is_exceeded(&self) -> bool {
        self.own.is_exceeded || self.app_daily.is_some_and(|status| status.is_exceeded)
    }
}

/// The rate windows of all callers.
#[derive(Debug)]
pub struct RateLimits {
    is_on: bool,
    figures: HashMap<Bucket, u32>,
    windows: Mutex<HashMap<(RateLimitKey, Bucket), Window>>,
}

impl RateLimits {
    /// Windows with the limits of the table, except those that `figures` overrides. If not `is_on`, they
    /// count and report but are never exceeded.
    pub fn new(is_on: bool, figures: HashMap<Bucket, u32>) -> Self {
        Self { is_on, figures, windows: Mutex::default() }
    }

    fn allowance(&self, holder: RateLimitKey, row: &BucketLimits) -> Allowance {
        let is_app = matches!(holder, RateLimitKey::App(_));
        let allowance = if is_app { row.app } else { row.user };
        let overridden = self.figures.get(&row.bucket).copied();
        let limit = overridden.filter(|_| !is_app || !row.has_daily_app_limit());
        Allowance { limit: limit.unwrap_or(allowance.limit), ..allowance }
    }

    /// Counts one call; `now` in seconds since 1970.
    pub fn count(&self, holder: RateLimitKey, bucket: Bucket, now: i64) -> RateStatus {
        let row = bucket.row();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = |holder: RateLimitKey| {
            let allowance = self.allowance(holder, row);
            let key = (holder, bucket);
            let window = windows.entry(key).or_insert_with(|| Window::open(allowance, now));
            let status = window.count(allowance, now);
            WindowStatus { is_exceeded: status.is_exceeded && self.is_on, ..status }
        };
        let own = count(holder);
        let app_daily = match holder {
            // A refused call does not count against the app's daily limit.
            RateLimitKey::User(_, app) if row.has_daily_app_limit() && own.is_exceeded => {
                let allowance = self.allowance(RateLimitKey::App(app), row);
                windows.get(&(RateLimitKey::App(app), bucket)).map(|w| w.status(allowance, now))
            }
            RateLimitKey::User(_, app) if row.has_daily_app_limit() => {
                Some(count(RateLimitKey::App(app)))
            }
            RateLimitKey::User(..) | RateLimitKey::App(_) | RateLimitKey::AppAt(..) => None,
        };
        RateStatus { own, app_daily }
    }

    /// Counts what is stored for a caller; [`Fault::RateLimited`] if there was too much of it.
    pub(crate) fn admit(&self, holder: RateLimitKey, bucket: Bucket, now: Timestamp) -> Result<()> {
        let is_exceeded = self.count(holder, bucket, now.seconds()).is_exceeded();
        if is_exceeded { Err(Fault::RateLimited.into()) } else { Ok(()) }
    }

    /// Takes back a call that was counted in the wrong window.
    pub fn refund(&self, holder: RateLimitKey, bucket: Bucket) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut refund = |holder: RateLimitKey| {
            if let Some(window) = windows.get_mut(&(holder, bucket)) {
                window.refund();
            }
        };
        refund(holder);
        if let RateLimitKey::User(_, app) = holder
            && bucket.row().has_daily_app_limit()
        {
            refund(RateLimitKey::App(app));
        }
    }

    /// The path and the window of every bucket of v1.1; `now` in seconds since 1970.
    pub fn statuses(&self, holder: RateLimitKey, now: i64) -> Vec<(&'static str, WindowStatus)> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let status = |row: &BucketLimits| {
            let allowance = self.allowance(holder, row);
            let window = windows.get(&(holder, row.bucket)).copied();
            let window = window.unwrap_or_else(|| Window::open(allowance, now));
            (row.path, window.status(allowance, now))
        };
        TABLE.iter().filter(|row| row.version == ApiVersion::V1).map(status).collect()
    }

    /// Removes windows that have ended; `now` in seconds since 1970.
    pub fn sweep(&self, now: i64) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.retain(|_, window| !window.is_over(now));
    }
}

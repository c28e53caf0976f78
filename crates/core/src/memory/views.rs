//! How often media without description were delivered, since that was last stored. Approximate: what a
//! server counted and did not store yet is lost with it.

use birdhouse_domain::MediaId;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most media that are counted between two stores; beyond it, others are not.
const MEDIA_MAX: usize = 10_000;
/// Media whose counts are stored in one write.
pub(crate) const BATCH: usize = 500;

/// Counts views.
#[derive(Debug, Default)]
pub(crate) struct Views(Mutex<HashMap<MediaId, u64>>);

impl Views {
    /// Counts a delivery.
    pub(crate) fn count(&self, media: MediaId) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&media) {
            *count += 1;
        } else if counts.len() < MEDIA_MAX {
            counts.insert(media, 1);
        }
    }

    /// Takes all counts.
    pub(crate) fn take(&self) -> Vec<(MediaId, u64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counts).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_counted_until_they_are_taken_and_of_a_bounded_number_of_media() {
        let views = Views::default();
        for media in 0..=MEDIA_MAX {
            views.count(MediaId(i64::try_from(media).unwrap()));
        }
        views.count(MediaId(7));
        let taken = views.take();
        assert_eq!(taken.len(), MEDIA_MAX);
        assert_eq!(taken.iter().find(|(media, _)| media.0 == 7).unwrap().1, 2);
        assert!(views.take().is_empty());
    }
}

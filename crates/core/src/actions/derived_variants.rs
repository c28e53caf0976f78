//! Files derived from a media, from their blobs to their rows.

use super::duplicates::replace_lost_copy;
use crate::app::App;
use crate::blobs::NewBlob;
use crate::error::Result;
use birdhouse_catalog::variants::{NewVariant, Variant};
use birdhouse_domain::StoredBlob;

/// Derived files that are stored and have no row yet; those that get none become garbage.
#[derive(Debug, Default)]
pub struct DerivedVariants {
    variants: Vec<NewVariant>,
    blobs: Vec<NewBlob>,
}

impl DerivedVariants {
    /// These variants with their stored files, in the same order.
    pub(super) fn of(variants: Vec<Variant>, stored: Vec<(StoredBlob, NewBlob)>) -> Self {
        let mut all = Self::default();
        variants.into_iter().zip(stored).for_each(|(variant, file)| all.push(variant, file));
        all
    }

    /// Adds a stored file.
    pub(super) fn push(&mut self, variant: Variant, (blob, new): (StoredBlob, NewBlob)) {
        self.variants.push(NewVariant { variant, blob });
        self.blobs.push(new);
    }

    /// Only the files for which `is_needed`.
    pub(super) fn retain(self, is_needed: impl Fn(&Variant) -> bool) -> Self {
        let all = self.variants.into_iter().zip(self.blobs);
        let (variants, blobs) = all.filter(|(one, _)| is_needed(&one.variant)).unzip();
        Self { variants, blobs }
    }

    /// Has `write` write their rows, unless that is refused. Bytes that are stored already are first
    /// looked for, and replaced if they were lost.
    pub async fn add(
        self,
        app: &App,
        write: impl AsyncFnOnce(&[NewVariant]) -> Result<bool>,
    ) -> Result<()> {
        for one in &self.variants {
            replace_lost_copy(app, &one.blob).await?;
        }
        if write(&self.variants).await? {
            self.blobs.into_iter().for_each(NewBlob::keep);
        }
        Ok(())
    }
}

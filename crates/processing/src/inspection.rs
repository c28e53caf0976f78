//! Inspection of an image of any format: the first bytes choose the inspector.

use crate::formats::{self, Format};
use crate::inspect::facts::ImageFacts;
use crate::inspect::limits::ImageLimits;
use crate::inspect::metadata::Metadata;
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;
use std::io::{Read, Seek, SeekFrom};

/// The result of inspecting a complete and valid image.
#[derive(Debug)]
pub struct Inspected {
    /// The format, by the first bytes.
    pub format: Format,
    /// Size, frames and transparency.
    pub facts: ImageFacts,
    /// What the file holds besides its pixels.
    pub metadata: Metadata,
}

impl Inspected {
    /// The format of sizes that are derived from this image: PNG keeps sharp edges and
    /// transparency, everything else is a photograph (documented for the real service: WebP is
    /// always served as something else).
    pub fn derived_format(&self) -> Format {
        let is_png = self.format.is_lossless() || self.facts.has_alpha;
        if is_png { Format::Png } else { Format::Jpeg }
    }
}

/// Reads a whole image and validates it. Memory does not grow with the size of the file.
pub fn inspect_image(
    file: &mut (impl Read + Seek),
    limits: &ImageLimits,
) -> Result<Inspected, Unreadable> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut reader = ByteReader::new(file, length);
    let mut metadata = Metadata::default();
    let format = formats::sniff(reader.peek()?).ok_or(Unreadable::UnknownFormat)?;
    let inspect = format.inspector().ok_or(Unreadable::UnknownFormat)?;
    let facts = inspect(&mut reader, limits, &mut metadata)?;
    // Phones append videos after the end of an image, attackers archives and scripts.
    metadata.remove(reader.position()..length)?;
    Ok(Inspected { format, facts, metadata })
}

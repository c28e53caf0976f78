//! Formats that this build can write.

use crate::formats::Format;
use crate::image::error::CodecError;
use crate::image::raster::Raster;
use serde::{Deserialize, Serialize};

/// An image format that this build can write: one with an encoder in the table of formats. JPEG
/// is baseline, quality 85, 4:2:0; PNG has 8 bits a channel; WebP is lossy, quality 80, and only
/// written with the C codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Format", into = "Format")]
pub struct Encoding(Format);

/// This build has no encoder for the format.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{} is not written", .0.name())]
pub struct NotWritable(Format);

impl Encoding {
    /// The encoding of a content type such as `image/png`; `None` if this build does not write it.
    pub fn from_mime(mime: &str) -> Option<Self> {
        Self::try_from(Format::from_mime(mime)?).ok()
    }

    /// The format that is written.
    pub fn format(self) -> Format {
        self.0
    }

    /// Its content type.
    pub fn mime(self) -> &'static str {
        self.0.mime()
    }

    /// Encodes an image that is upright and in sRGB.
    pub(crate) fn encode(self, raster: &Raster) -> Result<Vec<u8>, CodecError> {
        let encode = self.0.encoder().ok_or(CodecError::Encode(self.0.name()))?;
        encode(raster)
    }
}

impl TryFrom<Format> for Encoding {
    type Error = NotWritable;

    fn try_from(format: Format) -> Result<Self, NotWritable> {
        if format.encoder().is_some() { Ok(Self(format)) } else { Err(NotWritable(format)) }
    }
}

impl From<Encoding> for Format {
    fn from(encoding: Encoding) -> Self {
        encoding.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_named_in_lower_case_and_only_those_of_this_build_exist() {
        let jpeg = Encoding::from_mime("image/jpeg").unwrap();
        assert_eq!(serde_json::to_string(&jpeg).unwrap(), "\"jpeg\"");
        assert_eq!(serde_json::from_str::<Encoding>("\"jpeg\"").unwrap(), jpeg);
        assert_eq!(serde_json::from_str::<Encoding>("\"webp\"").is_ok(), cfg!(feature = "native"));
        assert!(serde_json::from_str::<Encoding>("\"gif\"").is_err());
        assert_eq!(Encoding::from_mime("video/mp4"), None);
    }
}

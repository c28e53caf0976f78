//! The frame of every PNG chunk: length, kind, body, checksum.

use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;

/// Reads the length of the body and the kind of the next chunk.
pub(super) fn read_head(reader: &mut ByteReader<'_>) -> Result<(u32, [u8; 4]), Unreadable> {
    let length = u32::from_be_bytes(reader.array()?);
    if length > i32::MAX.unsigned_abs() {
        return Err(Unreadable::Corrupt("a chunk is longer than PNG allows"));
    }
    Ok((length, reader.array()?))
}

/// Reads the body of a chunk, passes it to `consume` piece by piece, and verifies the checksum.
pub(super) fn read_body(
    reader: &mut ByteReader<'_>,
    length: u32,
    kind: [u8; 4],
    mut consume: impl FnMut(&[u8]) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    reader.for_each_piece(length.into(), |piece| {
        sum.update(piece);
        consume(piece)
    })?;
    if u32::from_be_bytes(reader.array()?) != sum.finalize() {
        return Err(Unreadable::Corrupt("a checksum is wrong"));
    }
    Ok(())
}

/// A whole chunk.
pub(crate) fn encode(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    sum.update(body);
    [&length, &kind, body, &sum.finalize().to_be_bytes()].concat()
}

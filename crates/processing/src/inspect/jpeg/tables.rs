//! Huffman tables of JPEG (ITU-T T.81, annexes C and F).

use crate::inspect::unreadable::Unreadable;

/// Number of bits that are looked up at once.
const FAST: u32 = 9;

/// A table of Huffman codes.
#[derive(Clone)]
pub(super) struct Huffman {
    /// For each prefix of [`FAST`] bits: length and value of its code; length 0 if it is longer.
    fast: Vec<(u8, u8)>,
    /// For each length: the first code beyond it, shifted to 16 bits.
    beyond: [u32; 17],
    /// For each length: what to subtract from a code to find its value.
    offset: [i32; 17],
    values: Vec<u8>,
}

const WRONG: Unreadable = Unreadable::Corrupt("a Huffman table is wrong");

impl Huffman {
    /// From the count of codes of each length and their values.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Unreadable> {
        let mut table = Self {
            fast: vec![(0, 0); 1 << FAST],
            beyond: [0; 17],
            offset: [0; 17],
            values: values.to_owned(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let at = length as usize;
            table.offset[at] = i32::try_from(index).map_err(|_| WRONG)?
                - i32::try_from(code).map_err(|_| WRONG)?;
            for _ in 0..*count {
                let value = *values.get(index).ok_or(WRONG)?;
                table.add_fast(code, length, value)?;
                (code, index) = (code + 1, index + 1);
            }
            // The code that consists of ones only is reserved.
            if *count > 0 && code >= 1 << length {
                return Err(WRONG);
            }
            table.beyond[at] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Adds a code to the fast table, if it is short enough.
    fn add_fast(&mut self, code: u32, length: u32, value: u8) -> Result<(), Unreadable> {
        if length > FAST {
            return Ok(());
        }
        let (first, count) = ((code << (FAST - length)) as usize, 1_usize << (FAST - length));
        let entries = self.fast.get_mut(first..first + count).ok_or(WRONG)?;
        entries.fill((u8::try_from(length).unwrap_or(u8::MAX), value));
        Ok(())
    }

    /// Length and value of the code at the start of these 16 bits.
    pub(super) fn look_up(&self, bits: u32) -> Option<(u32, u8)> {
        let (length, value) = self.fast[(bits >> (16 - FAST)) as usize];
        if length > 0 {
            return Some((length.into(), value));
        }
        let length = (FAST + 1..=16).find(|length| bits < self.beyond[*length as usize])?;
        let code = i32::try_from(bits >> (16 - length)).ok()?;
        let index = usize::try_from(code + self.offset[length as usize]).ok()?;
        Some((length, *self.values.get(index)?))
    }
}

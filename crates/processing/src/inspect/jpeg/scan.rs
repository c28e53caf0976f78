//! One scan of a JPEG, walked to its last block without making pixels: every code must mean
//! something and no block may hold more than 64 coefficients.

use super::super::Unreadable;
use super::super::source::Source;
use super::bits::Bits;
use super::tables::Huffman;
use std::io::Read;

/// A component as the frame header describes it.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks across and down in one unit of an interleaved scan.
    pub(super) sampling: (u32, u32),
    /// Blocks across and down that hold pixels.
    pub(super) blocks: (u32, u32),
    /// Blocks across with those that only fill up the last unit.
    pub(super) stride: u32,
    /// Of a progressive picture: which coefficients of each block are known not to be zero.
    pub(super) nonzero: Vec<u64>,
    pub(super) has_scan: bool,
}

/// What a scan header says.
pub(super) struct Scan {
    /// Index of the component, its DC table and its AC table.
    pub(super) parts: Vec<(usize, usize, usize)>,
    pub(super) first: u32,
    pub(super) last: u32,
    /// Whether earlier scans brought the upper bits.
    pub(super) is_refinement: bool,
    pub(super) is_progressive: bool,
    /// Units between two restart markers; 0 for none.
    pub(super) restart: u32,
    /// Units of an interleaved scan, across and down.
    pub(super) units: (u32, u32),
}

/// Tables that were defined so far: four of each kind.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
}

const TOO_MANY: Unreadable = Unreadable::Corrupt("a block has more than 64 coefficients");
const NO_TABLE: Unreadable = Unreadable::Corrupt("a scan names a table that is not there");

/// Walks the scan; returns the marker behind it.
pub(super) fn walk<R: Read>(
    source: &mut Source<R>,
    scan: &Scan,
    components: &mut [Component],
    tables: &Tables,
) -> Result<u8, Unreadable> {
    let mut walk = Walk { bits: Bits::new(source), scan, tables, run: 0 };
    let (across, down) = match &scan.parts[..] {
        [(only, ..)] => components[*only].blocks,
        _ => scan.units,
    };
    let mut until_restart = scan.restart;
    let mut next_restart = 0xd0;
    for row in 0..down {
        for column in 0..across {
            if scan.restart > 0 && until_restart == 0 {
                if walk.bits.end()? != next_restart {
                    return Err(Unreadable::Corrupt("a restart marker is missing"));
                }
                next_restart = 0xd0 | (next_restart + 1) & 7;
                (until_restart, walk.run) = (scan.restart, 0);
            }
            until_restart = until_restart.saturating_sub(1);
            walk.unit(components, row, column)?;
        }
    }
    walk.bits.end()
}

struct Walk<'a, R> {
    bits: Bits<'a, R>,
    scan: &'a Scan,
    tables: &'a Tables,
    /// Blocks that follow and are at their end already.
    run: u32,
}

impl<R: Read> Walk<'_, R> {
    fn unit(
        &mut self,
        components: &mut [Component],
        row: u32,
        column: u32,
    ) -> Result<(), Unreadable> {
        let scan = self.scan;
        let is_interleaved = scan.parts.len() > 1;
        for (index, dc, ac) in &scan.parts {
            let component = &mut components[*index];
            let count =
                if is_interleaved { component.sampling.0 * component.sampling.1 } else { 1 };
            for _ in 0..count {
                if !scan.is_progressive {
                    self.baseline(*dc, *ac)?;
                } else if scan.first == 0 {
                    self.progressive_dc(*dc)?;
                } else {
                    let at = row as usize * component.stride as usize + column as usize;
                    let nonzero = component.nonzero.get_mut(at).ok_or(TOO_MANY)?;
                    self.progressive_ac(*ac, nonzero)?;
                }
            }
        }
        Ok(())
    }

    fn dc(&mut self, table: usize) -> Result<(), Unreadable> {
        let size = self.bits.code(self.tables.dc[table].as_ref().ok_or(NO_TABLE)?)?;
        if size > 15 {
            return Err(Unreadable::Corrupt("a coefficient is too large"));
        }
        self.bits.take(size.into()).map(drop)
    }

    fn baseline(&mut self, dc: usize, ac: usize) -> Result<(), Unreadable> {
        self.dc(dc)?;
        let table = self.tables.ac[ac].as_ref().ok_or(NO_TABLE)?;
        let mut at = 1;
        while at < 64 {
            let code = self.bits.code(table)?;
            let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
            match (size, zeros) {
                (0, 15) => at += 16,
                (0, _) => break,
                // Decoders let what runs over the end of a block pass, and so do we.
                _ => {
                    at += zeros + 1;
                    self.bits.take(size)?;
                }
            }
        }
        Ok(())
    }

    fn progressive_dc(&mut self, table: usize) -> Result<(), Unreadable> {
        if self.scan.is_refinement { self.bits.take(1).map(drop) } else { self.dc(table) }
    }

    fn progressive_ac(&mut self, table: usize, nonzero: &mut u64) -> Result<(), Unreadable> {
        let tables = self.tables;
        let table = tables.ac[table].as_ref().ok_or(NO_TABLE)?;
        let mut at = self.scan.first;
        while self.run == 0 && at <= self.scan.last {
            let code = self.bits.code(table)?;
            let (mut zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
            if size == 0 && zeros < 15 {
                self.run = (1 << zeros) + self.bits.take(zeros)?;
                break;
            }
            if self.scan.is_refinement {
                self.bits.take(u32::from(size > 0))?;
                at = self.refine(at, &mut zeros, *nonzero)?;
            } else {
                self.bits.take(size)?;
                at += zeros;
            }
            if size > 0 {
                if at > self.scan.last {
                    return Err(TOO_MANY);
                }
                *nonzero |= 1 << at;
            }
            at += 1;
        }
        if self.run > 0 {
            self.run -= 1;
            if self.scan.is_refinement {
                self.refine(at, &mut 64, *nonzero)?;
            }
        }
        Ok(())
    }

    /// One more bit for each known coefficient, up to where the zeros run out.
    fn refine(&mut self, mut at: u32, zeros: &mut u32, nonzero: u64) -> Result<u32, Unreadable> {
        while at <= self.scan.last {
            if nonzero >> at & 1 == 1 {
                self.bits.take(1)?;
            } else if *zeros == 0 {
                break;
            } else {
                *zeros -= 1;
            }
            at += 1;
        }
        Ok(at)
    }
}

//! One scan of a JPEG, read to its last block without decoding pixels: every code must be defined
//! and no block may hold more than 64 coefficients.

use super::bits::BitReader;
use super::tables::Huffman;
use crate::inspect::reader::ByteReader;
use crate::inspect::unreadable::Unreadable;

/// A component as the frame header describes it.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks across and down in one unit of an interleaved scan.
    pub(super) sampling: (u32, u32),
    /// Blocks across and down that hold pixels.
    pub(super) blocks: (u32, u32),
    /// Blocks across, including those that only fill up the last unit.
    pub(super) stride: u32,
    /// Of a progressive image: which coefficients of each block are known not to be zero, one bit
    /// each.
    pub(super) nonzero: Vec<u64>,
    pub(super) has_scan: bool,
}

/// A component as a scan header names it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanComponent {
    /// Index of the component in the frame.
    pub(super) index: usize,
    /// Index of its DC table.
    pub(super) dc_table: usize,
    /// Index of its AC table.
    pub(super) ac_table: usize,
}

/// A scan as its header describes it.
pub(super) struct Scan {
    pub(super) parts: Vec<ScanComponent>,
    /// The first coefficient in this scan.
    pub(super) first: u32,
    /// The last coefficient in this scan.
    pub(super) last: u32,
    /// Whether earlier scans hold the upper bits of the coefficients.
    pub(super) is_refinement: bool,
    pub(super) is_progressive: bool,
    /// Units between two restart markers; 0 for none.
    pub(super) restart_interval: u32,
    /// Number of units of an interleaved scan, across and down.
    pub(super) units: (u32, u32),
}

/// Huffman tables that are defined: four of each kind.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
}

const TOO_MANY: Unreadable = Unreadable::Corrupt("a block has more than 64 coefficients");
const NO_TABLE: Unreadable = Unreadable::Corrupt("a scan uses a table that is not defined");

/// Reads the scan; returns the marker after it.
pub(super) fn read(
    reader: &mut ByteReader<'_>,
    scan: &Scan,
    components: &mut [Component],
    tables: &Tables,
) -> Result<u8, Unreadable> {
    let bits = BitReader::new(reader);
    let mut reader = ScanReader { bits, scan, tables, end_of_band_run: 0 };
    let (across, down) = match &scan.parts[..] {
        [only] => components[only.index].blocks,
        _ => scan.units,
    };
    let mut until_restart = scan.restart_interval;
    let mut next_restart = 0xd0;
    for row in 0..down {
        for column in 0..across {
            if scan.restart_interval > 0 && until_restart == 0 {
                if reader.bits.next_marker()? != next_restart {
                    return Err(Unreadable::Corrupt("a restart marker is missing"));
                }
                next_restart = 0xd0 | (next_restart + 1) & 7;
                (until_restart, reader.end_of_band_run) = (scan.restart_interval, 0);
            }
            until_restart = until_restart.saturating_sub(1);
            reader.unit(components, row, column)?;
        }
    }
    reader.bits.next_marker()
}

struct ScanReader<'a, 'file> {
    bits: BitReader<'a, 'file>,
    scan: &'a Scan,
    tables: &'a Tables,
    /// Number of following blocks without further coefficients in this band.
    end_of_band_run: u32,
}

impl ScanReader<'_, '_> {
    /// One unit: a block, or those of all components of an interleaved scan.
    fn unit(
        &mut self,
        components: &mut [Component],
        row: u32,
        column: u32,
    ) -> Result<(), Unreadable> {
        let scan = self.scan;
        let is_interleaved = scan.parts.len() > 1;
        for part in &scan.parts {
            let component = &mut components[part.index];
            let count =
                if is_interleaved { component.sampling.0 * component.sampling.1 } else { 1 };
            for _ in 0..count {
                if !scan.is_progressive {
                    self.baseline(part.dc_table, part.ac_table)?;
                } else if scan.first == 0 {
                    self.progressive_dc(part.dc_table)?;
                } else {
                    let at = row as usize * component.stride as usize + column as usize;
                    let nonzero = component.nonzero.get_mut(at).ok_or(TOO_MANY)?;
                    self.progressive_ac(part.ac_table, nonzero)?;
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

    fn baseline(&mut self, dc_table: usize, ac_table: usize) -> Result<(), Unreadable> {
        self.dc(dc_table)?;
        let table = self.tables.ac[ac_table].as_ref().ok_or(NO_TABLE)?;
        let mut at = 1;
        while at < 64 {
            let code = self.bits.code(table)?;
            let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
            match (size, zeros) {
                (0, 15) => at += 16,
                (0, _) => break,
                // Decoders tolerate a run past the end of a block, so it is tolerated here.
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
        while self.end_of_band_run == 0 && at <= self.scan.last {
            let code = self.bits.code(table)?;
            let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
            if size == 0 && zeros < 15 {
                self.end_of_band_run = (1 << zeros) + self.bits.take(zeros)?;
                break;
            }
            if self.scan.is_refinement {
                self.bits.take(u32::from(size > 0))?;
                at = self.refine(at, zeros, *nonzero)?;
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
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            if self.scan.is_refinement {
                self.refine(at, 64, *nonzero)?;
            }
        }
        Ok(())
    }

    /// Reads one more bit of each known coefficient, up to the end of a run of `zeros`. Takes steps from
    /// run to run: a few bytes can have all blocks of an image refined that have nothing to refine.
    fn refine(&mut self, mut at: u32, mut zeros: u32, nonzero: u64) -> Result<u32, Unreadable> {
        let end = self.scan.last + 1;
        while at < end {
            let known = (nonzero >> at).trailing_ones().min(end - at);
            self.bits.skip(known)?;
            at += known;
            if at == end {
                break;
            }
            let run = (nonzero >> at).trailing_zeros().min(end - at);
            if run > zeros {
                return Ok(at + zeros);
            }
            (at, zeros) = (at + run, zeros - run);
        }
        Ok(at)
    }
}

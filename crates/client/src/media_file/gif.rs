//! Whether a GIF is animated: whether it has a second frame.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};

/// Reads up to the second frame. What is cut off or no GIF is not animated.
pub(super) fn is_animated(file: &File) -> io::Result<bool> {
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(0))?;
    match frames(&mut reader) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        found => found.map(|frames| frames > 1),
    }
}

/// Counts to two.
fn frames(reader: &mut (impl Read + Seek)) -> io::Result<u32> {
    let screen: [u8; 13] = read(reader)?;
    skip_colors(reader, screen[10])?;
    let mut frames = 0;
    loop {
        match read::<1>(reader)? {
            // An extension: its label, then blocks.
            [0x21] => reader.seek_relative(1)?,
            [0x2c] => {
                frames += 1;
                if frames > 1 {
                    return Ok(frames);
                }
                let descriptor: [u8; 9] = read(reader)?;
                skip_colors(reader, descriptor[8])?;
                // The size of the codes.
                reader.seek_relative(1)?;
            }
            _ => return Ok(frames),
        }
        loop {
            let [length] = read::<1>(reader)?;
            if length == 0 {
                break;
            }
            reader.seek_relative(length.into())?;
        }
    }
}

fn skip_colors(reader: &mut impl Seek, flags: u8) -> io::Result<()> {
    if flags & 0x80 == 0 {
        return Ok(());
    }
    reader.seek_relative(3 << ((flags & 7) + 1))
}

fn read<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_second_frame_makes_it_animated() {
        let head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
        let frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0";
        let animated = |frames: usize, end: &[u8]| {
            let mut file = tempfile::tempfile().unwrap();
            let all = [&head[..], &frame.repeat(frames), end].concat();
            file.write_all(&all).unwrap();
            is_animated(&file).unwrap()
        };
        assert!(!animated(1, b";"));
        assert!(animated(2, b";"));
        assert!(!animated(1, b""), "it is cut off");
        assert!(!animated(0, b"\x2c\0"));
    }
}

//! Alt text written back into a picture, as an XMP packet with the one property
//! `AltTextAccessibility` and nothing else, so that it travels with the file.

use crate::inspect::Edit;
use crate::sniff::Format;

/// Bytes of a file that [`edits`] needs to see.
pub const NEEDED: usize = 64;

/// A packet with this text, in the default language.
pub fn packet(alt_text: &str) -> String {
    let text = quick_xml::escape::escape(alt_text);
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" \
         xmlns:Iptc4xmpCore=\"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/\">\
         <Iptc4xmpCore:AltTextAccessibility><rdf:Alt>\
         <rdf:li xml:lang=\"x-default\">{text}</rdf:li>\
         </rdf:Alt></Iptc4xmpCore:AltTextAccessibility>\
         </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    )
}

/// What to change in a clean file of ours so that it carries the text; nothing for formats that
/// cannot. `first` are its first bytes, `length` is how long it is.
pub fn edits(
    format: Format,
    first: &[u8],
    length: u64,
    size: (u32, u32),
    alt_text: &str,
) -> Vec<Edit> {
    let packet = packet(alt_text);
    let insert = |at: u64, with: Vec<u8>| vec![Edit { range: at..at, with }];
    match format {
        Format::Jpeg => jpeg(first, &packet).map_or_else(Vec::new, |(at, with)| insert(at, with)),
        // Behind the header, which is always as long.
        Format::Png => insert(33, png(&packet)),
        Format::WebP => webp(first, length, size, &packet).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn jpeg(first: &[u8], packet: &str) -> Option<(u64, Vec<u8>)> {
    let name = b"http://ns.adobe.com/xap/1.0/\0";
    let length = u16::try_from(2 + name.len() + packet.len()).ok()?;
    let segment = [&[0xff, 0xe1][..], &length.to_be_bytes(), name, packet.as_bytes()].concat();
    // JFIF wants to come first.
    let at = match first {
        [_, _, 0xff, 0xe0, high, low, ..] => 4 + u64::from(u16::from_be_bytes([*high, *low])),
        _ => 2,
    };
    Some((at, segment))
}

fn png(packet: &str) -> Vec<u8> {
    let body = [b"XML:com.adobe.xmp\0\0\0\0\0", packet.as_bytes()].concat();
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut sum = crc32fast::Hasher::new();
    sum.update(b"iTXt");
    sum.update(&body);
    [&length[..], b"iTXt", &body, &sum.finalize().to_be_bytes()].concat()
}

fn webp(first: &[u8], length: u64, size: (u32, u32), packet: &str) -> Option<Vec<Edit>> {
    let has_xmp = 0x04;
    let padding = &[0][..packet.len() % 2];
    let packet_length = u32::try_from(packet.len()).ok()?.to_le_bytes();
    let chunk = [b"XMP ", &packet_length[..], packet.as_bytes(), padding].concat();
    let kind = first.get(12..16)?;
    let (header, grown) = if kind == b"VP8X" {
        let flags = first.get(20)? | has_xmp;
        (Edit { range: 20..21, with: vec![flags] }, 0)
    } else {
        let has_alpha = kind == b"VP8L" && first.get(24)? & 0x10 != 0;
        let flags = has_xmp | if has_alpha { 0x10 } else { 0 };
        let side = |pixels: u32| (pixels.max(1) - 1).to_le_bytes();
        let (w, h) = (side(size.0), side(size.1));
        let body = [b"VP8X", &[10, 0, 0, 0, flags, 0, 0, 0][..], &w[..3], &h[..3]].concat();
        (Edit { range: 12..12, with: body }, 18)
    };
    let total = u32::try_from(length - 8 + grown + chunk.len() as u64).ok()?;
    Some(vec![
        Edit { range: 4..8, with: total.to_le_bytes().to_vec() },
        header,
        Edit { range: length..length, with: chunk },
    ])
}

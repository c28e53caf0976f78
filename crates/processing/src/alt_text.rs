//! Alt text written into an image, as an XMP packet with the one property
//! `AltTextAccessibility` and nothing else, so that it travels with the file. Reading it is the
//! work of [`crate::xmp`].

use crate::edit::Edit;
use crate::formats::Format;

pub use crate::embed::image_head::{HEAD_BYTES, ImageHead};

/// The edits that write the text into a file without metadata; none for formats that cannot hold
/// it, and none if it does not fit.
pub fn edits(format: Format, image: &ImageHead<'_>, alt_text: &str) -> Vec<Edit> {
    match format.embedder() {
        Some(embed) => embed(image, &packet(alt_text)).unwrap_or_default(),
        None => Vec::new(),
    }
}

/// An XMP packet with this text, in the default language.
fn packet(alt_text: &str) -> String {
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

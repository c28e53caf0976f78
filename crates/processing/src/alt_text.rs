//! Descriptions written into an image, as an XMP packet with the properties `AltTextAccessibility` and
//! `ExtDescrAccessibility` and nothing else, so that they travel with the file. Reading them is the
//! work of [`crate::xmp`].

use crate::edit::Edit;
use crate::formats::Format;
use birdhouse_domain::description::LocalizedDescription;
use std::fmt::Write;

pub use crate::embed::image_head::{HEAD_BYTES, ImageHead};

/// The edits that write the descriptions into a file without metadata; none for formats that cannot
/// hold them. If all languages do not fit, the default one is written; nothing if that does not.
pub fn edits(
    format: Format,
    image: &ImageHead<'_>,
    descriptions: &[LocalizedDescription],
) -> Vec<Edit> {
    let Some(embed) = format.embedder() else { return Vec::new() };
    let of_default = || {
        let default = descriptions.iter().filter(|one| one.lang.is_default());
        embed(image, &packet(&default.cloned().collect::<Vec<_>>()))
    };
    embed(image, &packet(descriptions)).or_else(of_default).unwrap_or_default()
}

/// An XMP packet with these texts.
fn packet(descriptions: &[LocalizedDescription]) -> String {
    let alt_texts =
        property("AltTextAccessibility", descriptions, |one| one.description.alt_text());
    let extended =
        property("ExtDescrAccessibility", descriptions, |one| one.description.extended());
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" \
         xmlns:Iptc4xmpCore=\"http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/\">\
         {alt_texts}{extended}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    )
}

/// A property with its text in each language, the default one first; nothing without texts.
fn property(
    name: &str,
    descriptions: &[LocalizedDescription],
    text: impl Fn(&LocalizedDescription) -> Option<&str>,
) -> String {
    let mut items = String::new();
    let (default, others): (Vec<_>, Vec<_>) =
        descriptions.iter().partition(|one| one.lang.is_default());
    for one in default.into_iter().chain(others) {
        let Some(text) = text(one) else { continue };
        let lang = if one.lang.is_default() { "x-default" } else { one.lang.as_str() };
        let text = quick_xml::escape::escape(text);
        let _written = write!(items, "<rdf:li xml:lang=\"{lang}\">{text}</rdf:li>");
    }
    if items.is_empty() {
        return items;
    }
    format!("<Iptc4xmpCore:{name}><rdf:Alt>{items}</rdf:Alt></Iptc4xmpCore:{name}>")
}

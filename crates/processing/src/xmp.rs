//! The description inside an image: the IPTC properties `AltTextAccessibility` and
//! `ExtDescrAccessibility` of an XMP packet (IPTC Photo Metadata 2021.1).

use crate::orientation::Orientation;
use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const IPTC: &str = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/";
const XML: quick_xml::XmlVersion = quick_xml::XmlVersion::Implicit1_0;
/// Depth of nested elements; a packet needs six.
const DEPTH_MAX: usize = 16;
/// Tags, texts and references of one packet that are read; the longest histories of edits have some
/// ten thousand.
const EVENTS_MAX: usize = 100_000;
/// Attributes of one element that are read.
const ATTRIBUTES_MAX: usize = 1000;
/// Languages of one packet that are kept.
const LANGUAGES_MAX: usize = 20;
/// Bytes of one text that are kept.
const TEXT_MAX: usize = 64 * 1024;
/// Bytes of a language tag (BCP 47).
const LANGUAGE_BYTES_MAX: usize = 35;

/// The description that an XMP packet holds in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmbeddedDescription {
    /// The language as it is written; `None` for the default one.
    pub lang: Option<String>,
    /// `AltTextAccessibility`: a short description for people who cannot see the image.
    pub alt_text: Option<String>,
    /// `ExtDescrAccessibility`: a longer description.
    pub extended: Option<String>,
}

/// The orientation, if the packet holds one (`tiff:Orientation`).
pub(crate) fn orientation(packet: &[u8]) -> Option<Orientation> {
    parse(packet).orientation.and_then(|text| text.parse().ok()).map(Orientation::new)
}

/// The properties that are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Property {
    AltText,
    Extended,
    Orientation,
}

/// Reads a packet. In a malformed one, what was read before the error counts: the text is only a
/// suggestion.
/// The languages are distinct, in the order of the packet.
pub fn read(packet: &[u8]) -> Vec<EmbeddedDescription> {
    parse(packet).descriptions
}

fn parse(packet: &[u8]) -> PacketParser {
    let text = String::from_utf8_lossy(packet);
    let mut parser = PacketParser::default();
    let mut reader = NsReader::from_str(&text);
    for _ in 0..EVENTS_MAX {
        match reader.read_resolved_event() {
            Ok((namespace, Event::Start(element))) => {
                let property = property(&namespace, element.local_name().as_ref());
                parser.open_element(property, &element, &reader);
                if parser.depth > DEPTH_MAX {
                    break;
                }
            }
            Ok((_, Event::Empty(element))) => parser.attributes(&element, &reader),
            Ok((_, Event::End(_))) => parser.close_element(),
            Ok((_, Event::Text(text))) => {
                parser.append(&text.xml_content(XML));
            }
            Ok((_, Event::CData(text))) => {
                parser.append(&text.xml_content(XML));
            }
            Ok((_, Event::GeneralRef(entity))) => match entity.resolve_char_ref() {
                Ok(Some(char)) => parser.append(char.encode_utf8(&mut [0; 4])),
                _ => parser.append(resolve_predefined_entity(&entity).unwrap_or_default()),
            },
            Ok((_, Event::Eof)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    parser
}

fn property(namespace: &ResolveResult<'_>, local: &str) -> Option<Property> {
    let ResolveResult::Bound(Namespace(namespace)) = namespace else { return None };
    match (*namespace, local) {
        (IPTC, "AltTextAccessibility") => Some(Property::AltText),
        (IPTC, "ExtDescrAccessibility") => Some(Property::Extended),
        (TIFF, "Orientation") => Some(Property::Orientation),
        _ => None,
    }
}

/// The attributes of an element, up to the first that is malformed or repeats another: whoever goes
/// on after that has the reader search all names again for each repetition.
fn attributes<'a>(element: &'a BytesStart<'_>) -> impl Iterator<Item = Attribute<'a>> {
    element.attributes().map_while(Result::ok).take(ATTRIBUTES_MAX)
}

/// What was read so far, and where in the packet the reader is.
#[derive(Default)]
struct PacketParser {
    descriptions: Vec<EmbeddedDescription>,
    orientation: Option<String>,
    /// Number of open elements.
    depth: usize,
    /// The property that is open, and its depth.
    open: Option<(Property, usize)>,
    /// The text that is being read.
    text: String,
    /// Its language; `None` for the default one.
    lang: Option<String>,
}

impl PacketParser {
    fn open_element(
        &mut self,
        property: Option<Property>,
        element: &BytesStart<'_>,
        reader: &NsReader<&[u8]>,
    ) {
        self.depth += 1;
        self.attributes(element, reader);
        self.text.clear();
        if self.open.is_none() {
            self.open = property.map(|p| (p, self.depth));
        } else {
            let lang = attributes(element).find(|a| a.key.as_ref() == "xml:lang");
            let lang = lang.map(|lang| lang.value.into_owned());
            self.lang = lang.filter(|lang| lang != "x-default" && lang.len() <= LANGUAGE_BYTES_MAX);
        }
    }

    /// The short form of RDF: properties as attributes.
    fn attributes(&mut self, element: &BytesStart<'_>, reader: &NsReader<&[u8]>) {
        for attribute in attributes(element) {
            let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
            if let Some(property) = property(&namespace, local.as_ref())
                && let Ok(value) = attribute.normalized_value(XML)
            {
                self.keep(property, &value, None);
            }
        }
    }

    fn append(&mut self, text: &str) {
        if self.open.is_some() && self.text.len() + text.len() <= TEXT_MAX {
            self.text.push_str(text);
        }
    }

    fn close_element(&mut self) {
        if let Some((property, depth)) = self.open {
            let text = std::mem::take(&mut self.text);
            let lang = self.lang.take();
            self.keep(property, &text, lang);
            if depth == self.depth {
                self.open = None;
            }
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// The first text of each language counts.
    fn keep(&mut self, property: Property, text: &str, lang: Option<String>) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        let slot = match property {
            Property::AltText => self.of_language(lang).map(|one| &mut one.alt_text),
            Property::Extended => self.of_language(lang).map(|one| &mut one.extended),
            Property::Orientation => Some(&mut self.orientation),
        };
        if let Some(slot) = slot.filter(|slot| slot.is_none()) {
            *slot = Some(text.to_owned());
        }
    }

    fn of_language(&mut self, lang: Option<String>) -> Option<&mut EmbeddedDescription> {
        let known = self.descriptions.iter().position(|one| one.lang == lang);
        let at = match known {
            Some(at) => at,
            None if self.descriptions.len() == LANGUAGES_MAX => return None,
            None => {
                self.descriptions.push(EmbeddedDescription { lang, ..Default::default() });
                self.descriptions.len() - 1
            }
        };
        self.descriptions.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(inner: &str, attributes: &str) -> String {
        format!(
            "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'>\
             <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
             <rdf:Description rdf:about='' xmlns:q='{IPTC}'{attributes}>{inner}\
             </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
        )
    }

    #[test]
    fn each_language_is_read_from_elements() {
        let text = packet(
            "<q:AltTextAccessibility><rdf:Alt><rdf:li xml:lang='fr'>Un lac</rdf:li>\
             <rdf:li xml:lang='x-default'>Sunset &amp; a&#x20;lake</rdf:li></rdf:Alt>\
             </q:AltTextAccessibility><q:ExtDescrAccessibility><rdf:Alt>\
             <rdf:li xml:lang='de'>Lang</rdf:li></rdf:Alt></q:ExtDescrAccessibility>",
            "",
        );
        let found = read(text.as_bytes());
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.lang.as_deref(), one.alt_text.as_deref(), one.extended.as_deref()))
            .collect();
        let expected = [
            (Some("fr"), Some("Un lac"), None),
            (None, Some("Sunset & a lake"), None),
            (Some("de"), None, Some("Lang")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn attributes_are_read_and_other_namespaces_are_not() {
        let found = read(packet("", " q:AltTextAccessibility='A &lt;cat>'").as_bytes());
        assert_eq!(found[0].alt_text.as_deref(), Some("A <cat>"));
        let other = packet("", "").replace(IPTC, "http://example.com/");
        assert_eq!(read(other.as_bytes()), []);
    }

    #[test]
    fn hostile_xml_is_not_expanded() {
        let deep = "<a>".repeat(10_000);
        assert_eq!(read(deep.as_bytes()), []);
        let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>".to_owned()
            + &packet("", " q:AltTextAccessibility='&a;&a;'");
        assert_eq!(read(bomb.as_bytes()), []);
        assert_eq!(read(&[0xff; 100]), []);
    }

    #[test]
    fn a_packet_is_read_no_further_than_the_longest_real_ones() {
        let late = |padding: String| {
            let text = packet(&padding, "") + &packet("", " q:AltTextAccessibility='late'");
            read(text.as_bytes()).pop().and_then(|one| one.alt_text)
        };
        assert_eq!(late("<a/>".repeat(EVENTS_MAX / 2)).as_deref(), Some("late"));
        assert_eq!(late("<a/>".repeat(EVENTS_MAX)), None);
        // A name that is repeated is searched for among all before it, each time.
        let repeated = " q:a='' q:a='' q:AltTextAccessibility='late'";
        assert_eq!(read(packet("", repeated).as_bytes()), []);
    }
}

//! The language of a description, from its tag.

use unicode_script::Script;

/// What a BCP 47 tag says.
#[derive(Default)]
pub(super) struct Language {
    /// The primary subtag in lower case; `None` if there is none, or it names no single language.
    pub(super) primary: Option<String>,
    /// The script subtag.
    pub(super) script: Option<Scripts>,
}

/// The scripts that a text may be written in.
pub(super) type Scripts = &'static [Script];

impl Language {
    pub(super) fn of(tag: Option<&str>) -> Self {
        let mut subtags = tag.unwrap_or_default().split(['-', '_']);
        let primary = subtags.next().unwrap_or_default().to_ascii_lowercase();
        let is_one = (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_lowercase())
            && !matches!(primary.as_str(), "und" | "mul" | "zxx" | "mis");
        if !is_one {
            return Self::default();
        }
        // A script comes after the language, or after up to three extensions of it.
        let script = subtags.take(4).find(|subtag| subtag.len() == 4).and_then(of_subtag);
        Self { primary: Some(primary), script }
    }

    /// The scripts in which the language is written; `None` if we do not know.
    pub(super) fn scripts(&self) -> Option<Scripts> {
        self.script.or_else(|| of_language(self.primary.as_deref()?))
    }
}

/// The scripts that a script subtag stands for.
fn of_subtag(subtag: &str) -> Option<Scripts> {
    use Script as S;
    Some(match subtag.to_ascii_lowercase().as_str() {
        "latn" => &[S::Latin],
        "cyrl" => &[S::Cyrillic],
        "arab" => &[S::Arabic],
        "deva" => &[S::Devanagari],
        "hans" | "hant" | "hani" => &[S::Han, S::Bopomofo],
        "jpan" => &[S::Han, S::Hiragana, S::Katakana],
        "hira" => &[S::Hiragana],
        "kana" => &[S::Katakana],
        "kore" => &[S::Hangul, S::Han],
        "hang" => &[S::Hangul],
        "grek" => &[S::Greek],
        "hebr" => &[S::Hebrew],
        "guru" => &[S::Gurmukhi],
        "thai" => &[S::Thai],
        _ => return None,
    })
}

/// The scripts of the languages that we know. All that are in use count, also where one is rare.
fn of_language(primary: &str) -> Option<Scripts> {
    use Script as S;
    Some(match primary {
        "en" | "de" | "fr" | "es" | "pt" | "it" | "nl" | "pl" | "sv" | "da" | "nb" | "nn"
        | "no" | "fi" | "et" | "lv" | "lt" | "cs" | "sk" | "sl" | "hr" | "hu" | "ca" | "gl"
        | "eu" | "ga" | "gd" | "cy" | "br" | "is" | "fo" | "mt" | "af" | "sq" | "vi" | "id"
        | "tl" | "fil" | "sw" | "zu" | "xh" | "eo" | "la" | "lb" | "oc" | "mi" | "haw" | "tr" => {
            &[S::Latin]
        }
        "ru" | "uk" | "be" | "bg" | "mk" | "ce" | "ky" => &[S::Cyrillic],
        "el" => &[S::Greek],
        "hy" => &[S::Armenian],
        "ka" => &[S::Georgian],
        "he" | "yi" => &[S::Hebrew],
        "ar" | "fa" | "ur" | "ps" | "ckb" | "arz" => &[S::Arabic],
        "hi" | "mr" | "ne" => &[S::Devanagari],
        "bn" | "as" => &[S::Bengali],
        "ta" => &[S::Tamil],
        "te" => &[S::Telugu],
        "kn" => &[S::Kannada],
        "ml" => &[S::Malayalam],
        "gu" => &[S::Gujarati],
        "si" => &[S::Sinhala],
        "th" => &[S::Thai],
        "lo" => &[S::Lao],
        "km" => &[S::Khmer],
        "my" => &[S::Myanmar],
        "am" | "ti" => &[S::Ethiopic],
        "ja" => &[S::Han, S::Hiragana, S::Katakana],
        "zh" | "yue" | "cmn" => &[S::Han, S::Bopomofo],
        "ko" => &[S::Hangul, S::Han],
        _ => return None,
    })
}

//! Rule file-name: the name of a file instead of a description.

use super::folded::fold;
use super::generated_name::is_generated;
use super::text::{Text, is_dense, is_word};

/// What names of media, and of what they are made from, end in.
const EXTENSIONS: &[&str] = &[
    "jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "avif", "heic", "heif", "bmp", "tif",
    "tiff", "svg", "ico", "raw", "cr2", "nef", "arw", "dng", "psd", "eps", "pdf", "mp4", "m4v",
    "mov", "avi", "webm", "mkv",
];
/// A name of more words, or with one of [`OF_SENTENCES`] in it, may be a sentence that ends in one.
const MAX_WORDS: usize = 4;
const OF_SENTENCES: &[&str] = &[
    "a", "an", "the", "of", "with", "and", "file", "files", "image", "called", "named", "open",
    "opening", "delete", "rename", "save", "saved", "as", "is", "says", "shows", "error", "cannot",
    "no", "not", "der", "die", "das", "datei", "le", "la", "les", "fichier", "el", "los",
    "archivo", "o", "arquivo", "il", "het", "de", "plik", "файл",
];

/// Whether the text is a file's name: the uploaded one's, or one with the form of a file name.
pub(super) fn is_found(text: &Text, upload: Option<&str>) -> bool {
    let name = text.visible.as_str();
    upload.is_some_and(|upload| is_name_of(name, upload))
        || is_with_extension(name)
        || is_generated(&fold(name))
        || is_with_underscores(name)
}

/// Whether the text is the uploaded name. Without its extension a name may be a description; it is
/// none if it is one word with digits or separators.
fn is_name_of(name: &str, upload: &str) -> bool {
    let upload = upload.rsplit(['/', '\\']).next().unwrap_or(upload).trim();
    let folded = fold(name);
    let is_stem = || {
        let stem = upload.rsplit_once('.').map_or(upload, |(stem, _)| stem);
        let is_made = stem.chars().any(|c| c.is_ascii_digit() || matches!(c, '_' | '-'));
        is_made && !stem.contains(char::is_whitespace) && folded == fold(stem)
    };
    (split_extension(upload).is_some() && folded == fold(upload)) || is_stem()
}

fn is_with_extension(name: &str) -> bool {
    let Some(stem) = split_extension(name) else { return false };
    let words: Vec<&str> = stem.split_whitespace().collect();
    let is_of_sentence = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        OF_SENTENCES.contains(&bare.as_str()) || word.ends_with([':', ',', '"', '“', '«'])
    };
    match words.as_slice() {
        [] => false,
        [one] => one.chars().any(char::is_alphanumeric),
        [first, .., last] => {
            // "Deleted IMG_1.jpg" names one file; "Trip 2 day 3.jpg" is the name of one.
            let names_another = last.contains('_') && !first.contains('_');
            is_generated(&fold(stem))
                || (words.len() <= MAX_WORDS && !names_another && !words.iter().any(is_of_sentence))
        }
    }
}

/// The name without its extension, if that is one of media.
fn split_extension(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    let is_known = EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension));
    (is_known && !stem.ends_with(char::is_whitespace)).then_some(stem)
}

/// `final_banner_v3`: nobody joins the words of a sentence so. In scripts without spaces it may be a
/// sentence about such a name.
fn is_with_underscores(name: &str) -> bool {
    let mut parts = name.split('_').map(|part| part.chars().any(char::is_alphanumeric));
    let is_joined = name.contains('_') && parts.next() == Some(true) && parts.any(|is| is);
    let is_part = |c: char| (is_word(c) && !is_dense(c)) || "_-.()+~".contains(c);
    is_joined && name.chars().all(is_part)
}

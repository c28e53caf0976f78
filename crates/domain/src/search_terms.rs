//! What a description is found by: the terms of the index, which are the same for both databases, and
//! those of a query.
//!
//! A term begins with a mark of the owner, so that no search meets the descriptions of another user on its
//! way. Scripts with spaces have words; the others have single characters and pairs.

mod fold;
mod pieces;

use crate::alt_text::AltTextOrigin;
use crate::fault::Fault;
use crate::id::{AppId, UserId};
use pieces::{Piece, is_hangul, pieces, units};
use std::collections::BTreeSet;
use unicode_normalization::char::is_combining_mark;

/// The longest query, in Unicode code points.
pub const QUERY_MAX_CODE_POINTS: usize = 200;
/// A word of fewer characters is no beginning of a longer one: too many words would begin with it.
const PREFIX_MIN: usize = 3;

/// What is not a word, and is searched like one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facet {
    /// The language, or one that it begins with: `pt` finds `pt-BR`.
    Language(String),
    /// The app.
    App(AppId),
    /// The origin.
    Origin(AltTextOrigin),
    /// The media is decorative.
    Decorative,
    /// The description has a warning or an error.
    Flagged,
}

impl Facet {
    /// No word has this form.
    fn term(&self) -> String {
        match self {
            Self::Language(tag) => format!("=l{}", tag.to_ascii_lowercase()),
            Self::App(id) => format!("=a{id}"),
            Self::Origin(origin) => format!("=o{}", origin.name()),
            Self::Decorative => "=d".to_owned(),
            Self::Flagged => "=f".to_owned(),
        }
    }
}

/// A description as the index has it.
#[derive(Clone, Debug)]
pub struct IndexedDescription<'a> {
    /// The owner of the media.
    pub owner: UserId,
    /// The language.
    pub lang: &'a str,
    /// The alt text and the extended description.
    pub texts: [&'a str; 2],
    /// The app.
    pub app: AppId,
    /// Where it comes from.
    pub origin: AltTextOrigin,
    /// Whether the media is decorative.
    pub is_decorative: bool,
    /// Whether it has a warning or an error.
    pub is_flagged: bool,
}

impl IndexedDescription<'_> {
    /// The terms that find it, in order, separated by spaces.
    pub fn terms(&self) -> String {
        let mut terms = BTreeSet::new();
        for piece in self.texts.iter().flat_map(|text| pieces(text)) {
            add_terms(&piece, &mut terms);
        }
        let mut facets = vec![Facet::App(self.app), Facet::Origin(self.origin)];
        let ends = self.lang.match_indices('-').map(|(at, _)| at).chain([self.lang.len()]);
        facets.extend(ends.map(|end| Facet::Language(self.lang[..end].to_owned())));
        facets.extend(self.is_decorative.then_some(Facet::Decorative));
        facets.extend(self.is_flagged.then_some(Facet::Flagged));
        terms.extend(facets.iter().map(Facet::term));
        let mark = owner_mark(self.owner);
        let marked: Vec<String> = terms.iter().map(|term| format!("{mark}{term}")).collect();
        marked.join(" ")
    }
}

fn add_terms(piece: &Piece, terms: &mut BTreeSet<String>) {
    match piece {
        Piece::Word(word) => drop(terms.insert(word.clone())),
        Piece::Run(run) => {
            let letters = run.iter().filter(|c| !is_combining_mark(**c));
            terms.extend(letters.map(|c| String::from(*c)));
            terms.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
        }
    }
}

/// Six characters. Few users share one: what is found must be compared with the owner.
fn owner_mark(owner: UserId) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits = owner.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let five = |n: u32| ALPHABET[usize::try_from(bits >> (64 - 5 * n) & 31).unwrap_or_default()];
    (1..=6).map(|n| char::from(five(n))).collect()
}

/// A term of a query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueryTerm {
    /// The term, with the mark of the owner.
    pub text: String,
    /// Whether longer terms that begin with it are found, too.
    pub is_prefix: bool,
}

/// The words of a query. All of them must be found; the last one, and every Korean one, may be the beginning
/// of a longer word. Words in double quotes must follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    terms: BTreeSet<(String, bool)>,
    /// What must be found in this order, which the index does not know.
    phrases: Vec<Vec<String>>,
}

impl SearchQuery {
    /// Parses a query; [`Fault::QueryInvalid`] beyond [`QUERY_MAX_CODE_POINTS`], and for one that is not
    /// blank and has no word.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let invalid = |why: String| {
            let value = text.chars().take(20).collect();
            Err(Fault::QueryInvalid { name: "q", value, why })
        };
        let got = text.chars().count();
        if got > QUERY_MAX_CODE_POINTS {
            return invalid(format!("has {got} characters; {QUERY_MAX_CODE_POINTS} are allowed"));
        }
        let quotes = ['"', '\u{201c}', '\u{201d}', '\u{201e}'];
        let parts: Vec<&str> = text.split(quotes).collect();
        let mut query = Self::default();
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            if n % 2 == 1 && !is_last {
                query.add_phrase(part);
            } else {
                query.add_words(part, is_last);
            }
        }
        if query.is_empty() && !text.trim().is_empty() {
            return invalid("has no word".to_owned());
        }
        Ok(query)
    }

    fn add_phrase(&mut self, text: &str) {
        let words = pieces(text);
        for piece in &words {
            self.add_piece(piece, false);
        }
        self.phrases.extend(Some(units(&words)).filter(|units| units.len() > 1));
    }

    fn add_words(&mut self, text: &str, is_end: bool) {
        let words = pieces(text);
        for (n, piece) in words.iter().enumerate() {
            self.add_piece(piece, is_end && n + 1 == words.len());
            if let Piece::Run(run) = piece
                && run.len() > 2
            {
                self.phrases.push(units(std::slice::from_ref(piece)));
            }
        }
    }

    fn add_piece(&mut self, piece: &Piece, is_last: bool) {
        match piece {
            Piece::Word(word) => {
                let is_long = word.chars().nth(PREFIX_MIN - 1).is_some();
                let is_prefix = word.chars().all(is_hangul) || (is_last && is_long);
                self.terms.insert((word.clone(), is_prefix));
            }
            Piece::Run(run) if run.len() == 1 => {
                self.terms.insert((String::from(run[0]), false));
            }
            Piece::Run(run) => {
                self.terms.extend(run.windows(2).map(|pair| (pair.iter().collect(), false)));
            }
        }
    }

    /// Whether it has no word at all.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// What to look up in the index: the words, and the facets that must apply.
    pub fn terms(&self, owner: UserId, facets: &[Facet]) -> Vec<QueryTerm> {
        let mark = owner_mark(owner);
        let words = self.terms.iter().map(|(word, is_prefix)| (word.clone(), *is_prefix));
        let facets = facets.iter().map(|facet| (facet.term(), false));
        let marked = |(term, is_prefix)| QueryTerm { text: format!("{mark}{term}"), is_prefix };
        words.chain(facets).map(marked).collect()
    }

    /// Whether a description that the index found has every phrase.
    pub fn has_phrases<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        if self.phrases.is_empty() {
            return true;
        }
        let texts: Vec<Vec<String>> = texts.into_iter().map(|text| units(&pieces(text))).collect();
        let has = |phrase: &Vec<String>| {
            texts.iter().any(|units| units.windows(phrase.len()).any(|some| some == phrase))
        };
        self.phrases.iter().all(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry<'a>(text: &'a str, lang: &'a str) -> IndexedDescription<'a> {
        IndexedDescription {
            owner: UserId(7),
            lang,
            texts: [text, ""],
            app: AppId(3),
            origin: AltTextOrigin::Author,
            is_decorative: false,
            is_flagged: false,
        }
    }

    fn finds(query: &str, text: &str) -> bool {
        let query = SearchQuery::parse(query).unwrap();
        let indexed = entry(text, "und").terms();
        let indexed: Vec<&str> = indexed.split(' ').collect();
        let is_found = |term: &QueryTerm| {
            let is_term = |one: &&str| *one == term.text;
            let begins = |one: &&str| term.is_prefix && one.starts_with(&term.text);
            indexed.iter().any(|one| is_term(one) || begins(one))
        };
        query.terms(UserId(7), &[]).iter().all(is_found) && query.has_phrases([text])
    }

    #[test]
    fn all_words_must_be_found_and_the_last_may_be_a_beginning() {
        assert!(finds("gate wre", "A wren on a gate"));
        assert!(!finds("gat wren", "A wren on a gate"));
        assert!(!finds("gate robin", "A wren on a gate"));
        assert!(finds("eau", "Un verre d’eau"));
        assert!(finds("\"on a gate\"", "A wren on a gate"));
        assert!(!finds("\"a wren gate\"", "A wren on a gate"));
        assert!(!finds("\"on a gat\"", "A wren on a gate"));
        assert!(finds("\"wren", "A wren on a gate"));
    }

    #[test]
    fn scripts_without_spaces_are_found_by_parts_of_words() {
        assert!(finds("黑猫", "一只黑猫坐在窗台上"));
        assert!(finds("猫", "一只黑猫坐在窗台上"));
        assert!(!finds("猫黑", "一只黑猫坐在窗台上"));
        assert!(!finds("東京都", "京都と東京"));
        assert!(finds("แมวดำ", "แมวดำนั่งบนโซฟา"));
        assert!(finds("고양이 소파", "고양이가 소파에 앉아 있다"));
    }

    #[test]
    fn a_facet_is_never_a_word_and_another_owner_is_never_met() {
        let terms = entry("=d l en author", "pt-BR").terms();
        let mark = owner_mark(UserId(7));
        assert_eq!(terms.matches('=').count(), 4, "{terms}");
        assert!(terms.contains(&format!("{mark}=lpt ")) && terms.contains("=lpt-br"), "{terms}");
        assert!(terms.split(' ').all(|term| term.starts_with(&mark)), "{terms}");
        assert_ne!(mark, owner_mark(UserId(8)));
    }

    #[test]
    fn queries_have_a_bound_and_words_or_are_blank() {
        assert!(SearchQuery::parse(&"x".repeat(QUERY_MAX_CODE_POINTS + 1)).is_err());
        assert!(SearchQuery::parse(" ?! \"\" ").is_err());
        assert!(SearchQuery::parse(" ").unwrap().is_empty());
    }
}

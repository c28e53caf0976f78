//! The words that rules look for, by language.

mod ar;
mod de;
mod en;
mod es;
pub(super) mod file_names;
mod fr;
mod hi;
mod it;
mod ja;
mod ko;
mod nl;
mod pl;
mod pt;
mod ru;
mod sv;
mod table;
mod th;
mod tr;
mod uk;
mod zh;

use super::folded::fold;
use super::language::Language;
use std::collections::HashSet;
use std::sync::LazyLock;
use table::Table;

/// The table of each language, English first.
const TABLES: [&Table; 18] = [
    &en::WORDS,
    &ar::WORDS,
    &de::WORDS,
    &es::WORDS,
    &fr::WORDS,
    &hi::WORDS,
    &it::WORDS,
    &ja::WORDS,
    &ko::WORDS,
    &nl::WORDS,
    &pl::WORDS,
    &pt::WORDS,
    &ru::WORDS,
    &sv::WORDS,
    &th::WORDS,
    &tr::WORDS,
    &uk::WORDS,
    &zh::WORDS,
];

/// A [`Table`], folded.
pub(super) struct Words {
    languages: &'static [&'static str],
    pub(super) articles: HashSet<String>,
    pub(super) placeholders: HashSet<String>,
    pub(super) starts: Vec<Vec<char>>,
    pub(super) ends: Vec<Vec<char>>,
    pub(super) exempt_starts: Vec<Vec<char>>,
    pub(super) exempt_ends: Vec<Vec<char>>,
    pub(super) exempt_parts: Vec<Vec<char>>,
    pub(super) genitives: Vec<Genitive>,
}

/// A [`table::Genitive`], folded.
pub(super) struct Genitive {
    pub(super) noun: Vec<char>,
    pub(super) adjective_endings: Vec<Vec<char>>,
    pub(super) other_words: Vec<Vec<char>>,
}

impl Words {
    fn of(table: &Table) -> Self {
        let all =
            |phrases: &[&str]| -> Vec<_> { phrases.iter().map(|phrase| fold(phrase)).collect() };
        let set =
            |phrases: &[&str]| all(phrases).iter().map(|phrase| phrase.iter().collect()).collect();
        let genitive = |row: &table::Genitive| Genitive {
            noun: fold(row.noun),
            adjective_endings: all(row.adjective_endings),
            other_words: all(row.other_words),
        };
        Self {
            languages: table.languages,
            articles: set(table.articles),
            placeholders: set(table.placeholders),
            starts: all(table.starts),
            ends: all(table.ends),
            exempt_starts: all(table.exempt_starts),
            exempt_ends: all(table.exempt_ends),
            exempt_parts: all(table.exempt_parts),
            genitives: table.genitives.iter().map(genitive).collect(),
        }
    }
}

/// The words of a language and of English, which is everywhere; of all languages if it is unknown.
pub(super) fn of(language: &Language) -> impl Iterator<Item = &'static Words> {
    static ALL: LazyLock<Vec<Words>> =
        LazyLock::new(|| TABLES.into_iter().map(Words::of).collect());
    let primary = language.primary.as_deref();
    let is_used = move |words: &&Words| {
        primary.is_none_or(|primary| {
            words.languages.contains(&primary) || words.languages.contains(&"en")
        })
    };
    ALL.iter().filter(is_used)
}

/// How texts begin that fill a page of no language.
pub(super) fn fillers() -> &'static [Vec<char>] {
    static ALL: LazyLock<Vec<Vec<char>>> =
        LazyLock::new(|| ["lorem ipsum", "blah blah blah"].map(fold).to_vec());
    &ALL
}

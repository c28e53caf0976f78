//! What a reader would find wrong with a description: a linter for alt text.
//!
//! It reads the text and what stands around it, not the image, so it can tell that a description
//! describes nothing, not that it is good. Where it is in doubt it is silent. Rules, examples and
//! figures are in `docs/alt-text-lint.md`.

mod capitals;
mod comparison;
mod file_name;
mod folded;
mod generated_name;
mod hashtags;
mod language;
mod length;
mod level;
mod no_letters;
mod only_url;
mod placeholder;
mod redundant;
mod repeated;
mod rule;
mod script;
mod text;
mod words;
mod zalgo;

pub use level::Level;
pub use rule::Rule;

use language::Language;
use text::{Span, Text};

/// A description and what stands around it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The description.
    pub text: &'a str,
    /// The language of the description, a BCP 47 tag. Without one the words of all languages count.
    pub lang: Option<&'a str>,
    /// The name of the uploaded file.
    pub file_name: Option<&'a str>,
    /// The text of the Tweet that shows the media.
    pub tweet_text: Option<&'a str>,
    /// The descriptions of the other media of that Tweet.
    pub siblings: &'a [&'a str],
}

/// A rule that a description breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Where the part concerned begins in the description, in code points.
    pub start: usize,
    /// Where it ends, in code points.
    pub end: usize,
}

/// The rules that a description breaks, in the order of [`Rule::ALL`], each at most once.
///
/// Takes time in proportion to the length of all the texts.
pub fn lint(subject: &Subject<'_>) -> Vec<Finding> {
    let text = Text::of(subject.text);
    if text.is_blank() {
        return vec![Finding { rule: Rule::Empty, start: 0, end: text.chars.len() }];
    }
    let language = Language::of(subject.lang);
    let mut found = match describes_nothing(&text, &language, subject) {
        Some(rule) => vec![(rule, text.span)],
        None => flaws(&text, &language),
    };
    found.extend(repeats(&text, subject).map(|rule| (rule, text.span)));
    found.sort_by_key(|(rule, _)| *rule);
    found.into_iter().map(|(rule, span)| Finding { rule, start: span.0, end: span.1 }).collect()
}

/// Why the text as a whole is no description. How it is written does not matter then.
fn describes_nothing(text: &Text, language: &Language, subject: &Subject<'_>) -> Option<Rule> {
    if no_letters::is_found(text) {
        return Some(Rule::NoLetters);
    }
    if only_url::is_found(text) {
        return Some(Rule::OnlyUrl);
    }
    if file_name::is_found(text, subject.file_name) {
        return Some(Rule::FileName);
    }
    placeholder::is_found(text, language).then_some(Rule::Placeholder)
}

/// What is wrong with how a description is written, each with the part concerned.
fn flaws(text: &Text, language: &Language) -> Vec<(Rule, Span)> {
    let hashtags = hashtags::find(text);
    let short = if hashtags.is_none() { length::find_short(text) } else { None };
    [
        (Rule::Redundant, redundant::find(text, language)),
        (Rule::Capitals, capitals::find(text)),
        (Rule::Short, short),
        (Rule::Long, length::find_long(text)),
        (Rule::ScriptLanguage, script::find(text, language)),
        (Rule::Zalgo, zalgo::find(text)),
        (Rule::RepeatedCharacters, repeated::find(text)),
        (Rule::Hashtags, hashtags),
    ]
    .into_iter()
    .filter_map(|(rule, span)| Some((rule, span?)))
    .collect()
}

/// What a reader hears elsewhere already.
fn repeats(text: &Text, subject: &Subject<'_>) -> impl Iterator<Item = Rule> + use<> {
    let is_tweet = subject.tweet_text.is_some_and(|tweet| comparison::is_tweet(text, tweet));
    let is_sibling = comparison::is_any(text, subject.siblings);
    [is_tweet.then_some(Rule::SameAsTweet), is_sibling.then_some(Rule::Duplicate)]
        .into_iter()
        .flatten()
}

//! Hashtags, cashtags, mentions and links, with their places in code points.

use super::tlds;

/// A hashtag or cashtag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without its sign.
    pub text: String,
    /// From its sign to behind its end, in code points.
    pub indices: (usize, usize),
}

/// A mention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Without its sign.
    pub screen_name: String,
    /// From its sign to behind its end, in code points.
    pub indices: (usize, usize),
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As it stands in the text.
    pub url: String,
    /// With `http://` where it was left out.
    pub expanded_url: String,
    /// As it is shown: without scheme and `www.`, cut after 26 characters.
    pub display_url: String,
    /// From its first character to behind its last, in code points.
    pub indices: (usize, usize),
}

/// Everything that stands in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    /// `#tag`.
    pub hashtags: Vec<Tag>,
    /// `$TAG`.
    pub symbols: Vec<Tag>,
    /// `@name`.
    pub mentions: Vec<Mention>,
    /// Links.
    pub urls: Vec<Link>,
}

/// Finds what stands in a text.
pub fn entities(text: &str) -> Entities {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Entities::default();
    let mut at = 0;
    while at < characters.len() {
        let before = at.checked_sub(1).map(|place| characters[place]);
        at = match characters[at] {
            '#' | '\u{ff03}' => hashtag(&characters, at, before, &mut found),
            '$' => symbol(&characters, at, before, &mut found),
            '@' | '\u{ff20}' => mention(&characters, at, before, &mut found),
            c if c.is_ascii_alphanumeric() => link(&characters, at, before, &mut found),
            _ => at + 1,
        };
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn end_of(characters: &[char], start: usize, belongs: impl Fn(char) -> bool) -> usize {
    let rest = &characters[start..];
    start + rest.iter().position(|c| !belongs(*c)).unwrap_or(rest.len())
}

fn is_free(before: Option<char>) -> bool {
    before.is_none_or(|c| !is_word(c) && !matches!(c, '&' | '#' | '@' | '$' | '/'))
}

/// Letters, marks and digits of any script; a joiner or middle dot as some scripts need it.
fn in_hashtag(c: char) -> bool {
    is_word(c)
        || matches!(c, '\u{200c}' | '\u{200d}' | '\u{b7}' | '\u{30fb}')
        || ('\u{300}'..='\u{36f}').contains(&c)
}

fn hashtag(all: &[char], at: usize, before: Option<char>, found: &mut Entities) -> usize {
    let end = end_of(all, at + 1, in_hashtag);
    let name = &all[at + 1..end];
    if is_free(before) && name.iter().any(|c| c.is_alphabetic()) {
        found.hashtags.push(Tag { text: name.iter().collect(), indices: (at, end) });
    }
    end
}

fn symbol(all: &[char], at: usize, before: Option<char>, found: &mut Entities) -> usize {
    let end = end_of(all, at + 1, |c| c.is_ascii_alphabetic());
    let is_whole = all.get(end).is_none_or(|c| !is_word(*c));
    let is_first = before.is_none_or(char::is_whitespace);
    if is_first && is_whole && (1..=6).contains(&(end - at - 1)) {
        found.symbols.push(Tag { text: all[at + 1..end].iter().collect(), indices: (at, end) });
    }
    end.max(at + 1)
}

fn mention(all: &[char], at: usize, before: Option<char>, found: &mut Entities) -> usize {
    let end = end_of(all, at + 1, |c| c.is_ascii_alphanumeric() || c == '_');
    let is_whole = all.get(end).is_none_or(|c| *c != '@');
    if is_free(before) && is_whole && (1..=20).contains(&(end - at - 1)) {
        let screen_name = all[at + 1..end].iter().collect();
        found.mentions.push(Mention { screen_name, indices: (at, end) });
    }
    end
}

/// A link starts here, or else the whole word is passed over.
fn link(all: &[char], at: usize, before: Option<char>, found: &mut Entities) -> usize {
    let word_end = end_of(all, at, is_word);
    if before.is_some_and(|c| is_word(c) || matches!(c, '@' | '#' | '$' | '.' | '-' | '/')) {
        return word_end;
    }
    let scheme = scheme_length(&all[at..]);
    let host_start = at + scheme;
    let host_end = end_of(all, host_start, |c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'));
    let host_end = host_end - trailing(&all[host_start..host_end], |c| matches!(c, '.' | '-'));
    let host: String = all[host_start..host_end].iter().collect();
    if !is_host(&host, scheme > 0) || all.get(host_end) == Some(&'@') {
        return word_end.max(at + 1);
    }
    let end = path_end(all, host_end);
    let url: String = all[at..end].iter().collect();
    let shown: String = all[host_start..end].iter().collect();
    let expanded_url = if scheme > 0 { url.clone() } else { format!("http://{url}") };
    found.urls.push(Link { display_url: display(&shown), expanded_url, url, indices: (at, end) });
    end
}

fn scheme_length(rest: &[char]) -> usize {
    let starts = |scheme: &str| {
        rest.len() > scheme.len()
            && rest.iter().zip(scheme.chars()).all(|(c, s)| c.eq_ignore_ascii_case(&s))
    };
    ["https://", "http://"].into_iter().find(|s| starts(s)).map_or(0, str::len)
}

fn is_host(host: &str, has_scheme: bool) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let is_label = |label: &&str| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let Some(last) = labels.last().map(|last| last.to_lowercase()) else { return false };
    let is_top = tlds::is_known(&last) || (has_scheme && last.chars().all(char::is_alphabetic));
    labels.len() >= 2 && host.len() <= 253 && labels.iter().all(is_label) && is_top
}

/// Port, path, query and fragment; the sentence's own punctuation is not part of them.
fn path_end(all: &[char], host_end: usize) -> usize {
    let mut end = host_end;
    if all.get(end) == Some(&':') {
        let digits = end_of(all, end + 1, |c| c.is_ascii_digit());
        end = if digits > end + 1 { digits } else { end };
    }
    if !matches!(all.get(end), Some('/' | '?' | '#')) {
        return end;
    }
    let stop = end_of(all, end, |c| !c.is_whitespace() && !matches!(c, '<' | '>' | '"' | '\u{3000}'));
    let mut stop = stop;
    while stop > end {
        let last = all[stop - 1];
        let opens = all[end..stop].iter().filter(|c| **c == '(').count();
        let closes = all[end..stop].iter().filter(|c| **c == ')').count();
        let is_loose = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '\u{2026}')
            || (last == ')' && closes > opens);
        if !is_loose {
            break;
        }
        stop -= 1;
    }
    stop
}

fn trailing(characters: &[char], belongs: impl Fn(char) -> bool) -> usize {
    characters.iter().rev().take_while(|c| belongs(**c)).count()
}

fn display(shown: &str) -> String {
    let shown = shown.strip_prefix("www.").unwrap_or(shown);
    if shown.chars().count() <= 26 {
        return shown.to_owned();
    }
    shown.chars().take(26).chain(['\u{2026}']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn everything_that_stands_in_a_text_is_found() {
        let text = "w\u{f6}rld \u{1F426} #caf\u{e9} $TWTR @bird (see https://www.example.com/a_(b)/x?y=1). b@c.de";
        let found = entities(text);
        let cut = |(start, end): (usize, usize)| -> String {
            text.chars().skip(start).take(end - start).collect()
        };
        assert_eq!(found.hashtags[0].text, "caf\u{e9}");
        assert_eq!(cut(found.hashtags[0].indices), "#caf\u{e9}");
        assert_eq!(cut(found.symbols[0].indices), "$TWTR");
        assert_eq!(cut(found.mentions[0].indices), "@bird");
        assert_eq!(found.urls.len(), 1);
        assert_eq!(found.urls[0].url, "https://www.example.com/a_(b)/x?y=1");
        assert_eq!(found.urls[0].display_url, "example.com/a_(b)/x?y=1");
        assert_eq!(entities("1 #1 a#b &#x @"), Entities::default());
    }

    proptest! {
        #[test]
        fn indices_always_cut_out_what_they_name(text in "(\\PC|[#@$./:a-z ]){0,60}") {
            let all: Vec<char> = text.chars().collect();
            let found = entities(&text);
            for link in found.urls {
                let cut: String = all[link.indices.0..link.indices.1].iter().collect();
                prop_assert_eq!(cut, link.url);
            }
            for tag in found.hashtags {
                let cut: String = all[tag.indices.0 + 1..tag.indices.1].iter().collect();
                prop_assert_eq!(cut, tag.text);
            }
        }
    }
}

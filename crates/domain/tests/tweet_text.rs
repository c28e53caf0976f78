//! Lengths and entities of texts: the conformance cases of twitter-text, and ours.

use birdhouse_domain::tweet_text::{
    Entities, MAX_WEIGHTED_LENGTH, escape_html, extract_entities, extract_entities_escaped, parse,
};
use proptest::prelude::*;

const FAMILY: &str = "👨\u{200d}👩\u{200d}👧\u{200d}👦";

fn weight(text: &str) -> u32 {
    parse(text).weighted_length
}

fn urls(text: &str) -> Vec<String> {
    extract_entities(text).urls.into_iter().map(|link| link.url).collect()
}

fn hashtags(text: &str) -> Vec<String> {
    extract_entities(text).hashtags.into_iter().map(|tag| tag.text).collect()
}

fn cashtags(text: &str) -> Vec<String> {
    extract_entities(text).symbols.into_iter().map(|tag| tag.text).collect()
}

fn mentions(text: &str) -> Vec<String> {
    extract_entities(text).mentions.into_iter().map(|mention| mention.screen_name).collect()
}

#[test]
fn a_text_is_valid_up_to_280_weighted_characters() {
    for (unit, most) in [("a", 280), ("é", 280), ("故", 140), ("🐱", 140), (FAMILY, 140)] {
        let full = parse(&unit.repeat(most));
        assert!(full.is_valid, "{most} times {unit}");
        assert_eq!(full.weighted_length, MAX_WEIGHTED_LENGTH);
        assert!(!parse(&unit.repeat(most + 1)).is_valid, "one more {unit}");
    }
    assert!(!parse("").is_valid);
    assert_eq!(weight(""), 0);
}

#[test]
fn three_characters_make_a_text_invalid() {
    for c in ['\u{fffe}', '\u{feff}', '\u{ffff}'] {
        assert!(!parse(&format!("a{c}b")).is_valid);
    }
    assert!(parse("\u{202e}turned\u{202c}").is_valid);
}

#[test]
fn characters_are_weighted_by_script() {
    let cases = [
        ("This is a test.", 15),
        ("저찀쯿쿿", 8),
        ("\u{10000}\u{10ffff}", 4),
        ("\u{2000}\u{200d}\u{2010}\u{201f}\u{2032}\u{2037}", 6),
        ("\u{200e}\u{2020}\u{2031}\u{2038}", 8),
        ("\u{10ff}\u{1100}", 3),
    ];
    for (text, expected) in cases {
        assert_eq!(weight(text), expected, "{text:?}");
    }
}

#[test]
fn a_text_is_normalized_before_it_is_measured() {
    assert_eq!(weight("e\u{301}"), 1);
    assert_eq!(weight("A\u{301}B"), 2);
    // Composition excludes this character, which becomes three.
    assert_eq!(weight("A\u{fb2c}"), 4);
}

#[test]
fn an_emoji_sequence_weighs_two() {
    let sequences = [
        "😷",
        "☺",
        "☺\u{fe0f}",
        "©\u{fe0f}",
        "🙋🏽",
        "👨🏽\u{200d}🎤",
        FAMILY,
        "👩\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨",
        "🏳\u{fe0f}\u{200d}🌈",
        "🇩🇪",
        "1\u{fe0f}\u{20e3}",
        "#\u{20e3}",
        "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    ];
    for sequence in sequences {
        assert_eq!(weight(sequence), 2, "{sequence}");
        assert_eq!(weight(&sequence.repeat(3)), 6, "{sequence} three times");
    }
    let others =
        [("©", 1), ("1", 1), ("😷👾😡🔥💩", 10), ("H🐱☺👨\u{200d}👩\u{200d}👧\u{200d}👦", 7)];
    for (text, expected) in others {
        assert_eq!(weight(text), expected, "{text}");
    }
}

#[test]
fn a_link_weighs_23() {
    let cases = [
        ("http://test.com", 23),
        ("https://test.com", 23),
        ("test.com", 23),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("Hi http://test.co", 26),
        ("https://example.com/a/very/long/path?with=a&query=too#and", 23),
        ("see example.com.", 28),
        ("see file.txt", 12),
    ];
    for (text, expected) in cases {
        assert_eq!(weight(text), expected, "{text}");
    }
    let ten = "https://www.twitter.com/aloha ".repeat(10);
    assert_eq!(weight(&ten), 240);
    let invalid = format!("http://{}.com", "a".repeat(64));
    assert_eq!(weight(&invalid), 75, "a label has at most 63 characters");
}

#[test]
fn links_are_found_as_typed() {
    let whole = [
        "http://example.com",
        "http://ああ.com",
        "http://foobar.com/#",
        "http://google.com/#search?q=iphone%20-filter%3Alinks",
        "http://somehost.com:3000",
        "http://xo.com/~matthew+%ff-,.;x",
        "http://en.wikipedia.org/wiki/Primer_(2004_film)",
        "http://msdn.microsoft.com/ja-jp/library/system.net.httpwebrequest(v=VS.100).aspx",
        "http://✪df.ws/ejp",
        "http://chilp.it/?77e8fd",
        "http://foo.com?#foo",
        "http://example.com/a+",
        "http://twitter.com/Русские_слова",
        "https://en.m.wikipedia.org/wiki/Hatfield–McCoy_feud",
        "http://sub_domain-dash.twitter.com",
        "http://a.b.cd",
        "http://a_b.c-d.com",
        "http://www.foo.com/foo/path-with-period./",
        "http://www.foo.com/bar-path/some.stm?param1=foo;param2=P1|0||P2|0",
        "ELPAÍS.com",
        "MLB.tv",
        "t.co/abcde",
        "https://t.co/UqIyJAJTfo?amp=1",
        "http://foobar.中国/",
        "http://xn--ls8h.XN--ls8h.la/",
    ];
    for url in whole {
        assert_eq!(urls(&format!("text {url} text")), [url]);
    }
}

#[test]
fn links_end_before_the_rest_of_the_sentence() {
    let cases: [(&str, &[&str]); 13] = [
        ("(http://twitter.com)", &["http://twitter.com"]),
        ("http://twitter.com/.", &["http://twitter.com/"]),
        ("http://example.com/path....", &["http://example.com/path"]),
        ("(see http://example.com/a_(b)).", &["http://example.com/a_(b)"]),
        ("http://example.com/a,(b) c", &["http://example.com/a"]),
        ("http://t.co/pbY2NfTZ's", &["http://t.co/pbY2NfTZ"]),
        ("http://t.co/FNkPfmii- it", &["http://t.co/FNkPfmii"]),
        ("http:// example.com/path", &["example.com/path"]),
        ("twitter.jp日本語it.so中国語foo.jp", &["twitter.jp", "it.so", "foo.jp"]),
        ("example.comてすとですtwitter.みんなです", &["example.com", "twitter.みんな"]),
        ("test http://example.comだよね.comtest/hogehoge", &["http://example.com"]),
        ("foo.baz foo.co.jp www.xxxxxxx.baz foo.comm foo.jp", &["foo.co.jp", "foo.jp"]),
        (
            "http://twitter.com/これは日本語です。example.com中国語http://t.co/abcde한국twitter.com",
            &["http://twitter.com/", "example.com", "http://t.co/abcde", "twitter.com"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(urls(text), expected, "{text}");
    }
}

#[test]
fn texts_that_are_no_links_are_not_found() {
    let texts = [
        "http://no-tld",
        "http://tld-too-short.x",
        "http://-leadingdash.twitter.com",
        "http://trailingdash-.twitter.com",
        "http://_leadingunderscore.twitter.com",
        "http://twitter_underscore.com",
        "http://twitter.c_o_m",
        "http://xn--はじめよう.com/index.html",
        "#test.com @test.com #http://test.com @http://test.com #t.co/abcde @t.co/abcde",
        "$http://twitter.com $twitter.com $t.co/abcde $TVI.CA",
        "http://t.co/abcdefghijklmnopqrstuvwxyz012345678901234",
        "long.test.tar.bz2 test.tar.bz2 tar.bz2",
        "john.doe.gov@mail.com",
        "john.doe.jp@mail.com",
    ];
    for text in texts {
        assert!(urls(text).is_empty(), "{text}");
    }
}

#[test]
fn a_link_has_an_expanded_and_a_display_url() {
    let found = extract_entities("皆 www.example.com/a/path/of/some/length HTTPS://example.com");
    let [typed, whole] = found.urls.as_slice() else { panic!("two links") };
    assert_eq!(typed.indices, (2, 39));
    assert_eq!(typed.expanded_url, "http://www.example.com/a/path/of/some/length");
    assert_eq!(typed.display_url, "example.com/a/path/of/some…");
    assert_eq!(whole.expanded_url, "HTTPS://example.com");
    assert_eq!(whole.display_url, "example.com");
}

#[test]
fn hashtags_are_found_in_any_script() {
    let cases: [(&str, &[&str]); 14] = [
        ("a #hashtag here", &["hashtag"]),
        ("#1hashtag is this", &["1hashtag"]),
        ("On the #16 bus", &[]),
        (
            "(#hashtag1 )#hashtag2 [#hashtag3 ’#hashtag4",
            &["hashtag1", "hashtag2", "hashtag3", "hashtag4"],
        ),
        ("#mañana #ашок #트위터 #ﾣﾦﾰ", &["mañana", "ашок", "트위터", "ﾣﾦﾰ"]),
        ("#漢字 ＃カタカナ", &["漢字", "カタカナ"]),
        ("a 👨\u{200d}👩\u{200d}👧#hashtag", &["hashtag"]),
        ("a ✌\u{fe0f}#hashtag", &["hashtag"]),
        ("a#b &#nbsp; ##c", &["c"]),
        ("#a#b", &[]),
        ("#\u{fe0f}\u{20e3}one", &[]),
        ("#http://twitter.com", &[]),
        ("http://twitter.com/#hashtag", &[]),
        ("#_ #2_a", &["2_a"]),
    ];
    for (text, expected) in cases {
        assert_eq!(hashtags(text), expected, "{text}");
    }
}

#[test]
fn cashtags_are_tickers() {
    let cases: [(&str, &[&str]); 6] = [
        ("$AAPL and $stock.", &["AAPL", "stock"]),
        ("$BRK.A $RDS_B, $AB.CDE", &["BRK.A", "RDS_B", "AB"]),
        ("$1000 $TOOLONG $$A", &[]),
        ("A$B $a-b", &["a"]),
        ("\u{3000}$TWTR\n$GOOG", &["TWTR", "GOOG"]),
        ("$테스트 $TEST테스트", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(cashtags(text), expected, "{text}");
    }
}

#[test]
fn mentions_are_separate_from_words() {
    let cases: [(&str, &[&str]); 12] = [
        ("@username reply", &["username"]),
        ("の@usernameに到着を待っている", &["username"]),
        ("Current Status: @_@ (cc: @username)", &["username"]),
        ("@aliceìnheiro something", &[]),
        ("@username email me @test@example.com", &["username"]),
        ("@http://twitter.com", &[]),
        ("RT@username rt:@mention Rt @test", &["username", "mention", "test"]),
        ("f!@kn f@@kn f#@kn f$@kn f%@kn f&@kn f*@kn", &[]),
        ("@username/list-name and @username/7list", &["username"]),
        ("＠wide", &["wide"]),
        ("@twenty_letters_long_and_more", &["twenty_letters_long_"]),
        ("art@work -rt@work a@b.de", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(mentions(text), expected, "{text}");
    }
}

#[test]
fn indices_count_code_points() {
    let found = extract_entities("😀 @jack #日本 $TWTR x.com");
    assert_eq!(found.mentions[0].indices, (2, 7));
    assert_eq!(found.hashtags[0].indices, (8, 11));
    assert_eq!(found.symbols[0].indices, (12, 17));
    assert_eq!(found.urls[0].indices, (18, 23));
    assert_eq!(extract_entities(""), Entities::default());
}

#[test]
fn three_characters_are_escaped() {
    assert_eq!(escape_html("<a & \"b\">"), "&lt;a &amp; \"b\"&gt;");
    let found = extract_entities_escaped("<http://x.com/?a=1&b=2> #a&b");
    assert_eq!(found.urls[0].indices, (4, 29));
    assert_eq!(found.urls[0].expanded_url, "http://x.com/?a=1&b=2");
    assert_eq!(found.hashtags[0].indices, (34, 36));
}

#[test]
fn a_hostile_text_is_parsed_quickly() {
    let texts =
        ["あ.", "あ", "a.", "(", "http://a.com/(", "@", "#", "RT@", "👨\u{200d}", "a-", "_."];
    for text in texts {
        let long = text.repeat(50_000 / text.chars().count());
        assert!(!parse(&long).is_valid, "{text}");
        extract_entities(&long);
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        " ",
        "a",
        "foo",
        "bar.",
        ".",
        "/",
        "(",
        ")",
        "?",
        "#",
        "＃",
        "@",
        "$",
        "&",
        ":",
        "-",
        "_",
        "http://",
        "https://",
        "t.co/",
        "com",
        "日本",
        "みんな",
        "é",
        "e\u{301}",
        "рф",
        "😀",
        FAMILY,
        "\u{fe0f}",
        "\u{200d}",
        "🇩",
        "xn--",
        "1",
        "<",
        ">",
        "rt",
        "\u{3000}",
        "\u{feff}",
    ]);
    prop::collection::vec(prop_oneof![4 => words.prop_map(str::to_owned), 1 => ".{0,3}"], 0..16)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn indices_slice_out_each_entity(text in pieces()) {
        let chars: Vec<char> = text.chars().collect();
        let cut = |(start, end): (usize, usize)| chars[start..end].iter().collect::<String>();
        let rest = |indices| cut(indices).chars().skip(1).collect::<String>();
        let found = extract_entities(&text);
        let mut all = Vec::new();
        for link in &found.urls {
            prop_assert_eq!(&cut(link.indices), &link.url);
            all.push(link.indices);
        }
        for tag in found.hashtags.iter().chain(&found.symbols) {
            prop_assert_eq!(&rest(tag.indices), &tag.text);
            all.push(tag.indices);
        }
        for mention in &found.mentions {
            prop_assert_eq!(&rest(mention.indices), &mention.screen_name);
            all.push(mention.indices);
        }
        all.sort_unstable();
        prop_assert!(all.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }

    #[test]
    fn escaping_changes_only_indices(text in pieces()) {
        let escaped: Vec<char> = escape_html(&text).chars().collect();
        for (raw, moved) in extract_entities(&text).urls.iter().zip(extract_entities_escaped(&text).urls) {
            let cut: String = escaped[moved.indices.0..moved.indices.1].iter().collect();
            prop_assert_eq!(cut, escape_html(&raw.url));
        }
    }

    #[test]
    fn only_an_empty_text_has_length_zero(text in ".*") {
        let parsed = parse(&text);
        prop_assert_eq!(parsed.weighted_length == 0, text.is_empty());
    }
}

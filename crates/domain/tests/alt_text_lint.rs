//! What the linter finds in descriptions that a reviewer has labeled, and that it finds it in any text
//! in linear time.
//!
//! The descriptions are in two files: one that the rules were tuned with, and one that was held out,
//! written before the rules. How they were labeled is in `docs/alt-text-lint.md`.

use birdhouse_domain::alt_text_lint::{Finding, Rule, Subject, lint};
use proptest::prelude::*;
use serde_json::Value;

const TUNED: &str = include_str!("alt_text_lint.jsonl");
const HELD_OUT: &str = include_str!("alt_text_lint_held_out.jsonl");
/// Precision and recall that each rule has to reach, in percent.
const REQUIRED: usize = 95;
/// A rule with fewer positives may instead be wrong once.
const MANY: usize = 20;

/// A labeled description.
struct Example {
    row: Value,
    labels: Vec<Rule>,
}

impl Example {
    fn parse(line: &str) -> Self {
        let row: Value = serde_json::from_str(line).expect(line);
        let id = |id: &Value| Rule::parse(id.as_str().expect(line)).expect(line);
        let labels = row["findings"].as_array().expect(line).iter().map(id).collect();
        Self { row, labels }
    }

    fn findings(&self) -> Vec<Rule> {
        let siblings: Vec<&str> = match &self.row["siblings"] {
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let subject = Subject {
            text: self.row["text"].as_str().expect("each row has a text"),
            lang: self.row["lang"].as_str(),
            file_name: self.row["file_name"].as_str(),
            tweet_text: self.row["tweet_text"].as_str(),
            siblings: &siblings,
        };
        lint(&subject).into_iter().map(|finding| finding.rule).collect()
    }
}

fn examples(file: &str) -> Vec<Example> {
    file.lines().map(Example::parse).collect()
}

/// How often a rule was right and wrong.
#[derive(Clone, Copy, Default)]
struct Score {
    right: usize,
    false_alarms: usize,
    missed: usize,
}

impl Score {
    fn count(examples: &[(Vec<Rule>, Vec<Rule>)], rule: Rule) -> Self {
        let mut score = Self::default();
        for (labels, found) in examples {
            match (labels.contains(&rule), found.contains(&rule)) {
                (true, true) => score.right += 1,
                (false, true) => score.false_alarms += 1,
                (true, false) => score.missed += 1,
                (false, false) => {}
            }
        }
        score
    }

    fn percent(self, errors: usize) -> usize {
        (100 * self.right).checked_div(self.right + errors).unwrap_or(100)
    }

    fn suffices(self) -> bool {
        let errors = self.false_alarms + self.missed;
        let is_precise = self.percent(self.false_alarms) >= REQUIRED;
        let is_complete = self.percent(self.missed) >= REQUIRED;
        (is_precise && is_complete) || (self.right + self.missed < MANY && errors <= 1)
    }
}

/// The scores of all rules, after what was wrong, and the rules whose score does not suffice.
fn table(name: &str, examples: &[Example]) -> (String, Vec<&'static str>) {
    let results: Vec<(Vec<Rule>, Vec<Rule>)> =
        examples.iter().map(|one| (one.labels.clone(), one.findings())).collect();
    let wrong = examples.iter().zip(&results).filter(|(_, (labels, found))| labels != found);
    let mut lines: Vec<String> =
        wrong.map(|(one, (_, found))| format!("{name}: {found:?} in {}", one.row)).collect();
    let clean = results.iter().filter(|(labels, _)| labels.is_empty());
    let alarmed = clean.clone().filter(|(_, found)| !found.is_empty()).count();
    let (all, clean) = (examples.len(), clean.count());
    lines.push(format!("\n{name}: {all} descriptions, {clean} clean, {alarmed} of these alarmed"));
    lines.push(format!("{:20} right  false  missed  precision  recall", "rule"));
    let mut insufficient = Vec::new();
    for rule in Rule::ALL {
        let score = Score::count(&results, *rule);
        let Score { right, false_alarms, missed } = score;
        let (precision, recall) = (score.percent(false_alarms), score.percent(missed));
        let counts = format!("{right:5}  {false_alarms:5}  {missed:6}");
        lines.push(format!("{:20} {counts}  {precision:8}%  {recall:5}%", rule.id()));
        if !score.suffices() {
            insufficient.push(rule.id());
        }
    }
    (lines.join("\n"), insufficient)
}

#[test]
fn each_rule_agrees_with_the_reviewer_in_95_of_100_cases() {
    let all: Vec<Example> = [TUNED, HELD_OUT].into_iter().flat_map(examples).collect();
    let sets = [("tuned", examples(TUNED)), ("held out", examples(HELD_OUT)), ("all", all)];
    let mut insufficient = Vec::new();
    for (name, examples) in sets {
        let (report, names) = table(name, &examples);
        println!("{report}");
        insufficient.extend(names);
    }
    assert!(insufficient.is_empty(), "below {REQUIRED} percent: {insufficient:?}");
}

#[test]
fn the_set_has_enough_of_each_kind() {
    let all: Vec<Example> = [TUNED, HELD_OUT].into_iter().flat_map(examples).collect();
    for rule in Rule::ALL {
        let count = all.iter().filter(|one| one.labels.contains(rule)).count();
        assert!(count >= 10, "{} has {count} positives", rule.id());
    }
    assert!(all.iter().filter(|one| one.labels.is_empty()).count() >= 200);
    let mut languages: Vec<&str> = all.iter().filter_map(|one| one.row["lang"].as_str()).collect();
    languages.sort_unstable();
    languages.dedup();
    assert!(languages.len() >= 8, "{languages:?}");
}

#[test]
fn each_rule_is_documented_as_it_is() {
    let document = include_str!("../../../docs/alt-text-lint.md");
    for rule in Rule::ALL {
        let (id, level) = (rule.id(), rule.level().name());
        let [reason, cure, source] = [rule.reason(), rule.cure(), rule.source()];
        let row = format!("| `{id}` | {level} | {reason} | {cure} | {source} |");
        assert!(document.contains(&row), "docs/alt-text-lint.md lacks {row}");
    }
}

fn rules(text: &str, lang: Option<&str>) -> Vec<&'static str> {
    let subject = Subject { text, lang, ..Subject::default() };
    lint(&subject).into_iter().map(|finding| finding.rule.id()).collect()
}

/// The part of a text that a finding is about.
fn part(text: &str, finding: Finding) -> String {
    text.chars().skip(finding.start).take(finding.end - finding.start).collect()
}

#[test]
fn a_finding_names_the_part_concerned_in_code_points() {
    for (text, expected) in [
        ("  \u{1f426} A photo of a wren", "A photo of"),
        ("Gru\u{308}n! Foto\u{a0}von einem Teich", ""),
        ("Foto\u{a0} von einem Teich", "Foto\u{a0} von"),
        ("\u{1f426} 公園で遊ぶ子どもの写真。", "の写真"),
        ("Harbor at dusk #boats  #sea #evening and more", "#boats  #sea #evening"),
        ("So laaaaaaate \u{1f605}", "aaaaaaa"),
        (
            "The d\u{301}\u{302}\u{303}\u{304}\u{305}og sleeps",
            "d\u{301}\u{302}\u{303}\u{304}\u{305}",
        ),
        ("\u{200b} Katze \u{200b}", "Katze"),
    ] {
        let found = lint(&Subject { text, ..Subject::default() });
        let parts: Vec<String> = found.iter().map(|finding| part(text, *finding)).collect();
        assert_eq!(parts.concat(), expected, "{text}: {found:?}");
    }
    let text = "ä".repeat(100) + &" wort".repeat(40);
    let long = lint(&Subject { text: &text, ..Subject::default() });
    let long = long.into_iter().find(|finding| finding.rule == Rule::Long).unwrap();
    assert_eq!((long.start, long.end), (250, 300));
}

#[test]
fn words_of_other_languages_count_without_a_tag_only() {
    assert_eq!(rules("Bild", Some("de")), ["placeholder"]);
    assert_eq!(rules("Bild", Some("en")), ["short"]);
    for tag in [None, Some(""), Some("und"), Some("mul"), Some("not a tag")] {
        assert_eq!(rules("Bild", tag), ["placeholder"], "{tag:?}");
    }
    assert_eq!(rules("image", Some("fi")), ["placeholder"], "English is everywhere");
    assert_eq!(rules("Foto eines Hundes am See", Some("de-CH-1996")), ["redundant"]);
}

#[test]
fn how_a_text_is_written_does_not_matter_if_it_describes_nothing() {
    assert_eq!(rules("IMAGE!!!!!!!!", None), ["placeholder"]);
    assert_eq!(rules("HTTPS://EXAMPLE.COM/AAAAAAA", None), ["only-url"]);
    let siblings = ["IMG_0001.jpg"];
    let subject = Subject { text: "img_0001.jpg", siblings: &siblings, ..Subject::default() };
    let found: Vec<Rule> = lint(&subject).into_iter().map(|finding| finding.rule).collect();
    assert_eq!(found, [Rule::FileName, Rule::Duplicate]);
}

#[test]
fn numbers_names_and_signs_are_no_flaws() {
    for text in [
        "Background in #ffffff, text in #AAAAAA",
        "The meter shows 0000000.",
        "Call 555-XXXXX, says the note",
        "e\u{301}te\u{301} on a Vietnamese menu: phở, bún bò Huế",
        "ส้มตำกับไก่ย่าง",
        "HTML and CSS by hand",
        "用ALTER TABLE语句修改列的默认值和类型",
        "pg_control存在，但已损坏或版本错误",
        "Screenshot: 1000000 views",
        "Screenshot of 1,000,000 followers",
        "Vid 2020 summer camp",
        "The logo of character.ai",
        "صورة جوية لمدينة غمرتها المياه",
    ] {
        assert_eq!(rules(text, None), [""; 0], "{text}");
    }
}

/// Texts on which a search that starts again and again would take quadratic time: thousands of millions
/// of steps for each of them.
#[test]
fn long_texts_take_linear_time() {
    let parts = [
        "a",
        "#a ",
        "#",
        "\"“„«",
        "“a",
        "e\u{301}\u{302}",
        "\u{301}",
        "\u{200d}",
        "\u{1f1e9}",
        "\u{1f469}\u{200d}",
        "क\u{94d}",
        "\u{1100}",
        "ก\u{e47}",
        "http://",
        "a.b/",
        "_",
        "-",
        "A ",
        "A,",
        "photo of ",
        "の写真",
        " ",
        "\u{fdfa}",
        "on the wall",
        "\u{fe0f}",
        "a.com ",
        "@a ",
    ];
    for one in parts {
        let text = one.repeat(50_000 / one.chars().count());
        let siblings = [text.as_str()];
        let subject = Subject {
            text: &text,
            lang: Some("ja"),
            file_name: Some(&text),
            tweet_text: Some(&text),
            siblings: &siblings,
        };
        lint(&subject);
        lint(&Subject { lang: None, ..subject });
    }
}

/// Any text, and texts made of what rules look for.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "photo of",
        "Bild",
        " ",
        "の写真",
        "IMG_",
        "0001",
        ".jpg",
        "#a",
        "https://a.b/c",
        "aaaaa",
        "\u{301}",
        "\u{200d}",
        "\u{1f469}",
        "\"",
        "“",
        "A B C",
        "TODO:",
        "{{",
        "}}",
        "_",
        "زهرة",
        "Кот",
        "猫",
        "\u{1100}\u{1161}",
        "\u{fdfa}",
        "ß",
        "İ",
        "\u{3164}",
        "",
        "zdjęcie ",
    ]);
    prop_oneof![
        any::<String>(),
        prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #[test]
    fn any_text_has_each_finding_once_in_order_and_within_it(
        text in texts(),
        lang in prop::option::of(prop_oneof!["[a-z]{2}(-[A-Z][a-z]{3})?", any::<String>()]),
        file_name in prop::option::of(texts()),
        tweet_text in prop::option::of(texts()),
        sibling in texts(),
    ) {
        let siblings = [sibling.as_str()];
        let subject = Subject {
            text: &text,
            lang: lang.as_deref(),
            file_name: file_name.as_deref(),
            tweet_text: tweet_text.as_deref(),
            siblings: &siblings,
        };
        let found = lint(&subject);
        prop_assert!(found.is_sorted_by(|one, next| one.rule < next.rule));
        let length = text.chars().count();
        for finding in &found {
            prop_assert!(finding.start <= finding.end && finding.end <= length, "{finding:?}");
            prop_assert!(finding.start < finding.end || finding.rule == Rule::Empty);
        }
        let is_empty = found.iter().any(|finding| finding.rule == Rule::Empty);
        prop_assert!(!is_empty || found.len() == 1);
    }

    #[test]
    fn a_text_is_its_own_duplicate(text in texts()) {
        let siblings = [text.as_str()];
        let found = lint(&Subject { text: &text, siblings: &siblings, ..Subject::default() });
        let is_told = |finding: &Finding| matches!(finding.rule, Rule::Duplicate | Rule::Empty);
        prop_assert!(found.iter().any(is_told));
    }
}

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
        let id = |id: &Value| Rule::parse(id.as_str().unwrap()).expect(line);
        let labels = row["findings"].as_array().expect(line).iter().map(id).collect();
        Self { row, labels }
    }

    fn findings(&self) -> Vec<Rule> {
        let siblings: Vec<&str> = match &self.row["siblings"] {
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap()).collect(),
            _ => Vec::new(),
        };
        let subject = Subject {
            text: self.row["text"].as_str().unwrap(),
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
        if self.right + errors == 0 { 100 } else { 100 * self.right / (self.right + errors) }
    }

    fn suffices(self) -> bool {
        let errors = self.false_alarms + self.missed;
        let is_precise = self.percent(self.false_alarms) >= REQUIRED;
        let is_complete = self.percent(self.missed) >= REQUIRED;
        (is_precise && is_complete) || (self.right + self.missed < MANY && errors <= 1)
    }
}

/// Prints the scores of all rules, and returns the rules that do not suffice.
fn table(name: &str, examples: &[Example]) -> Vec<&'static str> {
    let results: Vec<(Vec<Rule>, Vec<Rule>)> =
        examples.iter().map(|one| (one.labels.clone(), one.findings())).collect();
    for (example, (labels, found)) in examples.iter().zip(&results) {
        if labels != found {
            println!("{name}: found {found:?} in {}", example.row);
        }
    }
    let clean = results.iter().filter(|(labels, _)| labels.is_empty()).count();
    let alarmed = results.iter().filter(|(labels, found)| labels.is_empty() && !found.is_empty());
    println!(
        "\n{name}: {} descriptions, {clean} clean, {} of them with a finding",
        examples.len(),
        alarmed.count()
    );
    println!("{:20} right  false  missed  precision  recall", "rule");
    let mut insufficient = Vec::new();
    for rule in Rule::ALL {
        let score = Score::count(&results, *rule);
        let (precision, recall) = (score.percent(score.false_alarms), score.percent(score.missed));
        let Score { right, false_alarms, missed } = score;
        println!(
            "{:20} {right:5}  {false_alarms:5}  {missed:6}  {precision:8}%  {recall:5}%",
            rule.id()
        );
        if !score.suffices() {
            insufficient.push(rule.id());
        }
    }
    insufficient
}

#[test]
fn each_rule_agrees_with_the_reviewer_in_95_of_100_cases() {
    let (tuned, held_out) = (examples(TUNED), examples(HELD_OUT));
    let mut insufficient = table("tuned", &tuned);
    insufficient.extend(table("held out", &held_out));
    let all: Vec<Example> = tuned.into_iter().chain(held_out).collect();
    insufficient.extend(table("all", &all));
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

//! Both languages say the same things; the design's tokens are as they were handed over.

use crate::files::{below, root};
use std::collections::{BTreeMap, BTreeSet};
use tabletop_core::base::Digest;

/// Digest of `www/tokens.css`. It ships as the design made it: a colour is changed there first,
/// with its contrast checked, then here.
const TOKENS: &str = "209a 11ef 50fe fac1";

/// `key: "text",` lines.
fn entries(text: &str) -> BTreeMap<&str, &str> {
    let entry = |line: &'_ str| -> Option<(usize, usize)> {
        let colon = line.find(": \"")?;
        line[..colon].chars().all(|c| c.is_ascii_alphanumeric() || c == '_').then_some((colon, colon + 2))
    };
    text.lines()
        .map(str::trim)
        .filter_map(|line| entry(line).map(|(key, value)| (&line[..key], &line[value..])))
        .collect()
}

/// `{0}`, `{1}` … of a text.
fn holes(text: &str) -> BTreeSet<&str> {
    text.match_indices('{').filter_map(|(at, _)| Some(&text[at..=at + text[at..].find('}')?])).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_holes() {
    let english = below("web/src/text", &["en.rs"]);
    assert_eq!(english.len(), 1, "web/src/text/en.rs");
    let en = entries(&english[0].text);
    // `key text` lines after the first; English stands in quotes.
    let chinese = std::fs::read_to_string(root().join("www/zh.txt")).unwrap();
    let zh: BTreeMap<&str, &str> = chinese.lines().skip(1).filter_map(|line| line.split_once(' ')).collect();
    assert!(en.len() > 50, "only {} texts found", en.len());
    assert!(
        en.keys().eq(zh.keys()),
        "only in one: {:?}",
        en.keys().collect::<BTreeSet<_>>().symmetric_difference(&zh.keys().collect())
    );
    let differ: Vec<_> =
        en.iter().filter(|(key, text)| holes(text) != holes(zh[*key])).map(|(key, _)| key).collect();
    assert!(differ.is_empty(), "other holes in the other language: {differ:?}");
}

#[test]
fn tokens_are_as_the_design_handed_them_over() {
    let mut digest = Digest::default();
    digest.bytes(&std::fs::read(root().join("www/tokens.css")).unwrap());
    assert_eq!(digest.to_string(), TOKENS, "www/tokens.css changed");
}

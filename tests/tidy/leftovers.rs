//! What every file starts with, and what no file holds.

use crate::files::{below, code};

const LINES_MAX: usize = 600;

#[test]
fn every_module_says_what_it_is() {
    let heads = below("", &[".rs"]);
    assert!(heads.len() > 20, "only {} files found", heads.len());
    let missing: Vec<_> = heads
        .iter()
        .filter(|file| !file.text.starts_with("//! ") && !file.text.starts_with("#![doc = include_str!("))
        .map(|file| &file.path)
        .collect();
    assert!(missing.is_empty(), "without a line of `//!` at the top: {missing:#?}");
}

#[test]
fn files_can_be_read_in_one_sitting() {
    let long: Vec<_> = below("", &[".rs", ".mjs"])
        .into_iter()
        .map(|file| (file.text.lines().count(), file.path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .collect();
    assert!(long.is_empty(), "longer than {LINES_MAX} lines, split by noun: {long:#?}");
}

#[test]
fn nothing_is_left_for_later() {
    // In halves, so that this file is clean too.
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
        concat!("unimple", "mented!"),
        concat!("to", "do!("),
        concat!("db", "g!("),
        concat!("#[ig", "nore"),
        concat!("console", ".log("),
    ];
    let mut found = Vec::new();
    for file in below("", &[".rs", ".js", ".css", ".html", ".toml", ".md"]) {
        for (index, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "left over: {found:#?}");
}

/// The determinism fence, beyond `no_std`: floats round and print differently elsewhere.
#[test]
fn core_computes_on_integers() {
    let mut found = Vec::new();
    for file in below("core/src", &[".rs"]) {
        for (number, line) in code(&file.text) {
            let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if words.into_iter().any(|word| matches!(word, "f32" | "f64")) {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "floats in core: {found:#?}");
}

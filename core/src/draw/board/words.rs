//! Keys as words, values as text.

use crate::view::board::{Cell, Told, Unit, Word};
use alloc::format;
use alloc::string::{String, ToString};

/// Which words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

/// A key's word, holes left open. A key without a word is shown as it is.
pub fn word(key: &str, words: &[Word], language: Language) -> String {
    filled(key, &[], words, language)
}

/// A sentence with its holes filled.
pub fn sentence(told: &Told, words: &[Word], language: Language) -> String {
    filled(&told.key, &told.values, words, language)
}

/// A value as text.
pub fn cell(value: &Cell, words: &[Word], language: Language) -> String {
    match value {
        Cell::Number(number) => grouped(*number),
        Cell::Id(id) => id.to_string(),
        Cell::Bytes(bytes) => size(*bytes),
        Cell::BytesPerSecond(bytes) => format!("{}/s", size(*bytes)),
        Cell::Time(time) => time.to_string(),
        Cell::PerMille(part) => format!("{}.{} %", part / 10, (part % 10).abs()),
        Cell::Text(text) => text.clone(),
        Cell::Word(key, values) => filled(key, values, words, language),
        Cell::Unknown => String::from("?"),
    }
}

/// A number in a unit.
pub(super) fn number(value: i64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => size(value.max(0) as u64),
        Unit::BytesPerSecond => format!("{}/s", size(value.max(0) as u64)),
        Unit::Micros => crate::base::SimTime(value.max(0) as u64).to_string(),
        Unit::PerMille => format!("{}.{} %", value / 10, (value % 10).abs()),
        Unit::Id => value.to_string(),
        Unit::Number | Unit::Rows | Unit::Text => grouped(value),
    }
}

/// A word with its holes filled by values.
pub(super) fn filled(key: &str, values: &[Cell], words: &[Word], language: Language) -> String {
    let found = words.binary_search_by(|word| word.key.cmp(key)).ok().and_then(|at| words.get(at));
    let template = found.map_or(key, |word| match language {
        Language::English => word.en,
        Language::Chinese => word.zh,
    });
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, hole)) = rest.split_once('{') {
        out.push_str(before);
        let Some((index, after)) = hole.split_once('}') else { break };
        let value = index.parse::<usize>().ok().and_then(|index| values.get(index));
        out += &value.map_or_else(|| String::from("?"), |value| cell(value, words, language));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Thousands apart.
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in powers of 1000, one decimal.
fn size(bytes: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut scale = 1_u64;
    let mut at = 0;
    while bytes / scale >= 1_000 {
        scale *= 1_000;
        at += 1;
    }
    if at == 0 {
        return format!("{bytes} B");
    }
    format!("{}.{} {}", bytes / scale, bytes % scale / (scale / 10), units[at])
}

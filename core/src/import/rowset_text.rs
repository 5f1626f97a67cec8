//! One rowset as a status reply prints it, in every shape since 2019.
//!
//! ```text
//! [0-229] 12                                                             December 2019
//! [0-48] 10 DATA OVERLAPPING
//! [0-48] 10 DATA OVERLAPPING 574.00 MB                                   2020
//! [0-9] 5 DATA NONOVERLAPPING 0200000000000009ae4b…82ad 1.02 GB          2021
//! [2-4] 3 DATA NONOVERLAPPING 0200000000000001 1.500 MB level=1 [100,101]  2026
//! ```
//!
//! Source: Apache Doris, be/src/olap/rowset/rowset.cpp (`get_rowset_info_str`).

use super::VERSION_MAX;
use super::draft::RawRowset;
use super::error::{Expected, Fault, Parse, kept};
use super::json::Text;
use super::note::{NoteKey, Notes};
use crate::base::{Version, VersionRange};
use crate::rowset::Overlap;
use alloc::vec::Vec;

/// An id of today has this many digits.
const ID_DIGITS: usize = 48;
/// Longer words are no id.
const ID_DIGITS_MAX: usize = 64;

/// A cursor over the blank-separated words of one string.
struct Words<'a> {
    whole: &'a [u8],
    text: &'a Text<'a>,
    at: usize,
}

impl<'a> Words<'a> {
    const fn new(whole: &'a [u8], text: &'a Text<'a>) -> Self {
        Self { whole, text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.value.get(self.at..).unwrap_or_default()
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// The next word without taking it; empty at the end.
    fn peek(&mut self) -> &'a str {
        self.blank();
        let rest = self.rest();
        rest.split_whitespace().next().unwrap_or_default()
    }

    fn take(&mut self, word: &str) {
        self.at += word.len();
    }

    /// A fault at the cursor. Shows the rest of this string, not what follows it.
    fn fault(&mut self, expected: Expected) -> Fault {
        self.blank();
        let mut fault = Fault::unexpected(self.whole, self.text.place(self.at), expected);
        fault.found = super::error::Found::Text(kept(self.rest(), 32));
        fault
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    /// `[a-b]`.
    fn range(&mut self) -> Parse<VersionRange> {
        self.blank();
        let from = self.at;
        if !self.eat("[") {
            return Err(self.fault(Expected::RowsetText));
        }
        let start = self.version()?;
        if !self.eat("-") {
            return Err(self.fault(Expected::Range));
        }
        let end = self.version()?;
        if !self.eat("]") {
            return Err(self.fault(Expected::Range));
        }
        let range = VersionRange::new(start, end);
        if range.is_empty() {
            self.at = from;
            return Err(self.fault(Expected::Range));
        }
        Ok(range)
    }

    fn version(&mut self) -> Parse<Version> {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let version = rest[..digits].parse().ok().filter(|version| (0..=VERSION_MAX).contains(version));
        let version = version.ok_or_else(|| self.fault(Expected::Version))?;
        self.at += digits;
        Ok(version)
    }
}

/// Reads one rowset text.
pub(super) fn rowset(whole: &[u8], text: &Text<'_>, notes: &mut Notes) -> Parse<RawRowset> {
    let mut words = Words::new(whole, text);
    words.blank();
    let at = text.place(words.at);
    let mut rowset = RawRowset::new(at, words.range()?);

    let word = words.peek();
    if word.is_empty() {
        return Ok(rowset);
    }
    rowset.segments = Some(word.parse().map_err(|_| words.fault(Expected::Segments))?);
    words.take(word);

    let word = words.peek();
    if word.is_empty() {
        return Ok(rowset);
    }
    rowset.delete = Some(match word {
        "DATA" => false,
        "DELETE" => true,
        "DATE" => {
            notes.add(text.place(words.at), NoteKey::DateReadAsData);
            false
        }
        _ => return Err(words.fault(Expected::Kind)),
    });
    words.take(word);

    let word = words.peek();
    if word.is_empty() {
        return Ok(rowset);
    }
    rowset.overlap = Some(overlap(word).ok_or_else(|| words.fault(Expected::Overlap))?);
    words.take(word);

    let word = words.peek();
    if is_id(word) {
        if word.len() > 20 && word.len() < ID_DIGITS {
            notes.add(text.place(words.at), NoteKey::CutId { digits: word.len() as u32 });
        }
        rowset.id = Some(word.into());
        words.take(word);
    }
    size(&mut words, &mut rowset)?;
    if let Some(level) = words.peek().strip_prefix("level=") {
        rowset.level = level.parse().map_err(|_| words.fault(Expected::Level))?;
        let word = words.peek();
        words.take(word);
    }
    words.blank();
    let ids = words.rest().trim_end();
    let inner = ids.strip_prefix('[').and_then(|ids| ids.strip_suffix(']'));
    let is_list = |ids: &str| ids.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' '));
    if ids.is_empty() || inner.is_some_and(is_list) {
        Ok(rowset)
    } else {
        Err(words.fault(Expected::SegmentIds))
    }
}

/// The words of `segments_overlap_pb`.
pub(super) fn overlap(word: &str) -> Option<Overlap> {
    match word {
        "OVERLAPPING" => Some(Overlap::Overlapping),
        "NONOVERLAPPING" => Some(Overlap::NonOverlapping),
        "OVERLAP_UNKNOWN" => Some(Overlap::Unknown),
        _ => None,
    }
}

/// Hex digits, or a decimal id of an old version; never a bare 0, which is a size.
fn is_id(word: &str) -> bool {
    word != "0"
        && (1..=ID_DIGITS_MAX).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `0`, `574.00 MB` or nothing. A number before a unit was taken for an id: given back.
fn size(words: &mut Words<'_>, rowset: &mut RawRowset) -> Parse<()> {
    let mut number = words.peek();
    let number_at = words.at;
    if let (Some(shift), Some(id)) = (unit(number), &rowset.id) {
        rowset.bytes = Some(bytes(id, shift).ok_or_else(|| words.fault(Expected::Size))?);
        rowset.id = None;
        words.take(number);
        return Ok(());
    }
    if number.is_empty() || number.starts_with("level=") || number.starts_with('[') {
        return Ok(());
    }
    words.take(number);
    let mut shift = None;
    if let Some(letters) = number.bytes().position(|byte| byte.is_ascii_alphabetic()) {
        shift = Some(unit(&number[letters..]));
        number = &number[..letters];
    } else {
        let word = words.peek();
        if unit(word).is_some() {
            shift = Some(unit(word));
            words.take(word);
        }
    }
    let size = match shift {
        None if number == "0" => Some(0),
        None | Some(None) => None,
        Some(Some(shift)) => {
            rowset.rounded = shift > 0;
            bytes(number, shift)
        }
    };
    if size.is_none() {
        words.at = number_at;
        return Err(words.fault(Expected::Size));
    }
    rowset.bytes = size;
    Ok(())
}

/// Binary digits of a unit.
fn unit(word: &str) -> Option<u32> {
    match word {
        "B" => Some(0),
        "KB" => Some(10),
        "MB" => Some(20),
        "GB" => Some(30),
        "TB" => Some(40),
        "PB" => Some(50),
        _ => None,
    }
}

/// `2.86` of a unit in bytes, rounded to the nearest; exact in integers.
fn bytes(number: &str, shift: u32) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |digits: &str| digits.len() <= 18 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let scale = 10_u128.pow(fraction.len() as u32);
    let digits = whole.parse::<u128>().ok()? * scale + fraction.parse::<u128>().unwrap_or(0);
    u64::try_from(((digits << shift) + scale / 2) / scale).ok()
}

/// Reads `[a-b]` as `missing_rowsets` lists it; the two numbers may run backwards.
pub(super) fn missing(whole: &[u8], text: &Text<'_>) -> Parse<(Version, Version)> {
    let mut words = Words::new(whole, text);
    words.blank();
    if !words.eat("[") {
        return Err(words.fault(Expected::Range));
    }
    let start = words.version()?;
    if !words.eat("-") {
        return Err(words.fault(Expected::Range));
    }
    let end = words.version()?;
    if words.eat("]") { Ok((start, end)) } else { Err(words.fault(Expected::Range)) }
}

/// Ranges and where they stand.
pub(super) type Members = Vec<(usize, VersionRange)>;

/// Reads `2-> [0-24] -> [25-48]`: the id in front, if any, and the members with their places.
/// `room` is how many more members are allowed.
pub(super) fn path_list(whole: &[u8], text: &Text<'_>, room: usize) -> Parse<(Option<u64>, Members)> {
    let mut words = Words::new(whole, text);
    words.blank();
    let rest = words.rest();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let id = rest[..digits].parse().ok();
    words.at += digits;
    let mut members = Vec::new();
    loop {
        words.blank();
        if words.rest().is_empty() {
            return Ok((id, members));
        }
        let arrow = words.eat("->");
        if !arrow && (digits > 0 || !members.is_empty()) {
            return Err(words.fault(Expected::PathList));
        }
        words.blank();
        if arrow && words.rest().is_empty() {
            return Ok((id, members));
        }
        if members.len() == room {
            return Err(words.fault(Expected::RowsetsAtMost(super::ROWSETS_MAX)));
        }
        let at = words.text.place(words.at);
        members.push((at, words.range()?));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::Cow;
    use alloc::string::String;

    fn read(text: &str) -> Result<RawRowset, String> {
        let whole = text.as_bytes();
        let text = Text { at: 0, value: Cow::Borrowed(text) };
        rowset(whole, &text, &mut Notes::default()).map_err(|fault| {
            alloc::format!("{}: expected {}, found {}", fault.at, fault.expected, fault.found)
        })
    }

    #[test]
    fn sizes_are_exact_in_integers() {
        assert_eq!(bytes("574.00", 20), Some(574 << 20));
        assert_eq!(bytes("1.500", 20), Some(3 << 19));
        assert_eq!(bytes("2.86", 30), Some(3_070_901_617));
        assert_eq!(bytes("99999999999999999999", 50), None);
        assert_eq!(bytes("999999999999999999", 50), None);
    }

    #[test]
    fn the_newest_suffixes_are_read() {
        let text = "[2-4] 3 DATA NONOVERLAPPING 0200000000000001 1.500 MB level=1 [100,101,200]";
        let rowset = read(text).expect("whole");
        assert_eq!((rowset.level, rowset.bytes), (1, Some(3 << 19)));
        assert_eq!(rowset.id.as_deref(), Some("0200000000000001"));
    }

    #[test]
    fn an_id_is_told_from_a_size() {
        let parts = |text: &str| {
            let rowset = read(text).expect("whole");
            (rowset.id, rowset.bytes)
        };
        assert_eq!(parts("[2-2] 1 DATA OVERLAPPING 540072"), (Some("540072".into()), None));
        assert_eq!(parts("[2-2] 1 DATA OVERLAPPING 0"), (None, Some(0)));
        assert_eq!(parts("[2-2] 1 DATA OVERLAPPING 540072 0"), (Some("540072".into()), Some(0)));
        assert_eq!(parts("[2-2] 1 DATA OVERLAPPING 574 B"), (None, Some(574)));
        assert_eq!(parts("[2-2] 1 DATA OVERLAPPING 540072 7.00 B"), (Some("540072".into()), Some(7)));
    }

    #[test]
    fn faults_name_the_place() {
        let fault = |text: &str| read(text).expect_err("broken");
        assert_eq!(
            fault("[5-2] 3 DATA"),
            "0: expected a version range like [2-5], its start not above its end, found `[5-2] 3 DATA`"
        );
        assert_eq!(fault("[2-5] x"), "6: expected a number of segments, found `x`");
        assert_eq!(fault("[2-5] 1 DATUM"), "8: expected DATA or DELETE, found `DATUM`");
        assert_eq!(
            fault("[2-5] 1 DATA OVERLAPPING 7.00 XB"),
            "25: expected a size like 574.00 MB, found `7.00 XB`"
        );
    }
}

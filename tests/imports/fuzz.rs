//! Arbitrary, mutated and assembled text: never a panic, places inside the text, invariants kept.

use crate::samples;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::OnceLock;
use tabletop_core::import::{Imported, ROWSETS_MAX, import};

/// 2,000 cases, or `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Whether line and column name a character of the text, or the place behind one.
fn is_inside(text: &[u8], line: u32, column: u32) -> bool {
    let found = text.split(|&byte| byte == b'\n').nth((line as usize).wrapping_sub(1));
    let characters = found.map(|found| found.iter().filter(|&&byte| byte & 0xc0 != 0x80).count());
    column > 0 && characters.is_some_and(|characters| column as usize <= characters + 1)
}

fn check(text: &[u8]) -> Result<(), TestCaseError> {
    let outcome = import(text);
    prop_assert_eq!(&outcome, &import(text));
    match outcome {
        Err(error) => {
            prop_assert!(is_inside(text, error.line, error.column), "{} lies outside", error);
            prop_assert!(!error.to_string().contains(|char: char| char.is_control()));
        }
        Ok(imported) => {
            for note in &imported.notes {
                prop_assert!(is_inside(text, note.line, note.column), "{:?} lies outside", note);
            }
            check_import(&imported)?;
        }
    }
    Ok(())
}

fn check_import(imported: &Imported) -> Result<(), TestCaseError> {
    prop_assert!(!imported.live.is_empty());
    prop_assert!(imported.live.is_sorted_by(|a, b| a.meta.range < b.meta.range));
    prop_assert!(imported.stale_ungrouped.is_sorted_by(|a, b| a.meta.range < b.meta.range));
    prop_assert!(imported.stale_paths.is_sorted_by(|a, b| a.id < b.id));
    prop_assert!(imported.stale_paths.iter().all(|path| !path.members.is_empty()));
    let ids: BTreeSet<_> = imported.rowsets().map(|rowset| rowset.meta.id.0).collect();
    let count = imported.rowsets().count();
    prop_assert!(count <= ROWSETS_MAX as usize);
    prop_assert!(ids.len() == count && ids.last().copied() == Some(count as u64));
    for rowset in imported.rowsets() {
        prop_assert!(!rowset.meta.range.is_empty() && rowset.meta.range.start >= 0);
        prop_assert!(rowset.meta.created_at <= imported.start_at);
    }
    prop_assert!(imported.missing.iter().all(|range| !range.is_empty()));
    let stored = postcard::to_allocvec(imported).expect("encodes");
    let restored = postcard::from_bytes::<Imported>(&stored);
    prop_assert_eq!(restored.as_ref(), Ok(imported));
    Ok(())
}

/// One change of a text; places and lengths are taken modulo what is there.
#[derive(Clone, Debug)]
enum Edit {
    Flip { at: u32, bits: u8 },
    Delete { at: u32, len: u8 },
    Insert { at: u32, bytes: Vec<u8> },
    Truncate { at: u32 },
    Duplicate { at: u32, len: u16, to: u32 },
}

impl Edit {
    fn apply(&self, text: &mut Vec<u8>) {
        let place = |at: u32, text: &[u8]| at as usize % (text.len() + 1);
        match self {
            Self::Flip { at, bits } => {
                let at = place(*at, text);
                text.get_mut(at).into_iter().for_each(|byte| *byte ^= bits);
            }
            Self::Delete { at, len } => {
                let at = place(*at, text);
                let end = text.len().min(at + usize::from(*len));
                text.drain(at..end);
            }
            Self::Insert { at, bytes } => {
                let at = place(*at, text);
                text.splice(at..at, bytes.iter().copied());
            }
            Self::Truncate { at } => text.truncate(place(*at, text)),
            Self::Duplicate { at, len, to } => {
                let at = place(*at, text);
                let span = text[at..text.len().min(at + usize::from(*len))].to_vec();
                let to = place(*to, text);
                text.splice(to..to, span);
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<u32>(), 1_u8..).prop_map(|(at, bits)| Edit::Flip { at, bits }),
        (any::<u32>(), 1_u8..40).prop_map(|(at, len)| Edit::Delete { at, len }),
        (any::<u32>(), prop::collection::vec(any::<u8>(), 1..4))
            .prop_map(|(at, bytes)| Edit::Insert { at, bytes }),
        (any::<u32>(), word()).prop_map(|(at, word)| Edit::Insert { at, bytes: word.into() }),
        any::<u32>().prop_map(|at| Edit::Truncate { at }),
        (any::<u32>(), 1_u16..400, any::<u32>()).prop_map(|(at, len, to)| Edit::Duplicate { at, len, to }),
    ]
}

/// What replies are made of, and what breaks them.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\n",
    " ",
    "\\",
    "\\u",
    "\\ud83d",
    "null",
    "true",
    "-1",
    "0",
    "1e5",
    "99999999999999999999",
    "\"rowsets\": [",
    "\"versions\": [",
    "\"stale_rowsets\": [",
    "\"missing_rowsets\": [",
    "\"stale version path\": [",
    "\"cumulative point\": 5,",
    "\"cumulative policy type\": \"size_based\",",
    "\"last base success time\": \"2020-05-12 12:34:19.746\",",
    "\"last full failure time\": \"1970-01-01 08:00:00.000\",",
    "\"last cumulative success time\": \"9999-12-31 23:59:59.999 -1400\",",
    "{\"path id\": \"1\", \"last create time\": \"2026-01-02 08:02:51 +0800\", \"path list\": \"1 -> [2-2] -> [3-3]\"},",
    "\"[0-1] 0 DATA NONOVERLAPPING 02ab 1.00 KB\",",
    "\"[2-2] 3 DELETE OVERLAPPING\",",
    "\"[3-9007199254740991] 1 DATE\",",
    "\"[3-2]\",",
    "[2-5] 1 DATA OVERLAP_UNKNOWN 7 0 level=3 [1,2]\n",
    "\"rs_metas\": [",
    "\"stale_rs_metas\": [",
    "\"delete_bitmap\": {",
    "{\"start_version\": 2, \"end_version\": 3, \"creation_time\": 1552911435, \"num_segments\": 4},",
    "\"schema\": {\"keys_type\":",
    "\"tablet_id\": 7,",
    "\"status\":",
    "\"msg\": \"Tablet not found\"",
    "\"steps\": []",
    "TABLET_ID | START_VERSION | END_VERSION\n",
    "1 | 0 | 1\n",
    "|",
    "\t",
    "\u{feff}",
    "é",
    "\u{0}",
    "\u{7f}",
    "W0512 18:59:28 ",
];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS)
}

/// A range out of few numbers, so that rowsets meet, nest, cross and repeat.
fn range() -> impl Strategy<Value = String> {
    (0_u32..12, 0_u32..5).prop_map(|(start, more)| format!("[{start}-{}]", start + more))
}

fn rowset() -> impl Strategy<Value = String> {
    let tail = prop::sample::select(
        &[
            "",
            " 3",
            " 1 DATA",
            " 0 DELETE NONOVERLAPPING",
            " 2 DATA OVERLAPPING 02ab 1.50 KB level=2 [1]",
            " 1 DATE OVERLAP_UNKNOWN 0",
        ][..],
    );
    (range(), tail).prop_map(|(range, tail)| range + tail)
}

fn time() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "2026-01-02 08:02:51",
            "2026-01-02 08:02:51.5 -0330",
            "1970-01-01 08:00:00.000",
            "9999-12-31 23:59:59",
            "1900-01-01 00:00:00",
            "soon",
        ][..],
    )
}

fn list(items: Vec<String>) -> String {
    let quoted: Vec<_> = items.iter().map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

/// A valid reply about a tablet that no cluster has.
fn reply() -> impl Strategy<Value = String> {
    let rowsets = |least| prop::collection::vec(rowset(), least..8).prop_map(list);
    let path = (prop::collection::vec(range(), 0..5), 0_u8..4, time()).prop_map(|(ranges, id, time)| {
        let id = if id == 0 { String::new() } else { id.to_string() };
        let members = ranges.join(" -> ");
        format!(r#"{{"path list": "{id} -> {members}", "last create time": "{time}"}}"#)
    });
    let paths = prop::collection::vec(path, 0..4).prop_map(|paths| format!("[{}]", paths.join(",")));
    let missing = prop::collection::vec(range(), 0..3).prop_map(list);
    (rowsets(1), rowsets(0), missing, paths, -1_i32..16, time()).prop_map(
        |(live, stale, missing, paths, point, time)| {
            format!(
                r#"{{"cumulative point": {point}, "last base success time": "{time}", "rowsets": {live},
                "missing_rowsets": {missing}, "stale_rowsets": {stale}, "stale version path": {paths}}}"#
            )
        },
    )
}

fn sample(index: usize) -> &'static [u8] {
    static SAMPLES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let samples = SAMPLES.get_or_init(samples::all);
    &samples[index % samples.len()].1
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arbitrary_bytes(text in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&text)?;
    }

    #[test]
    fn mutated_samples(index in any::<usize>(), edits in prop::collection::vec(edit(), 1..4)) {
        let mut text = sample(index).to_vec();
        for edit in &edits {
            edit.apply(&mut text);
        }
        check(&text)?;
    }

    #[test]
    fn replies_about_impossible_tablets(text in reply()) {
        let imported = import(&text);
        prop_assert!(imported.is_ok(), "{:?}", imported.map_err(|error| error.to_string()).err());
        check(text.as_bytes())?;
    }

    #[test]
    fn damaged_replies(text in reply(), edit in edit()) {
        let mut text = text.into_bytes();
        edit.apply(&mut text);
        check(&text)?;
    }

    #[test]
    fn assembled_words(start in prop::sample::select(&["", "{", "{\"rowsets\": [", "[", "{\"rs_metas\": ["][..]),
                       words in prop::collection::vec(word(), 0..30)) {
        check((start.to_owned() + &words.concat()).as_bytes())?;
    }
}

//! Text that wants to cost time, memory or stack.

use tabletop_core::import::{
    Expected, Found, ImportError, NOTES_PER_KEY, ROWSETS_MAX, TEXT_BYTES_MAX, import,
};

const FIFTY_MB: usize = 50 << 20;

fn refused(text: impl AsRef<[u8]>) -> ImportError {
    import(text).expect_err("nothing usable in it")
}

#[test]
fn fifty_megabytes_of_one_byte_are_refused_with_a_place() {
    for byte in [b'[', b'{', b'"', b',', b'0', b'a', b'\\', b'\n', b'|', 0, 0xff] {
        let error = refused(vec![byte; FIFTY_MB]);
        assert_eq!((error.line, error.column.min(66)), (1, error.column), "{byte:#x}: {error}");
    }
}

#[test]
fn fifty_megabytes_behind_a_good_beginning_are_refused_with_a_place() {
    for byte in [b'[', b'{', b'"', b',', b'0', b'a', b'\\', b':'] {
        let mut text = br#"{"cumulative point": "#.to_vec();
        text.resize(FIFTY_MB, byte);
        let error = refused(text);
        assert_eq!(error.line, 1, "{byte:#x}: {error}");
    }
}

#[test]
fn a_text_that_is_too_long_is_refused_unread() {
    let error = refused(vec![b' '; TEXT_BYTES_MAX as usize + 1]);
    assert_eq!(error.expected, Expected::BytesAtMost(TEXT_BYTES_MAX));
    // Ten million rowsets do not fit below that limit.
    let error = refused(format!("{{\"rowsets\": [{}", "\"[0-1]\",".repeat(10_000_000)));
    assert_eq!(error.expected, Expected::BytesAtMost(TEXT_BYTES_MAX));
}

#[test]
fn deep_brackets_are_refused_at_the_first_too_deep() {
    for (text, column) in [
        (format!("{{\"x\": {}", "[".repeat(100_000)), 70),
        (format!("{{\"x\": {}", "{\"x\":".repeat(100_000)), 7 + 63 * 5),
        ("[".repeat(100_000), 2),
        (format!("{{\"rs_metas\": [{{\"x\": {}", "[{\"x\":".repeat(100_000)), 21 + 30 * 6 + 1),
    ] {
        let error = refused(text);
        assert!(matches!(error.expected, Expected::Depth | Expected::RowsetText), "{error}");
        assert_eq!((error.line, error.column), (1, column), "{error}");
    }
}

#[test]
fn millions_of_rowsets_are_refused_at_the_first_too_many() {
    let limit = Expected::RowsetsAtMost(ROWSETS_MAX);
    let list = "\"[0-1]\",\n".repeat(5_000_000);
    let error = refused(format!("{{\"rowsets\": [\n{list}"));
    assert_eq!((error.expected, error.line, error.column), (limit, ROWSETS_MAX + 2, 1));
    let error = refused(&list);
    assert_eq!((error.expected, error.line), (limit, ROWSETS_MAX + 1));
    let path = " -> [0-1]".repeat(5_000_000);
    let error =
        refused(format!(r#"{{"rowsets": ["[0-1]"], "stale version path": [{{"path list": "1{path}"}}]}}"#));
    assert_eq!(error.expected, limit);
    let metas = r#"{"start_version":0,"end_version":1},"#.repeat(1_000_000);
    assert_eq!(refused(format!("{{\"rs_metas\": [{metas}")).expected, limit);
    let rows = "1\t0\t1\n".repeat(5_000_000);
    assert_eq!(refused(format!("tablet_id\tstart_version\tend_version\n{rows}")).expected, limit);
}

#[test]
fn as_many_rowsets_as_allowed_load() {
    // Every one crosses its neighbours: the worst case of all checks.
    let list: Vec<_> =
        (0..ROWSETS_MAX).rev().map(|start| format!("\"[{start}-{}] 1\"", start + 1_000)).collect();
    let imported = import(format!("{{\"rowsets\": [{}]}}", list.join(","))).expect("loads");
    assert_eq!(imported.live.len(), ROWSETS_MAX as usize);
    assert!(imported.notes.len() < 10 * NOTES_PER_KEY as usize);
}

#[test]
fn huge_numbers_are_refused_where_they_stand() {
    let nines = "9".repeat(1_000_000);
    let error = refused(format!("{{\"cumulative point\": {nines}, \"rowsets\": []}}"));
    assert_eq!((error.expected, error.column), (Expected::Integer, 22));
    let error = refused(format!("{{\"rowsets\": [\"[0-{nines}] 1\"]}}"));
    assert_eq!((error.expected, error.column), (Expected::Version, 18));
    let error = refused("{\"rs_metas\": [{\"start_version\": 0, \"end_version\": 9223372036854775807}]}");
    assert_eq!((error.expected, error.column), (Expected::Version, 51));
    let imported = import(format!(
        "{{\"rs_metas\": [{{\"start_version\":0,\"end_version\":1,\"num_rows\":{},\"creation_time\":{nines}0}}]}}",
        u64::MAX
    ));
    assert_eq!(imported.expect_err("too long a number").expected, Expected::Integer);
}

#[test]
fn numbers_above_two_to_the_53rd_stay_exact() {
    let max = u64::MAX;
    let text = format!(
        r#"{{"tablet_id": {max}, "rs_metas": [{{"start_version": 0, "end_version": 9007199254740991,
            "num_rows": {max}, "total_disk_size": {max}}}]}}"#
    );
    let imported = import(text).expect("loads");
    let meta = imported.live[0].meta;
    assert_eq!((imported.tablet_id, meta.rows, meta.bytes), (Some(max), max, max));
    assert_eq!(meta.range.end, (1 << 53) - 1);
}

#[test]
fn bytes_that_are_no_text_and_control_characters_are_survived() {
    let error = refused(b"{\"rowsets\": [\"[0-1] \xff\xfe DATA\"]}");
    // Where bytes were replaced, the place is the beginning of the string.
    assert_eq!((error.line, error.column, error.expected), (1, 15, Expected::Segments));
    let error = refused("{\"rowsets\": [\"[0-1] \u{1b}[31m\"]}");
    assert_eq!(error.found, Found::Text(r"\u{1b}[31m".into()));
    let imported = import(b"{\"msg\": \"\xff\x1b[2J\", \"delete_bitmap\": {\"segment_delete_bitmaps\": [\"\xff\n\x00\"]}, \"rowsets\": [\"[0-1]\"]}");
    let imported = imported.expect("loads");
    assert_eq!(imported.facts[0].value, r"�\u{1b}[2J");
}

#[test]
fn a_million_equal_keys_make_a_handful_of_notes() {
    let keys = "\"x\": 1,".repeat(1_000_000);
    let imported = import(format!("{{{keys} \"rowsets\": [\"[0-1]\"]}}")).expect("loads");
    let last = imported.notes.iter().find(|note| note.key.name() == "more").expect("counted");
    assert_eq!(last.text, "999991 more notes of the kind duplicate_key");
}

//! Text that is cut, misspelled or copied with something around it.

use crate::samples;
use crate::summary::summary;
use expect_test::{Expect, expect};
use tabletop_core::import::{Options, import, import_with};

fn check(text: &str, expected: Expect) {
    let outcome = import(text);
    expected.assert_eq(
        &outcome
            .map_or_else(|error| format!("{error}\n"), |imported| format!("loads\n{}", summary(&imported))),
    );
}

#[test]
fn a_cut_reply_gives_what_it_holds() {
    let text = samples::read("compaction_show_generated/gen-1-local.json");
    let mut last = 0;
    for end in 0..text.trim_ascii_end().len() {
        let Ok(imported) = import(&text[..end]) else {
            assert_eq!(last, 0, "cut at {end}: loaded before, refused now");
            continue;
        };
        let rowsets = imported.rowsets().count();
        assert!(rowsets >= last, "cut at {end}: fewer rowsets than before");
        assert!(
            imported.notes.iter().any(|note| note.key.name() == "text_ends"),
            "cut at {end} without a note"
        );
        last = rowsets;
    }
    assert_eq!(last, 45);
}

#[test]
fn a_cut_inside_the_list_is_named() {
    check(
        "{\"cumulative point\": 2,\n \"rowsets\": [\n  \"[0-1] 0 DATA NONOVERLAPPING\",\n  \"[2-2] 1 DA",
        expect![[r#"
            loads
              CompactionShow(Plain), tablet -, policy -, keys -, mow -, state -, point 2
              live 1: r1[0-1]x0n/?
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 1 rowset
              . 1:1 number of rows: not told for 1 rowset
              . 1:1 creation time: not told for 1 rowset
              ! 4:14 the text ends inside "rowsets"; 1 rowset read before
        "#]],
    );
}

#[test]
fn a_prompt_and_a_code_fence_are_skipped() {
    check(
        "$ curl be:8040/api/compaction/show?tablet_id=7\nHTTP/1.1 200 OK\n\n{\"rowsets\": [\"[0-1] 0\"]}\n```\n",
        expect![[r#"
            loads
              CompactionShow(Plain), tablet -, policy -, keys -, mow -, state -, point -
              live 1: r1[0-1]x0/?
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 the lines before the reply were skipped
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 1 rowset
              . 1:1 number of rows: not told for 1 rowset
              . 1:1 creation time: not told for 1 rowset
              . 1:1 overlap of segments: not told for 1 rowset
              . 1:1 data or delete: not told for 1 rowset
              ! 5:1 the text behind the reply was skipped
        "#]],
    );
}

#[test]
fn keys_without_quotes_are_read() {
    check(
        "{\n  cumulative point: 2,\n  rowsets: [\"[0-1] 0 DATA NONOVERLAPPING 0\"]\n}",
        expect![[r#"
            loads
              CompactionShow(Plain), tablet -, policy -, keys -, mow -, state -, point 2
              live 1: r1[0-1]x0n/0
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 number of rows: not told for 1 rowset
              . 1:1 creation time: not told for 1 rowset
              ! 2:3 keys without quotes were read as keys
        "#]],
    );
}

#[test]
fn lines_out_of_the_middle_of_a_reply_are_read() {
    check(
        "        \"[0-1] 0 DATA NONOVERLAPPING\",\n        ...\n        \"[3-3] 1 DATA OVERLAPPING\"\n    ],",
        expect![[r#"
            loads
              RowsetLines, tablet -, policy -, keys -, mow -, state -, point -
              live 2: r1[0-1]x0n/? r2[3-3]x1o/?
              missing [[2-2]]
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 2 rowsets
              . 1:1 number of rows: not told for 2 rowsets
              . 1:1 creation time: not told for 2 rowsets
              ! 2:9 rowsets were left out here by whoever copied the text
              ! 3:10 no live rowset covers [2-2]
        "#]],
    );
}

#[test]
fn a_broken_rowset_text_is_an_error_at_its_word() {
    check(
        "{\"rowsets\": [\n  \"[0-1] 0 DATA NONOVERLAPPING\",\n  \"[2-5] three DATA\"]}",
        expect![[r#"
        line 3, column 10: expected a number of segments, found `three DATA`
    "#]],
    );
    check(
        "{\"rowsets\": [\"[5-2] 3 DATA\"]}",
        expect![[r#"
        line 1, column 15: expected a version range like [2-5], its start not above its end, found `[5-2] 3 DATA`
    "#]],
    );
    check(
        "{\"rowsets\": [\"[0-99999999999999999999] 3 DATA\"]}",
        expect![[r#"
        line 1, column 18: expected a version from 0 to 9007199254740991, found `99999999999999999999] 3 DATA`
    "#]],
    );
    check(
        "{\"rowsets\": [\"[0-1] 3 DATA\", 17]}",
        expect![[r#"
        line 1, column 30: expected a rowset text like "[2-5] 3 DATA NONOVERLAPPING", found `17]}`
    "#]],
    );
    check(
        "{\"rowsets\": {\"a\": 1}}",
        expect![[r#"
        line 1, column 13: expected a list in [ ], found `{"a": 1}}`
    "#]],
    );
    check(
        "{\"rowsets\": [\"[0-1] 3 DATA\n\"]}",
        expect![[r#"
        line 1, column 27: expected the closing quote of this text, found `\n`
    "#]],
    );
}

#[test]
fn what_names_no_rowset_is_refused_by_name() {
    check(
        "",
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found an empty text; paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…
    "#]],
    );
    check(
        " \n\t ",
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found an empty text; paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…
    "#]],
    );
    check(
        "hello",
        expect![[r#"
            line 1, column 1: expected a text that names rowsets, found `hello`; paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…
        "#]],
    );
    check(
        "{}",
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found a reply without a rowset; paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…
    "#]],
    );
    check(
        "[1, 2]",
        expect![[r#"
            line 1, column 1: expected a text that names rowsets, found `[1, 2]`; paste the reply of GET /api/compaction/show?tablet_id=… or of GET /api/meta/header/…
        "#]],
    );
    check(
        "<html><body>502</body></html>",
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found a web page; ask the backend's web server port (8040) directly
    "#]],
    );
    check(
        "[NOT_FOUND]Tablet not found. tablet_id=12",
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found the backend's answer "[NOT_FOUND]Tablet not found. tablet_id=12"; ask a backend that holds a replica: SHOW TABLET … names them
    "#]],
    );
    check(
        r#"{"status": "E-1", "msg": "no permission"}"#,
        expect![[r#"
        line 1, column 1: expected a text that names rowsets, found the refusal "no permission"; repeat the call, or ask another replica's backend
    "#]],
    );
    check(
        r#"{"tablet_id": 5, "tablet_state": "PB_RUNNING", "schema": {"keys_type": "DUP_KEYS"}}"#,
        expect![[r#"
            line 1, column 1: expected a text that names rowsets, found a tablet header without rowset lists; cloud mode prints none; use GET /api/compaction/show?tablet_id=… or information_schema.rowsets
        "#]],
    );
}

#[test]
fn shapes_that_no_healthy_tablet_has_load_with_warnings() {
    check(
        r#"{"cumulative point": 4, "rowsets": ["[0-5] 1", "[3-8] 1", "[12-12] 1", "[12-12] 2"],
           "missing_rowsets": ["[6-2]", "[9-11]", "[20-21]"],
           "stale_rowsets": ["[6-6] 1", "[40-41] 1"],
           "stale version path": [
             {"path id": "1", "path list": "1 -> [6-6] -> [8-8]", "last create time": "yesterday"},
             {"path id": "1", "path list": "1 -> [7-7]"}, {"path list": ""}]}"#,
        expect![[r#"
            loads
              CompactionShow(Plain), tablet -, policy -, keys -, mow -, state -, point 4
              live 3: r1[0-5]x1/? r2[3-8]x1/? r6[12-12]x1/?
              #1 at -, 2: r3[6-6]x1/? r5[8-8]x?/?
              #2 at -, 1: r4[7-7]x?/?
              stale 1: r7[40-41]x1/?
              missing [[9-11], [20-21]]
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 7 rowsets
              . 1:1 number of rows: not told for 7 rowsets
              . 1:1 creation time: not told for 7 rowsets
              . 1:1 number of segments: not told for 2 rowsets
              . 1:1 overlap of segments: not told for 7 rowsets
              . 1:1 data or delete: not told for 7 rowsets
              ! 1:38 the cumulative point 4 lies inside the rowset [0-5]
              ! 1:49 the live rowsets [0-5] and [3-8] share versions
              ! 1:73 [12-12] stands twice; the first one counts
              ! 2:33 the missing range [6-2] runs backwards and was left out
              ! 2:42 no live rowset covers [9-11]
              ! 2:52 [20-21] is listed as missing on one side only: reply or rowsets
              ! 3:42 in "stale_rowsets" but in no stale path: 1 rowset
              ! 5:59 stale path #1 leads from [6-6] to [8-8], which do not follow each other
              . 5:59 [8-8] of a stale path is not in "stale_rowsets": only its versions are known
              ! 5:87 the time "yesterday" cannot be read; taken as not told
              ! 6:14 a stale path without an id of its own became #2
              . 6:50 [7-7] of a stale path is not in "stale_rowsets": only its versions are known
              ! 6:59 a stale path without rowsets was left out
        "#]],
    );
}

#[test]
fn the_first_of_two_equal_keys_counts() {
    check(
        r#"{"rowsets": ["[0-1] 0"], "rowsets": ["[0-9] 0"], "cumulative point": null}"#,
        expect![[r#"
            loads
              CompactionShow(Plain), tablet -, policy -, keys -, mow -, state -, point -
              live 1: r1[0-1]x0/?
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 1 rowset
              . 1:1 number of rows: not told for 1 rowset
              . 1:1 creation time: not told for 1 rowset
              . 1:1 overlap of segments: not told for 1 rowset
              . 1:1 data or delete: not told for 1 rowset
              ! 1:27 "rowsets" stands twice; the first one counts
        "#]],
    );
}

const TABLE: &str = "\
+------------+-----------+-----------+---------------+-------------+-----------------+-----------------+---------------------+
| BACKEND_ID | ROWSET_ID | TABLET_ID | START_VERSION | END_VERSION | INDEX_DISK_SIZE | DATA_DISK_SIZE  | CREATION_TIME       |
+------------+-----------+-----------+---------------+-------------+-----------------+-----------------+---------------------+
|          1 | 02ab      |        10 |             2 |           2 |              10 |             990 | 2024-10-23 18:18:22 |
|          1 | 02aa      |        10 |             0 |           1 |               0 |               0 | 1970-01-01 08:00:00 |
|          2 | 02ff      |        10 |             0 |           2 |               0 |               7 | 2024-10-23 18:18:22 |
|          1 | 02ac      |        11 |             0 |           4 |               0 |               5 | 2024-10-23 18:18:23 |
+------------+-----------+-----------+---------------+-------------+-----------------+-----------------+---------------------+
4 rows in set (0.02 sec)
";

#[test]
fn a_table_gives_the_first_tablet_of_the_first_backend() {
    check(
        TABLE,
        expect![[r#"
            loads
              RowsetsTable, tablet 10, policy -, keys -, mow -, state -, point -
              live 2: r1[0-1]x?/0 r2[2-2]x?/1000
              epoch 1729678702000, starts at 00:00.000, zone 480, 0 facts
              . 1:1 times without a zone were read as UTC+08:00, told elsewhere in the text
              . 1:1 number of rows: not told for 2 rowsets
              . 1:1 creation time: not told for 1 rowset
              . 1:1 number of segments: not told for 2 rowsets
              . 1:1 overlap of segments: not told for 2 rowsets
              . 1:1 data or delete: not told for 2 rowsets
              ! 2:1 tablet 10 was taken; also in the text (1): 11
              ! 2:1 rows of the same tablet on other backends were left out: 1
        "#]],
    );
    check(
        &TABLE.replace(
            "|          1 | 02aa      |        10 |             0",
            "|          1 | 02aa      |        10 |             x",
        ),
        expect![[r#"
            line 5, column 52: expected a version from 0 to 9007199254740991, found `x |           1 |               …`
        "#]],
    );
    check(
        "tablet_id,start_version,end_version\n10,0,1\n10,2,2\n10,3",
        expect![[r#"
            loads
              RowsetsTable, tablet 10, policy -, keys -, mow -, state -, point -
              live 2: r1[0-1]x?/? r2[2-2]x?/?
              epoch 0, starts at 00:00.000, zone -, 0 facts
              . 1:1 no time is told; the clock starts at zero
              . 1:1 size: not told for 2 rowsets
              . 1:1 number of rows: not told for 2 rowsets
              . 1:1 creation time: not told for 2 rowsets
              . 1:1 number of segments: not told for 2 rowsets
              . 1:1 overlap of segments: not told for 2 rowsets
              . 1:1 data or delete: not told for 2 rowsets
              ! 4:5 the text ends before the reply does; 2 rowsets read before
        "#]],
    );
    check(
        "tablet_id\tstart_version\tend_version\n10\t0\n10\t2\t2\n",
        expect![[r#"
        line 2, column 1: expected 3 cells as in the table's first line, found `10\t0`
    "#]],
    );
}

#[test]
fn another_tablet_can_be_chosen() {
    let choose = |tablet| import_with(TABLE, Options { tablet_id: Some(tablet) });
    assert_eq!(choose(11).expect("there").live[0].meta.range.to_string(), "[0-4]");
    let error = choose(12).expect_err("not there").to_string();
    assert_eq!(error, "line 2, column 1: expected tablet 12, found `tablets 10 11`");
    let header = samples::read("meta_header/07-generated-dup-matches-gen-1.json");
    let error = import_with(header, Options { tablet_id: Some(12) }).expect_err("another").to_string();
    assert_eq!(error, "line 1, column 1: expected tablet 12, found `tablet 10086`");
    let show = samples::read("compaction_show_generated/gen-1-local.json");
    let named = import_with(show, Options { tablet_id: Some(12) }).expect("names it");
    assert_eq!(named.tablet_id, Some(12));
}

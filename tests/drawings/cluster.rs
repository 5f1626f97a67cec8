//! The sync ranges of the cluster lab in the reference's notation.

use expect_test::expect;
use tabletop_core::base::{INFINITE_VERSION, RowsetId, VersionRange};
use tabletop_core::cloud::{SyncCursor, SyncRule, calc_sync_versions};
use tabletop_core::lab::cluster::{Piece, sync_drawing};

/// `0-1 2-3 4`: rowsets by their ranges; the range is the name, so that equal ones are the same rowset.
fn pieces(text: &str) -> Vec<Piece> {
    text.split_whitespace()
        .map(|part| {
            let (start, end) = part.split_once('-').unwrap_or((part, part));
            let (start, end): (i64, i64) =
                (start.parse().expect("a version"), end.parse().expect("a version"));
            (RowsetId((start * 1_000 + end) as u64), VersionRange::new(start, end))
        })
        .collect()
}

fn sync(be: &str, be_at: SyncCursor, ms: &str, ms_at: SyncCursor, ask: i64, rule: SyncRule) -> String {
    let asked = VersionRange::new(ask, INFINITE_VERSION);
    let ranges = calc_sync_versions(&be_at, &ms_at, asked, rule);
    let [be, ms, sync] = sync_drawing(&pieces(be), &pieces(ms), &ranges);
    format!("be    {be}\nms    {ms}\nsync  {sync}\n")
}

#[test]
fn a_missed_compaction_that_moved_the_point_is_sent_alone() {
    let at = |cumulative, point| SyncCursor { base: 0, cumulative, full: 0, point };
    let text = sync("0-1 2 3 4 5 6 7", at(1, 2), "0-1 2-5 6 7 8 9", at(2, 6), 8, SyncRule::Newest);
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxxxxx][=][=][x][x]
        sync     ^__________^      ^~~~~~~
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_older_rule_leaves_a_merge_out() {
    let be = SyncCursor { base: 0, cumulative: 0, full: 0, point: 2 };
    let ms = SyncCursor { base: 1, cumulative: 1, full: 1, point: 5 };
    let draw = |rule| sync("0-1 2 3 4 5 6 7", be, "0-1 2-4 5-7 8", ms, 8, rule);
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxx][xxxxxxx][x]
        sync  ^__________^         ^~~~
    "#]]
    .assert_eq(&draw(SyncRule::WithoutFull));
    expect![[r#"
        be    [=][=][=][=][=][=][=]
        ms    [=][xxxxxxx][xxxxxxx][x]
        sync  ^~~~~~~~~~~~~~~~~~~~~~~~~
    "#]]
    .assert_eq(&draw(SyncRule::Newest));
}

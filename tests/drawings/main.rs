//! Commands go in, a drawing comes out: the picture that the page copies as text.
//!
//! `UPDATE_EXPECT=1 cargo test -p tabletop-tests --test drawings` rewrites; the diff is read like code.

mod answers;
mod board;
mod cluster;
mod policies;

use expect_test::{Expect, expect};
use tabletop_core::base::{SimTime, VersionRange};
use tabletop_core::draw::tablet::draw;
use tabletop_core::import::import;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{DelayedDeletion, Kind, Knobs, TabletCommand, TabletLab, scenarios};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::view::tablet::TabletWindow;

/// Plays a line of words on a tablet that only does what it is told: `load 3`, `delete`,
/// `merge 2-4`, `cumulative`, `base`, `read 3`, `wait 60`, `sweep`, `restart`, `off`.
fn check(script: &str, expected: Expect) {
    let scenario = scenarios::scenario("empty").expect("it exists");
    let mut run: Timeline<TabletLab> = Timeline::new(scenario.config, scenario.seed);
    run.set_checkers(true);
    play(&mut run, script);
    assert_eq!(run.violation(), None);
    expected.assert_eq(&draw(&run.lab().view(&TabletWindow::ALL)));
}

fn play(run: &mut Timeline<TabletLab>, script: &str) {
    for part in script.split(',').map(str::trim) {
        let (verb, argument) = part.split_once(' ').unwrap_or((part, "1"));
        let load = TabletCommand::Load { rows: 1_000, bytes: 1 << 20, segments: 1, overlapping: false };
        let (command, times) = match verb {
            "load" => (load, argument.parse().expect("a number of loads")),
            "delete" => (TabletCommand::DeleteLoad, 1),
            "merge" => {
                let (start, end) = argument.split_once('-').expect("a range");
                let range = VersionRange::new(start.parse().expect("start"), end.parse().expect("end"));
                (TabletCommand::Compact { range }, 1)
            }
            "cumulative" => (TabletCommand::CompactPick { kind: Kind::Cumulative }, 1),
            "base" => (TabletCommand::CompactPick { kind: Kind::Base }, 1),
            "read" => {
                (TabletCommand::Query { version: Some(argument.parse().expect("a version")), holds_ms: 0 }, 1)
            }
            "sweep" => (TabletCommand::Sweep, 1),
            "restart" => (TabletCommand::Restart, 1),
            "off" => {
                let delayed_deletion = DelayedDeletion::Off;
                (TabletCommand::SetKnobs(Knobs { delayed_deletion, ..Knobs::default() }), 1)
            }
            "wait" => {
                run.advance(SimTime::from_secs(argument.parse().expect("seconds")), u64::MAX);
                continue;
            }
            other => panic!("no verb {other}"),
        };
        for _ in 0..times {
            run.act(command.clone()).unwrap_or_else(|refused| panic!("{part}: {refused}"));
        }
    }
}

fn check_import(text: &str, script: &str, expected: Expect) {
    let config = scenarios::imported(import(text).expect("it is whole"));
    let mut run: Timeline<TabletLab> = Timeline::new(config, 0);
    if !script.is_empty() {
        play(&mut run, script);
    }
    expected.assert_eq(&draw(&run.lab().view(&TabletWindow::ALL)));
}

#[test]
fn a_merge_leaves_a_stale_path_that_still_serves() {
    check(
        "load 5, merge 2-5, read 4, read 6",
        expect![[r#"
            live       [0-1][2--------5][6]
            stale #1        [2][3][4][5]
            read q2    version 6: 3 rowsets, 0 stale
            read q1    version 4: 4 rowsets, 3 stale
        "#]],
    );
}

#[test]
fn without_delayed_deletion_the_same_reader_fails() {
    check(
        "off, load 5, merge 2-5, read 4",
        expect![[r#"
        live       [0-1][2-5][6]
        read q1    version 4: -230, no way on from 2, it lies inside [2-5]
    "#]],
    );
}

#[test]
fn paths_stack_over_what_they_became() {
    check(
        "load 6, merge 2-3, merge 4-5, merge 2-5, read 3",
        expect![[r#"
        live       [0-1][2--------5][6][7]
        stale #1        [2][3]
        stale #2              [4][5]
        stale #3        [2--3][4--5]
        read q1    version 3: 2 rowsets, 1 stale
    "#]],
    );
}

#[test]
fn the_sweep_takes_the_oldest_path_and_its_versions_with_it() {
    check(
        "load 4, merge 2-3, wait 400, merge 4-5, wait 300, read 4, sweep",
        expect![[r#"
        live       [0-1][2-3][4--5]
        stale #1             [4][5]
        read q1    version 4: 3 rowsets, 1 stale
    "#]],
    );
}

#[test]
fn a_delete_version_ends_a_pick_and_moves_the_point() {
    check(
        "load 3, delete, load 2, cumulative, cumulative",
        expect![[r#"
        live       [0-1][2-----4][5][6--7]
        stale #1        [2][3][4]
        stale #2                    [6][7]
        cp                                ^8
    "#]],
    );
}

#[test]
fn a_restart_groups_stale_rowsets_again() {
    check(
        "load 4, merge 2-3, merge 4-5, merge 0-5, restart",
        expect![[r#"
        live       [0-------------5]
        stale #1        [2][3]
        stale #2              [4][5]
        stale #3   [0-1][2--3][4--5]
        cp                          ^6
    "#]],
    );
}

#[test]
fn missing_versions_are_drawn_as_missing() {
    check_import(
        "[0-1] 0 DATA NONOVERLAPPING\n[2-2] 1 DATA OVERLAPPING\n[5-7] 1 DATA NONOVERLAPPING",
        "read 6",
        expect![[r#"
            live       [0-1][2]     [5-7]
            missing            [3-4]
            read q1    version 6: 6, no way on from 3, it lies inside [5-7], [3-4] is missing
        "#]],
    );
}

#[test]
fn the_greedy_walk_misses_what_crossing_ranges_hold() {
    check_import(
        "[0-1] 0 DATA NONOVERLAPPING\n[2-3] 1 DATA NONOVERLAPPING\n[2-5] 1 DATA NONOVERLAPPING\n\
         [4-7] 1 DATA NONOVERLAPPING",
        "read 7, read 5",
        expect![[r#"
            live       [0-1][2-3][4-7]
              crossing      [2--5]
            read q2    version 5: 2 rowsets, 0 stale
            read q1    version 7: -230, no way on from 6
        "#]],
    );
}

#[test]
fn a_paste_with_stale_paths_goes_on_from_there() {
    let text = include_str!("../samples/compaction_show_generated/gen-1-local.json");
    check_import(
        text,
        "read 18, load 2",
        expect![[r#"
        live       [0--------------------------------------------------------------------------------23][24--------------------------------------34][35][36][37][38][39][40][41][42][43]
        stale #1        [2][3][4][5][6][7][8][9][10][11][12]
        stale #2                                            [13][14][15][16][17][18][19][20][21][22][23]
        stale #3                                                                                        [24][25][26][27][28][29][30][31][32][33][34]
        stale #4   [0-1][2-------------------------------12][13--------------------------------------23]
        cp                                                                                                                                          ^35
        read q1    version 18: 8 rowsets, 8 stale
    "#]],
    );
}

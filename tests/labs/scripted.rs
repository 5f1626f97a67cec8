//! A policy of one's own: its runs replay, are kept, and its faults stop nothing else.

use proptest::prelude::*;
use std::fmt::Write;
use tabletop_core::base::{RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::script::{FaultKind, Question, ScriptRowset, select};
use tabletop_core::compaction::{Candidate, Config, LastSuccess, Policy, Rule, TabletFacts, size_based};
use tabletop_core::lab::stored::{self, LAB_TABLET};
use tabletop_core::lab::tablet::{Kind, Knobs, TabletCommand, TabletEvent, TabletLab};
use tabletop_core::lab::timeline::Timeline;
use tabletop_core::record::RunFile;
use tabletop_tests::{fingerprint, run};

/// Scripts whose runs are compared with those of a browser, by scenario.
const SCRIPTED: [(&str, &str); 5] = [
    ("small-loads", "every-ten"),
    ("deletes", "size-based"),
    ("mixed", "size-based"),
    ("invisible-28082", "every-ten"),
    ("steady", "endless"),
];

fn script(name: &str) -> &'static str {
    let known = tabletop_script::EXAMPLES.iter().find(|example| example.0 == name);
    known.map_or("let n = 0;\nloop { n += 1; }", |example| example.1)
}

fn scripted(key: &str, text: &str) -> Timeline<TabletLab> {
    tabletop_script::install();
    let mut run = run(key);
    run.act(TabletCommand::SetScript(text.to_owned())).expect("it can be read");
    run
}

fn played(key: &str, name: &str) -> Timeline<TabletLab> {
    let mut run = scripted(key, script(name));
    run.advance(SimTime::from_secs(1_200), 20_000);
    assert_eq!(run.violation(), None, "{key} {name}");
    run
}

/// Digests are part of the format, and so is the interpreter: `web/tests/script.rs` compares the same
/// numbers in a browser.
#[test]
fn digests_of_scripted_runs() {
    let mut text = String::new();
    for (key, name) in SCRIPTED {
        let run = played(key, name);
        writeln!(text, "{key} {name} {} {}", run.step(), run.digest()).expect("a text grows");
    }
    expect_test::expect_file!["./scripted.txt"].assert_eq(&text);
}

#[test]
fn a_script_picks_gives_its_reason_and_undo_takes_it_back() {
    let mut run = scripted("small-loads", script("every-ten"));
    let before = run.lab().knobs().policy;
    assert_eq!((before, run.lab().script()), (Policy::Own, script("every-ten")));
    run.take_recent();
    run.advance(SimTime::from_secs(900), u64::MAX);
    let events = run.take_recent();
    let merged = events.iter().position(|event| matches!(event, TabletEvent::Compacted { .. }));
    let said = |event: &TabletEvent| matches!(event, TabletEvent::ScriptSaid { text } if text.contains("loads since"));
    assert!(events[merged.expect("it merges")..].iter().any(said), "{events:?}");
    assert!(run.lab().tablet().live_len() < 13, "{} live rowsets", run.lab().tablet().live_len());
    let why = run.lab().selection(Kind::Cumulative).pick.why;
    assert!(matches!(why.rule, Rule::OwnPick | Rule::OwnLeaves) && !why.said.is_empty(), "{why:?}");
    run.act(TabletCommand::SetKnobs(Knobs::default())).expect("always possible");
    assert_eq!((run.lab().knobs().policy, run.lab().script()), (Policy::SizeBased, script("every-ten")));
    run.seek_step(0);
    assert_eq!(run.lab().script(), "", "before it was written there was none");
}

#[test]
fn a_scripted_run_is_kept_and_replays_the_same() {
    for (key, name) in SCRIPTED {
        let mut first = played(key, name);
        let middle = first.step() / 2;
        first.seek_step(middle);
        first.act(TabletCommand::SetScript(script("size-based").to_owned())).expect("a fork");
        first.advance(SimTime::from_secs(600), 5_000);
        let file = RunFile {
            header: stored::header(LAB_TABLET, &first),
            branches: stored::all_entries(&first),
            original: None,
        };
        let bytes = file.encode().expect("it is whole");
        let file = RunFile::decode(&bytes).expect("it was written just now");
        let (again, verdict) = stored::replay::<TabletLab>(LAB_TABLET, &file).expect("of this lab");
        assert_eq!(verdict, Ok(()), "{key} {name}");
        assert_eq!(fingerprint(&again), fingerprint(&first), "{key} {name}");
    }
}

#[test]
fn a_fault_names_its_place_and_loads_go_on() {
    let mut run = scripted("small-loads", "let a = 1;\npick(rowsets[0].first, nowhere)");
    let live = run.lab().tablet().live_len();
    run.take_recent();
    run.advance(SimTime::from_secs(600), u64::MAX);
    let events = run.take_recent();
    let faults: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            TabletEvent::ScriptFailed { fault, .. } => Some((fault.kind, fault.line, fault.column)),
            _ => None,
        })
        .collect();
    assert_eq!(faults, vec![(FaultKind::Run, 2, 24); 10], "one a round");
    assert_eq!(run.lab().tablet().live_len(), live + 20, "a load every 30 s");
    assert!(!events.iter().any(|event| matches!(event, TabletEvent::Compacted { .. })));
    let refused = run.act(TabletCommand::CompactPick { kind: Kind::Cumulative }).expect_err("by hand too");
    assert_eq!((refused.key.as_str(), &refused.numbers[..2]), ("script", &[2, 24][..]));
    assert!(refused.text.starts_with("2:24: "), "{refused}");
    run.act(TabletCommand::CompactPick { kind: Kind::Full }).expect("everything is not the script's");
}

#[test]
fn a_script_that_cannot_be_read_is_not_set() {
    let mut run = scripted("small-loads", script("every-ten"));
    let before = fingerprint(&run);
    for (text, line, column) in [("let a = ;", 1, 9), ("\npick(1,", 2, 8)] {
        let refused = run.act(TabletCommand::SetScript(text.to_owned())).expect_err("it cannot be read");
        assert_eq!(
            (refused.key.as_str(), &refused.numbers[..2]),
            ("script", &[line, column][..]),
            "{refused}"
        );
    }
    let long = "// \n".repeat(5_000);
    assert!(run.act(TabletCommand::SetScript(long)).is_err());
    assert_eq!(fingerprint(&run), before);
}

/// What a script may not do to a tablet, asked of a real one.
#[test]
fn picks_that_cannot_be_carried_out_are_refused() {
    let kinds = [
        ("pick(3, 3)", FaultKind::Alone),
        ("pick(rowsets[0].last, rowsets[3].last)", FaultKind::Edges),
        ("pick(5, 2)", FaultKind::Edges),
        ("leave(\"\", 1)", FaultKind::Point),
        ("for r in rowsets { if r.delete { return pick(r.first - 1, r.last); } }", FaultKind::Delete),
        ("pick(rowsets[0].first, rowsets[rowsets.len - 1].last, \"\", 7777777)", FaultKind::Point),
    ];
    for (text, kind) in kinds {
        let mut run = scripted("empty", text);
        for _ in 0..4 {
            run.act(TabletCommand::Load { rows: 9, bytes: 900, segments: 1, overlapping: false })
                .expect("room");
        }
        run.act(TabletCommand::DeleteLoad).expect("room");
        let why = run.lab().selection(Kind::Cumulative).pick.why;
        assert_eq!(why.fault.map(|fault| fault.kind), Some(kind), "{text}");
    }
    let mut run = scripted("invisible-28082", "pick(rowsets[0].first, rowsets[rowsets.len - 1].last)");
    let knobs = Knobs { compact_invisible: false, policy: Policy::Own, ..run.lab().knobs().clone() };
    run.act(TabletCommand::SetKnobs(knobs)).expect("always possible");
    let fault = run.lab().selection(Kind::Cumulative).pick.why.fault;
    assert_eq!(fault.map(|fault| fault.kind), Some(FaultKind::Invisible));
}

/// A delete predicate goes only with all that lies before it, and is gone then; the point follows.
#[test]
fn everything_with_a_delete_predicate_becomes_one_rowset() {
    let mut run = scripted("empty", "pick(rowsets[0].first, rowsets[rowsets.len - 1].last, \"all\")");
    run.act(TabletCommand::Load { rows: 9, bytes: 900, segments: 1, overlapping: false }).expect("room");
    run.act(TabletCommand::DeleteLoad).expect("room");
    run.act(TabletCommand::CompactPick { kind: Kind::Cumulative }).expect("it picks");
    let live: Vec<_> = run.lab().tablet().live().map(|meta| (meta.range, meta.delete_predicate)).collect();
    assert_eq!(live, [(VersionRange::new(0, 3), false)]);
    assert_eq!(run.violation(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The example that rewrites the size-based policy picks what that picks, but for one rowset alone that
    /// reaches the promotion size: a script may not have a rowset merged with nothing.
    #[test]
    fn the_size_based_example_picks_what_the_policy_picks(
        sizes in prop::collection::vec((0_u32..31, 0_u64..1 << 20, 1_u32..4, prop::bool::weighted(0.03)), 0..40),
        base: u32,
    ) {
        tabletop_script::install();
        let rowset = |start, end, bytes, segments, delete| ScriptRowset {
            id: RowsetId(end as u64), range: VersionRange::new(start, end), bytes, rows: 1, segments,
            overlapping: segments > 1 && start == end, level: 0, created_at: SimTime::ZERO,
            delete_predicate: delete, visible: true,
        };
        let mut rowsets = vec![rowset(0, 1, base.into(), 1, false)];
        rowsets.extend(sizes.iter().zip(2..).map(|(&(power, more, segments, delete), version)| {
            rowset(version, version, (1 << power) + more, segments, delete)
        }));
        let config = Config::default();
        let promotion_bytes = size_based::promotion_bytes(base.into(), &config);
        let facts = TabletFacts { point: 2, promotion_bytes, ..TabletFacts::default() };
        let question = Question {
            script: script("size-based").to_owned(), base_round: false, now: SimTime::ZERO, facts, config,
            rowsets,
        };
        let own = select(&question, LastSuccess::default());
        prop_assert_eq!(&own.pick.why.fault, &None);
        let candidates: Vec<Candidate> = question.rowsets[1..].iter().map(|rowset| Candidate {
            id: rowset.id, range: rowset.range, bytes: rowset.bytes, data_bytes: rowset.bytes,
            segments: rowset.segments,
            overlap: if rowset.overlapping { tabletop_core::rowset::Overlap::Overlapping } else { tabletop_core::rowset::Overlap::NonOverlapping },
            created_at: rowset.created_at, level: 0, delete_predicate: rowset.delete_predicate, local: true,
        }).collect();
        let built_in = size_based::pick(&candidates.iter().collect::<Vec<_>>(), &facts, &question.config);
        let alone = |inputs: &[(RowsetId, VersionRange)]| {
            let [(id, _)] = inputs else { return false };
            candidates.iter().any(|one| one.id == *id && !one.is_overlapping())
        };
        let expected = if alone(&built_in.inputs) { Vec::new() } else { built_in.inputs };
        prop_assert_eq!(own.pick.inputs, expected, "{:?}", own.pick.why.said);
    }
}

//! Answers that cannot be carried out are refused with the place; no interpreter is needed for that.

use super::*;
use alloc::string::ToString;
use alloc::vec;

/// `[0-1] [2] [3] …` with a delete predicate at 5, and 8 not visible.
fn question(point: Version) -> Question {
    let rowset = |start, end| ScriptRowset {
        id: RowsetId(end as u64),
        range: VersionRange::new(start, end),
        bytes: 10,
        rows: 1,
        segments: 1,
        overlapping: end == 3,
        level: 0,
        created_at: SimTime::ZERO,
        delete_predicate: end == 5,
        visible: end < 8,
    };
    let mut rowsets = vec![rowset(0, 1)];
    rowsets.extend((2..9).map(|version| rowset(version, version)));
    Question {
        script: String::new(),
        base_round: false,
        now: SimTime::ZERO,
        facts: TabletFacts { point, visible: 7, ..TabletFacts::default() },
        config: Config::default(),
        rowsets,
    }
}

fn answer(merge: Option<(Version, Version)>, point: Option<Version>) -> Answer {
    Answer { merge: merge.map(|(start, end)| VersionRange::new(start, end)), point, why: String::new() }
}

#[test]
fn whole_rowsets_from_edge_to_edge_are_taken() {
    let question = question(2);
    assert_eq!(checked(&question, &answer(Some((2, 4)), None)), Ok((1..4, 2)));
    assert_eq!(checked(&question, &answer(Some((3, 3)), None)), Ok((2..3, 2)), "its segments overlap");
    assert_eq!(checked(&question, &answer(None, None)), Ok((0..0, 2)));
}

#[test]
fn the_point_goes_where_the_script_says_or_leaves_the_merged_rowset() {
    let question = question(4);
    assert_eq!(checked(&question, &answer(Some((2, 4)), None)), Ok((1..4, 5)), "it lay inside");
    assert_eq!(checked(&question, &answer(Some((6, 7)), Some(8))), Ok((6..8, 8)).map(|(_, p)| (5..7, p)));
    assert_eq!(checked(&question, &answer(None, Some(9))), Ok((0..0, 9)), "behind the newest");
    for (merge, point) in [(Some((6, 7)), 7), (None, 1), (None, 10), (None, -5)] {
        let refused = checked(&question, &answer(merge, Some(point)));
        assert_eq!(refused, Err(Fault::of(FaultKind::Point, [point, 0])), "{merge:?}");
    }
}

#[test]
fn what_cannot_be_merged_is_refused() {
    let question = question(2);
    let mut gap = question.clone();
    gap.rowsets.remove(2);
    let of = |question: &Question, start, end| {
        checked(question, &answer(Some((start, end)), None)).expect_err("it cannot be merged")
    };
    assert_eq!(of(&question, 1, 4), Fault::of(FaultKind::Edges, [1, 4]));
    assert_eq!(of(&question, 2, 99), Fault::of(FaultKind::Edges, [2, 99]));
    assert_eq!(of(&question, 4, 2), Fault::of(FaultKind::Edges, [4, 2]));
    assert_eq!(of(&question, i64::MAX, i64::MIN), Fault::of(FaultKind::Edges, [i64::MAX, i64::MIN]));
    assert_eq!(of(&gap, 2, 4), Fault::of(FaultKind::Gap, [3, 0]));
    assert_eq!(of(&question, 4, 6), Fault::of(FaultKind::Delete, [5, 0]));
    assert_eq!(of(&question, 6, 8), Fault::of(FaultKind::Invisible, [8, 7]));
    assert_eq!(of(&question, 2, 2), Fault::of(FaultKind::Alone, [2, 2]));
    assert_eq!(checked(&question, &answer(Some((0, 6)), None)), Ok((0..6, 7)), "with all before the delete");
}

#[test]
fn without_an_interpreter_nothing_is_picked_and_the_reason_is_told() {
    assert_eq!(check("leave()"), Err(Fault::of(FaultKind::Missing, [0; 2])));
    let long = " ".repeat(SCRIPT_BYTES_MAX + 1);
    assert_eq!(check(&long).expect_err("too long").kind, FaultKind::TooLong);
    let selection = select(&question(2), LastSuccess::default());
    assert_eq!((selection.pick.why.rule, selection.pick.inputs.len()), (Rule::OwnFailed, 0));
    let fault = selection.pick.why.fault.expect("it says why");
    assert_eq!(fault.kind, FaultKind::Missing);
    assert!(fault.to_string().contains("script part"), "{fault}");
    assert_eq!(selection.pick.why.rejected.iter().map(|run| run.count).sum::<u32>(), 8);
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    assert_eq!(shortened(String::from("because")), "because");
    let cut = shortened("版本".repeat(200));
    assert!(cut.len() < WHY_BYTES_MAX + 4 && cut.ends_with('…'), "{}", cut.len());
}

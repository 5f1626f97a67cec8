//! What a preview shows is what the command then does, in every standard workload under every policy.

use tabletop_core::base::SimTime;
use tabletop_core::compaction::{Policy, Rule};
use tabletop_core::draw::tablet::next;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::scenarios::{WORKLOADS, scenario};
use tabletop_core::lab::tablet::{Kind, Knobs, TabletCommand, TabletEvent, TabletLab};
use tabletop_core::view::tablet::TabletWindow;

const KINDS: [Kind; 3] = [Kind::Cumulative, Kind::Base, Kind::Full];

/// A lab of a scenario, played so far that every policy has something to weigh.
fn played(key: &str, policy: Policy, steps: usize) -> TabletLab {
    let mut config = scenario(key).expect("it exists").config;
    config.knobs = Knobs { policy, ..config.knobs };
    let mut lab = TabletLab::new(&config, 7);
    let mut out = Vec::new();
    for _ in 0..steps {
        lab.step(&mut out);
    }
    lab
}

/// Gives the command and compares it with what was shown.
fn compare(lab: &TabletLab, kind: Kind, told: &str) -> bool {
    let before = lab.digest();
    let shown = lab.preview(kind);
    assert_eq!(lab.digest(), before, "{told}: looking changed something");
    let (mut twin, mut out) = (lab.clone(), Vec::new());
    let done = twin.execute(&TabletCommand::CompactPick { kind }, &mut out);
    let compacted = out.iter().find_map(|event| match event {
        TabletEvent::Compacted { range, inputs, .. } => Some((*range, *inputs as usize)),
        _ => None,
    });
    assert_eq!(shown.pick.as_ref().map(|pick| (pick.range, pick.inputs.len())), compacted, "{told}");
    assert_eq!(done.is_err(), shown.pick.is_none() && shown.why.point.is_none(), "{told}: {done:?}");
    if let Some(to) = shown.why.point {
        let moved =
            out.iter().any(|event| matches!(event, TabletEvent::PointMoved { to: at, .. } if *at == to));
        assert!(moved, "{told}: the point was to move to {to}: {out:?}");
    }
    if let Some(pick) = &shown.pick {
        // A screen outlines what is live between the first and the last input.
        let live: Vec<_> =
            lab.tablet().live().map(|meta| meta.range).filter(|range| pick.range.contains(*range)).collect();
        assert_eq!(pick.inputs, live, "{told}");
        assert!(shown.why.rejected.iter().all(|stays| !stays.run.range.overlaps(pick.range)), "{told}");
        let score: u64 = shown.inputs.iter().map(|input| input.score).sum();
        assert!(shown.inputs.len() < pick.inputs.len() || score >= pick.score.min(1), "{told}");
        let ranges = shown.inputs.iter().map(|input| input.range);
        assert!(ranges.eq(pick.inputs.iter().take(shown.inputs.len()).copied()), "{told}");
        let bytes: u64 =
            lab.tablet().live().filter(|meta| pick.range.contains(meta.range)).map(|meta| meta.bytes).sum();
        assert_eq!(shown.bytes, Some(bytes), "{told}");
    }
    if let Some(waits) = &shown.waits {
        let own = lab.selection(kind);
        assert!(own.pick.inputs.is_empty() && own.pick.why.rule == waits.rule, "{told}");
    }
    shown.pick.is_some()
}

#[test]
fn a_preview_is_what_the_command_does() {
    for policy in Policy::ALL {
        let mut picked = [0; 3];
        for key in WORKLOADS {
            for steps in [1, 9, 40, 160, 700] {
                let lab = played(key, policy, steps);
                for (at, kind) in KINDS.into_iter().enumerate() {
                    let told = format!("{key}, {}, {steps} steps, {kind:?}", policy.key());
                    picked[at] += usize::from(compare(&lab, kind, &told));
                }
            }
        }
        assert!(picked[0] > 0 && picked[2] > 12, "{}: {picked:?}", policy.key());
    }
}

#[test]
fn what_the_scheduler_would_leave_says_so() {
    let mut lab = played("small-loads", Policy::SizeBased, 1);
    let mut out = Vec::new();
    let load = TabletCommand::Load { rows: 10, bytes: 1 << 20, segments: 1, overlapping: false };
    for _ in 0..3 {
        lab.execute(&load, &mut out).unwrap();
    }
    let shown = lab.preview(Kind::Cumulative);
    assert!(shown.pick.is_some_and(|pick| pick.inputs.len() >= 3));
    let waits = shown.waits.expect("three small rowsets are below the least score");
    assert_eq!(waits.rule, Rule::TooLittle);
    assert!(!waits.facts.is_empty());
    assert_eq!(lab.preview(Kind::Full).waits, None);
}

#[test]
fn the_text_says_what_is_next_and_what_stays() {
    let mut timeline = played("deletes", Policy::SizeBased, 0);
    let mut out = Vec::new();
    let load = TabletCommand::Load { rows: 10, bytes: 1 << 20, segments: 1, overlapping: false };
    for command in [&load, &load, &TabletCommand::DeleteLoad, &load] {
        timeline.execute(command, &mut out).unwrap();
    }
    timeline.idle(SimTime::from_secs(1));
    expect_test::expect![[r"
        next       [2-3]  2 rowsets, score 2: size_based, before-delete
          stays    [4-4]  1: delete
          stays    [5-5]  1: behind-delete
    "]]
    .assert_eq(&next(&timeline.view(&TabletWindow::ALL)));
}

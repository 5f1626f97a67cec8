//! What compactions would take, and two policies over the same loads.

use super::SessionOn;
use super::tests::block_on;
use crate::protocol::{Frame, PICKS, Picks, Reply, Request, Target};
use crate::store::MemoryStore;
use tabletop_core::compaction::Policy;
use tabletop_core::lab::Lab;
use tabletop_core::lab::tablet::{Kind, Knobs, TabletCommand, TabletLab};

type Memory = SessionOn<MemoryStore>;

fn session(scenario: &str) -> (Memory, Frame) {
    let mut session = SessionOn::over(MemoryStore::new("picks"), Box::new(|_| ()), || 1_000);
    let first = frame(&mut session, Request::New { scenario: scenario.into() });
    (session, first)
}

fn frame(session: &mut Memory, request: Request) -> Frame {
    match block_on(session.answer(request)) {
        Reply::Frame(frame) => *frame,
        other => panic!("no frame: {other:?}"),
    }
}

fn picks(session: &mut Memory) -> Picks {
    match block_on(session.answer(Request::Picks)) {
        Reply::Picks(picks) => *picks,
        other => panic!("no picks: {other:?}"),
    }
}

#[test]
fn looking_at_picks_changes_nothing_and_goes_with_the_cursor() {
    let (mut session, now) = session("steady");
    let here = picks(&mut session);
    assert_eq!((here.step, here.branch, here.of.len()), (now.state.step, now.state.branch, PICKS.len()));
    assert!(here.beside.is_empty());
    assert_eq!(
        here.shown(Kind::Full, false)
            .and_then(|shown| shown.pick.as_ref())
            .map(|pick| pick.inputs.len() as u64),
        Some(now.view.totals.live)
    );
    let past = frame(&mut session, Request::Seek(Target::Step(now.state.step / 2)));
    let then = picks(&mut session);
    assert_eq!(then.step, past.state.step);
    assert_ne!(then.of, here.of);
    let again = frame(&mut session, Request::Seek(Target::Step(now.state.step)));
    assert_eq!(again.state.digest, now.state.digest);
    assert_eq!(picks(&mut session), here);
}

#[test]
fn a_turned_knob_shows_in_the_next_picks() {
    let (mut session, now) = session("small-loads");
    let before = picks(&mut session);
    let knobs = Knobs { policy: Policy::TimeSeries, ..now.knobs };
    frame(&mut session, Request::Act(TabletCommand::SetKnobs(knobs)));
    let after = picks(&mut session);
    assert_eq!(after.of[0].why.policy, Policy::TimeSeries);
    assert_ne!(before.of[0], after.of[0]);
}

/// Bytes loaded, as both metrics tell them: what was written over what was written for each byte.
fn loads(session: &mut Memory) -> [u64; 2] {
    let frame = frame(session, Request::Seek(Target::By(0)));
    let beside = frame.beside.expect("compared");
    [frame.view.max_version as u64, beside.frame.view.max_version as u64]
}

#[test]
fn another_policy_sees_the_same_loads_and_stays_when_the_run_turns_other_knobs() {
    let (mut session, _) = session("small-loads");
    let now = frame(&mut session, Request::Seek(Target::By(0)));
    // The run turns a knob half way, with all others as they were.
    frame(
        &mut session,
        Request::Act(TabletCommand::SetKnobs(Knobs { sweep_after_s: 60, ..now.knobs.clone() })),
    );
    let now = frame(&mut session, Request::Advance { micros: 600_000_000, max_steps: 10_000 });
    let knobs = Knobs { policy: Policy::TimeSeries, ..now.knobs.clone() };
    let command = TabletCommand::SetKnobs(knobs);
    let both = frame(&mut session, Request::Again { name: "time series".into(), command });
    let beside = both.beside.expect("it is held beside");
    assert_eq!(both.knobs.policy, Policy::SizeBased);
    assert_eq!(beside.frame.knobs.policy, Policy::TimeSeries, "the later command did not turn it back");
    assert_eq!(beside.frame.knobs.sweep_after_s, 60, "and is obeyed");
    assert_eq!(beside.frame.state.now, both.state.now);
    let [a, b] = loads(&mut session);
    assert_eq!(a, b, "the same loads");
    // At the start the other knobs are what they were then.
    let start = frame(&mut session, Request::Seek(Target::Step(3)));
    let beside = start.beside.expect("still beside");
    assert_eq!(beside.frame.knobs.sweep_after_s, start.knobs.sweep_after_s);
    assert_eq!(beside.frame.knobs.policy, Policy::TimeSeries);
    let column = TabletLab::METRICS.iter().position(|name| *name == "live_rowsets").expect("a metric");
    frame(&mut session, Request::Seek(Target::End));
    let end = frame(&mut session, Request::Seek(Target::By(0))).beside.expect("beside");
    assert_ne!(end.metrics[0][column], end.metrics[1][column], "two policies, two tablets");
    assert_eq!(picks(&mut session).beside.len(), PICKS.len());
}

#[test]
fn a_version_limit_is_told_with_the_count() {
    let (mut session, now) = session("many-small");
    assert_eq!(now.view.totals.version_limit, u64::from(now.knobs.max_versions));
    let knobs = Knobs { max_versions: 10, ..now.knobs };
    let mut last = frame(&mut session, Request::Act(TabletCommand::SetKnobs(knobs)));
    for _ in 0..20 {
        last = frame(&mut session, Request::Advance { micros: 5_000_000, max_steps: 500 });
    }
    assert_eq!(last.view.totals.version_limit, 10);
    assert!(last.view.totals.too_many > 0, "{:?}", last.view.totals);
}

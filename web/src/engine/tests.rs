//! Sessions over a store in memory: what is answered, what is kept.

use super::SessionOn;
use crate::protocol::{Frame, Reply, Request, SaveState, Target};
use crate::store::{MemoryStore, RunStore, StoreError};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use tabletop_core::base::{SimTime, VersionRange};
use tabletop_core::lab::tablet::{Kind, TabletCommand};
use tabletop_core::view::tablet::ReadState;

/// Futures over memory are ready at once.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

type Memory = SessionOn<MemoryStore>;

fn session() -> Memory {
    SessionOn::over(MemoryStore::new("tests"), Box::new(|_| ()), || 1_000)
}

fn frame(session: &mut Memory, request: Request) -> Frame {
    match block_on(session.answer(request)) {
        Reply::Frame(frame) => *frame,
        other => panic!("no frame: {other:?}"),
    }
}

fn failed(session: &mut Memory, request: Request) -> String {
    match block_on(session.answer(request)) {
        Reply::Failed { text } => text,
        other => panic!("did not fail: {other:?}"),
    }
}

fn load() -> Request {
    Request::Act(TabletCommand::Load { rows: 1, bytes: 1 << 20, segments: 1, overlapping: false })
}

#[test]
fn a_new_user_sees_the_incident() {
    let frame = frame(&mut session(), Request::Start);
    assert_eq!(frame.state.scenario, "incident");
    assert!(matches!(frame.view.reads[0].state, ReadState::Failed { code: -230, .. }));
    assert_eq!(frame.view.live.len(), 22);
}

#[test]
fn what_was_saved_is_there_after_a_reload() {
    let mut first = session();
    frame(&mut first, Request::New { scenario: "steady".into() });
    frame(&mut first, Request::Act(TabletCommand::CompactPick { kind: Kind::Full }));
    frame(&mut first, Request::Advance { micros: 90_000_000, max_steps: 10_000 });
    frame(&mut first, Request::Seek(Target::Step(50)));
    let forked = frame(&mut first, load());
    frame(&mut first, Request::Mark("here".into()));
    assert_eq!(forked.state.branches.len(), 2);
    block_on(first.settle());
    let last = frame(&mut first, Request::Seek(Target::By(-3)));
    block_on(first.answer(Request::Save));

    let store = first.store.take().expect("it was given").reload();
    let mut second = SessionOn::over(store, Box::new(|_| ()), || 2_000);
    let again = frame(&mut second, Request::Start);
    assert_eq!(again.state.digest, last.state.digest);
    assert_eq!((again.state.step, again.state.now), (last.state.step, last.state.now));
    assert_eq!(again.state.branches, last.state.branches);
    assert_eq!(again.state.markers, last.state.markers);
    assert_eq!(again.state.notice, None);
}

#[test]
fn a_failed_save_keeps_work_in_memory_and_can_be_tried_again() {
    let mut session = session();
    frame(&mut session, Request::New { scenario: "empty".into() });
    block_on(session.settle());
    let quota = StoreError::Quota { why: "full".into() };
    session.store_mut().expect("open").disk_mut().fail_next(quota);
    frame(&mut session, load());
    block_on(session.settle());
    assert!(session.kept.failed.as_ref().is_some_and(|(_, quota)| *quota));
    assert_eq!(session.unsaved(), 1);
    let after = frame(&mut session, load());
    assert_eq!(after.state.step, 2);
    block_on(session.answer(Request::Save));
    assert_eq!((session.unsaved(), session.kept.failed.is_none()), (0, true));
}

#[test]
fn a_second_tab_reads_and_may_take_over() {
    let mut first = session();
    frame(&mut first, Request::New { scenario: "empty".into() });
    frame(&mut first, load());
    block_on(first.settle());
    let store = first.store_mut().expect("open").second_tab();
    let mut second = SessionOn::over(store, Box::new(|_| ()), || 1_000);
    let seen = frame(&mut second, Request::Start);
    assert_eq!((seen.state.save, seen.state.step), (SaveState::ReadOnly, 1));
    assert!(failed(&mut second, load()).contains("Another tab"));
    frame(&mut second, Request::TakeOver);
    let acted = frame(&mut second, load());
    block_on(second.settle());
    assert_eq!((acted.state.step, second.unsaved()), (2, 0));
    // The first tab is fenced: it cannot write over what the second one did.
    assert!(failed(&mut first, load()).contains("Another tab"));
}

#[test]
fn undo_and_redo_walk_through_branches() {
    let mut session = session();
    frame(&mut session, Request::New { scenario: "empty".into() });
    for _ in 0..3 {
        frame(&mut session, load());
    }
    let full = frame(&mut session, Request::Window(tabletop_core::view::tablet::TabletWindow::ALL));
    let back = frame(&mut session, Request::Undo);
    assert_eq!((back.state.step, back.state.can_redo), (2, true));
    let again = frame(&mut session, Request::Redo);
    assert_eq!(again.state.digest, full.state.digest);
    frame(&mut session, Request::Undo);
    let forked = frame(&mut session, Request::Act(TabletCommand::DeleteLoad));
    assert_eq!((forked.state.branches.len(), forked.state.branch.0, forked.state.can_redo), (2, 1, false));
    let undone = frame(&mut session, Request::Undo);
    assert_eq!((undone.state.branch.0, undone.state.step), (0, 2));
}

#[test]
fn a_version_s_fate_names_the_step_that_took_it() {
    let mut session = session();
    frame(&mut session, Request::New { scenario: "before-4017".into() });
    let merged = match block_on(session.answer(Request::Fate { version: 3, started_at: None })) {
        Reply::Fate(fate) => fate,
        other => panic!("{other:?}"),
    };
    let (step, _, event) = merged.lost.expect("it was merged");
    assert!(merged.path.is_none() && merged.visible.is_some_and(|(visible, _)| visible < step));
    assert!(matches!(event, Some(tabletop_core::lab::tablet::TabletEvent::Compacted { range, .. })
        if range.contains(VersionRange::single(3))));
    let newest = session.run().expect("open").timeline.lab().newest();
    match block_on(session.answer(Request::Fate { version: newest, started_at: Some(SimTime::ZERO) })) {
        Reply::Fate(fate) => assert!(fate.path.is_some() && fate.started == Some((SimTime::ZERO, false))),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_file_goes_round() {
    let mut session = session();
    frame(&mut session, Request::New { scenario: "steady".into() });
    let before = frame(&mut session, load());
    let Reply::File { bytes, .. } = block_on(session.answer(Request::Export(before.state.run))) else {
        panic!("no file");
    };
    let after = frame(&mut session, Request::OpenFile(bytes.clone()));
    assert_ne!(after.state.run, before.state.run);
    assert_eq!(after.state.digest, before.state.digest);
    let mut bad = bytes;
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    assert!(failed(&mut session, Request::OpenFile(bad)).contains("run file"));
}

#[test]
fn bad_text_is_refused_and_the_run_stays() {
    let mut session = session();
    let before = frame(&mut session, Request::New { scenario: "steady".into() });
    let text = b"{\"rowsets\": [\n  \"[2-1] nonsense\"".to_vec();
    match block_on(session.answer(Request::Preview { name: String::new(), text })) {
        Reply::ImportFailed { line, .. } => assert_eq!(line, 2),
        other => panic!("{other:?}"),
    }
    let after = frame(&mut session, Request::Seek(Target::By(0)));
    assert_eq!(after.state.digest, before.state.digest);
    assert!(failed(&mut session, Request::PlayPreview).contains("pasted"));
}

#[test]
fn playing_past_the_head_makes_the_branch_longer_and_seeking_does_not() {
    let mut session = session();
    let start = frame(&mut session, Request::New { scenario: "steady".into() });
    let played = frame(&mut session, Request::Advance { micros: 30_000_000, max_steps: 1_000 });
    assert!(played.state.step > start.state.step && played.continues && played.steps > 0);
    assert!(!played.events.is_empty());
    let head = played.state.branches[0].head_step;
    let sought = frame(&mut session, Request::Seek(Target::Start));
    assert_eq!((sought.state.branches[0].head_step, sought.continues), (head, false));
    assert!(matches!(block_on(session.store_mut().expect("open").list()), Ok(runs) if runs.len() <= 1));
}

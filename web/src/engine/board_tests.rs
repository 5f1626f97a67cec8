//! Sessions of a lab of boards over a store in memory.

use super::boards::{self, BoardDesk};
use super::tests::block_on;
use super::{SessionOn, TabletDesk, reader};
use crate::board::protocol::{LabInfo, Picture, Said, Wish};
use crate::protocol::{BoardFrame, BranchId, Reply, Request, RunId, Target};
use crate::store::{MemoryStore, RunStore};
use crate::unpack;
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::Value;
use tabletop_core::lab::stored::{LAB_CLUSTER, LAB_INODE, LAB_LOAD, LAB_TABLET};
use tabletop_core::view::board::{BoardWindow, ItemId, Tone};

type Memory = SessionOn<MemoryStore, BoardDesk>;

fn session() -> Memory {
    SessionOn::at(boards::labs(), MemoryStore::new("boards"), Box::new(|_| ()), || 1_000)
}

fn frame<D: super::Desk>(session: &mut SessionOn<MemoryStore, D>, request: Request) -> (BoardFrame, Picture) {
    match block_on(session.answer(request)) {
        Reply::Board(frame) => {
            let picture = unpack::board::picture(&frame.picture);
            let again: Picture = postcard::from_bytes(&frame.picture).expect("as serde reads it");
            assert_eq!(picture, again, "both readers agree");
            (*frame, picture)
        }
        other => panic!("no frame: {other:?}"),
    }
}

fn wish(wish: &Wish) -> Request {
    Request::Board(postcard::to_allocvec(wish).expect("it can be packed"))
}

fn said(session: &mut Memory, request: Request) -> Said {
    match block_on(session.answer(request)) {
        Reply::BoardSaid(bytes) => {
            let said = unpack::board::said(&bytes);
            assert_eq!(postcard::from_bytes::<Said>(&bytes).expect("as serde reads it"), said);
            said
        }
        other => panic!("nothing said: {other:?}"),
    }
}

fn info(session: &mut Memory, zh: bool) -> LabInfo {
    match said(session, wish(&Wish::Lab { zh })) {
        Said::Lab(info) => *info,
        other => panic!("{other:?}"),
    }
}

/// The first knob that is a number of the load lab.
fn threads(picture: &Picture, info: &LabInfo) -> Value {
    let at = info.knobs.iter().position(|knob| knob.field.key == "threads").expect("it has threads");
    picture.face.knobs[at].clone()
}

#[test]
fn a_lab_is_entered_played_and_described() {
    let mut session = session();
    let (frame, picture) = frame(&mut session, Request::Enter(LAB_LOAD));
    assert_eq!((frame.state.lab, frame.state.scenario.as_str()), (LAB_LOAD, "seed-figure"));
    assert!(picture.face.board.spans.len() > 10 && picture.face.board.lanes.len() > 2);
    let (en, zh) = (info(&mut session, false), info(&mut session, true));
    assert_eq!((en.words.len(), en.key.as_str()), (zh.words.len(), "load"));
    assert_ne!(en.words, zh.words);
    assert_eq!(picture.face.knobs.len(), en.knobs.len());
    let item = picture.face.board.spans.iter().rev().find(|span| span.id != ItemId::NONE).expect("a span").id;
    match said(&mut session, wish(&Wish::Explain(item))) {
        Said::Explained(about, told) => assert!(about == item && !told.is_empty(), "{told:?}"),
        other => panic!("{other:?}"),
    }
    match said(&mut session, Request::Events { count: 50 }) {
        Said::Events(events) => assert!(!events.is_empty()),
        other => panic!("{other:?}"),
    }
    match block_on(session.answer(Request::Text)) {
        Reply::Text(text) => assert!(text.lines().count() > 5, "{text}"),
        other => panic!("{other:?}"),
    }
    let narrow = BoardWindow { until: SimTime(1_000_000), ..BoardWindow::ALL };
    let (_, part) = self::frame(&mut session, wish(&Wish::Window(narrow)));
    assert!(part.face.board.spans.len() < picture.face.board.spans.len());
}

#[test]
fn verbs_and_knobs_are_commands_that_undo_and_a_reload_keeps() {
    let mut session = session();
    let (start, before) = frame(&mut session, Request::Enter(LAB_LOAD));
    let info = info(&mut session, false);
    let verb = info.verbs.iter().find(|verb| verb.key == "load").expect("it loads");
    let values = verb.arguments.iter().map(|field| field.default.clone()).collect();
    let (acted, _) = frame(&mut session, wish(&Wish::Act { verb: "load".into(), values }));
    assert_eq!((acted.state.step, acted.continues), (start.state.step + 1, true));
    let turn = Wish::Turn { knob: "threads".into(), value: Value::Number(3) };
    let (turned, picture) = frame(&mut session, wish(&turn));
    assert_eq!(threads(&picture, &info), Value::Number(3));
    assert_ne!(threads(&before, &info), Value::Number(3));
    let wrong = wish(&Wish::Turn { knob: "threads".into(), value: Value::Number(-1) });
    assert!(matches!(block_on(session.answer(wrong)), Reply::Rejected(_)));
    let (undone, picture) = frame(&mut session, Request::Undo);
    assert_eq!((undone.state.step, threads(&picture, &info)), (acted.state.step, threads(&before, &info)));
    let (redone, _) = frame(&mut session, Request::Redo);
    assert_eq!(redone.state.digest, turned.state.digest);
    block_on(session.answer(Request::Save));
    let store = session.store.take().expect("it was given").reload();
    let mut second = SessionOn::at(boards::labs(), store, Box::new(|_| ()), || 2_000);
    let (again, _) = frame(&mut second, Request::Start);
    assert_eq!((again.state.digest, again.state.run), (redone.state.digest, redone.state.run));
    assert_eq!(again.state.notice, None);
}

#[test]
fn the_same_loads_with_another_knob_stand_beside_at_the_same_moment() {
    let mut session = session();
    let (start, _) = frame(&mut session, Request::Enter(LAB_LOAD));
    let info = info(&mut session, false);
    let again = Wish::Again { name: "1 thread".into(), knob: "threads".into(), value: Value::Number(1) };
    let (compared, picture) = frame(&mut session, wish(&again));
    assert_eq!((compared.state.branch, compared.state.beside), (BranchId(0), Some(BranchId(1))));
    assert_eq!((compared.state.step, compared.state.now), (start.state.step, start.state.now));
    assert_eq!(compared.state.branches[1].name, "1 thread");
    let beside = picture.beside.expect("it is beside");
    assert_eq!(beside.face.board.now, compared.state.now);
    assert_eq!(beside.metrics[0].len(), info.metrics.len());
    let at = info.knobs.iter().position(|knob| knob.field.key == "threads").expect("it has threads");
    assert_eq!(beside.face.knobs[at], Value::Number(1));
    for micros in [3_000_000, 11_000_000, 7_500_000] {
        let (sought, picture) = frame(&mut session, Request::Seek(Target::Time(SimTime(micros))));
        let beside = picture.beside.expect("it is beside");
        assert_eq!((sought.state.now, beside.face.board.now), (SimTime(micros), SimTime(micros)));
    }
    assert!(
        matches!(block_on(session.answer(Request::Beside)), Reply::Beside(Some(series)) if !series.steps.is_empty())
    );
    let (swapped, picture) = frame(&mut session, Request::Switch(BranchId(1)));
    assert_eq!((swapped.state.branch, swapped.state.beside), (BranchId(1), Some(BranchId(0))));
    assert_eq!(picture.beside.expect("it is beside").face.board.now, swapped.state.now);
    let (ended, picture) = frame(&mut session, Request::Compare(None));
    assert!(ended.state.beside.is_none() && picture.beside.is_none());
}

#[test]
fn a_run_of_another_lab_is_elsewhere_and_the_store_goes_along() {
    let mut tablet =
        SessionOn::at(TabletDesk::new(reader::here), MemoryStore::new("both"), Box::new(|_| ()), || 1_000);
    let Reply::Frame(first) = block_on(tablet.answer(Request::Start)) else { panic!("no frame") };
    block_on(tablet.settle());
    assert!(matches!(
        block_on(tablet.answer(Request::Enter(LAB_LOAD))),
        Reply::Elsewhere { lab: LAB_LOAD, run: None }
    ));
    let store = tablet.store.take().expect("it was given").reload();
    let mut labs = SessionOn::at(boards::labs(), store, Box::new(|_| ()), || 2_000);
    let (entered, _) = frame(&mut labs, Request::Enter(LAB_LOAD));
    block_on(labs.answer(Request::Save));
    assert_ne!(entered.state.run, first.state.run);
    match block_on(labs.answer(Request::Open(first.state.run))) {
        Reply::Elsewhere { lab: LAB_TABLET, run } => assert_eq!(run, Some(first.state.run)),
        other => panic!("{other:?}"),
    }
    let runs = block_on(labs.store_mut().expect("open").list()).expect("it lists");
    let mut kinds: Vec<(RunId, u8)> = runs.iter().map(|run| (run.id, run.lab)).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [(first.state.run, LAB_TABLET), (entered.state.run, LAB_LOAD)]);
    let Reply::File { bytes, .. } = block_on(labs.answer(Request::Export(first.state.run))) else {
        panic!("no file")
    };
    match block_on(labs.answer(Request::OpenFile(bytes))) {
        Reply::Elsewhere { lab: LAB_TABLET, run: Some(laid) } => assert_ne!(laid, first.state.run),
        other => panic!("{other:?}"),
    }
    assert!(matches!(block_on(labs.answer(Request::Leave)), Reply::Left));
    assert!(labs.store.is_none(), "another worker may write");
}

#[test]
fn a_lost_append_is_red_on_the_page_and_our_own_rows_are_not() {
    let mut session = session();
    frame(&mut session, Request::Enter(LAB_INODE));
    for (scenario, broken) in [("lost-append", true), ("own-design", false)] {
        let (frame, picture) = frame(&mut session, Request::New { scenario: scenario.into() });
        let named = frame.state.violation.as_ref().map(|(_, violation)| violation.invariant.as_str());
        assert_eq!(named, broken.then_some("content is kept"), "{scenario}");
        let mut segments = picture.face.board.strips[0].layers.iter().flat_map(|layer| &layer.segments);
        assert_eq!(segments.any(|segment| segment.tone == Tone::Bad), broken, "{scenario}");
    }
}

#[test]
fn what_a_scenario_breaks_on_its_way_is_red_when_it_opens() {
    let mut session = session();
    frame(&mut session, Request::Enter(LAB_CLUSTER));
    for (scenario, broken) in [
        ("baseline", None),
        ("incident-55630", Some("nothing-lost")),
        ("earlier-ignored", Some("nothing-lost")),
        ("point-back", Some("never-ahead")),
    ] {
        let (frame, _) = frame(&mut session, Request::New { scenario: scenario.into() });
        let state = frame.state;
        let named = state.violation.as_ref().map(|(step, violation)| (*step, violation.invariant.as_str()));
        assert_eq!(
            named,
            broken.map(|invariant| (state.step, invariant)),
            "{scenario} stops where it breaks"
        );
    }
    // Whoever wants to see what comes of it switches the checkers off.
    let (before, _) = self::frame(&mut session, Request::Checkers(false));
    let (after, _) = self::frame(&mut session, Request::Advance { micros: 1_000_000, max_steps: 100 });
    assert!(before.state.violation.is_none() && after.state.step > before.state.step);
}

//! Both ways of reading give the same; compared by their debug text, which names every field.

use super::answer;
use crate::engine::SessionOn;
use crate::protocol::{
    Answer, Both, Notice, PreviewInfo, PreviewNote, PreviewSaid, Reply, Request, RunId, RunInfo, SaveState,
    Target,
};
use crate::store::MemoryStore;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use tabletop_core::base::{Digest, PathId, ReaderId, RowsetId, SimTime, VersionRange};
use tabletop_core::compaction::script::{Fault, FaultKind};
use tabletop_core::compaction::{Fact, Policy, Reason, Rejected, Rule};
use tabletop_core::lab::Rejection;
use tabletop_core::lab::tablet::{Idle, Kind, Knobs, TabletCommand, TabletEvent};
use tabletop_core::view::tablet::{RejectedView, WhyView};

/// Runs a future that never waits.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the session waits"),
    }
}

fn session() -> SessionOn<MemoryStore> {
    SessionOn::over(MemoryStore::new("unpack"), Box::new(|_| ()), || 1_700_000_000_000)
}

fn both() -> Both {
    Both { en: "why".into(), zh: "为什么".into() }
}

fn same(reply: Reply) {
    let sent = Answer { number: 300, reply };
    let bytes = postcard::to_allocvec(&sent).expect("written");
    assert_eq!(format!("{:?}", answer(&bytes)), format!("{sent:?}"));
}

#[test]
fn whole_runs_are_read_as_serde_reads_them() {
    let mut session = session();
    for key in
        ["incident", "steady", "by-size", "orphan-5526", "crossing", "empty", "mixed", "invisible-28082"]
    {
        let mut ask = |request| same(block_on(session.answer(request)));
        ask(Request::New { scenario: key.into() });
        assert!(matches!(block_on(session.answer(Request::Save)), Reply::Frame(_)), "{key}");
        let mut ask = |request| same(block_on(session.answer(request)));
        for act in [TabletCommand::Restart, TabletCommand::SetKnobs(Knobs::default())] {
            ask(Request::Act(act));
        }
        for _ in 0..40 {
            ask(Request::Advance { micros: 5_000_000, max_steps: 50 });
        }
        for request in [
            Request::Seek(Target::By(-9)),
            Request::Fork { name: "side".into() },
            Request::Mark("flag".into()),
            Request::Events { count: 500 },
            Request::Series,
            Request::Picks,
            Request::Text,
            Request::Runs,
            Request::Fate { version: 3, started_at: None },
            Request::Rowset(RowsetId(1)),
            Request::Rowset(RowsetId(4)),
            Request::Export(RunId(1)),
        ] {
            ask(request);
        }
    }
}

#[test]
fn rare_answers_are_read_as_serde_reads_them() {
    same(Reply::Rejected(Rejection {
        code: -2000,
        key: "k".into(),
        numbers: vec![i64::MIN, 7],
        text: "t".into(),
    }));
    for save in [
        SaveState::Saved { bytes: u64::MAX },
        SaveState::Saving { commands: 3 },
        SaveState::Failed { commands: 1, why: "w".into(), quota: true },
        SaveState::ReadOnly,
        SaveState::InMemory { why: "为什么".into() },
    ] {
        same(Reply::Save(save));
    }
    same(Reply::File { name: "n".into(), bytes: vec![0, 255, 128] });
    same(Reply::ImportFailed { line: 1, column: 2, said: both() });
    same(Reply::Failed { text: "f".into() });
    same(Reply::Runs {
        runs: vec![RunInfo {
            id: RunId(9),
            lab: 2,
            name: "n".into(),
            steps: 1,
            bytes: 2,
            branches: 3,
            saved_at_ms: 4,
            trashed: true,
            imported: true,
        }],
        scenarios: Vec::new(),
    });
    let note = |said| PreviewNote { warning: true, said, line: 1, column: 2 };
    same(Reply::Preview(Box::new(PreviewInfo {
        live: 1,
        max_version: -1,
        stale_paths: 2,
        cumulative_point: Some(4),
        policy: Some("size_based".into()),
        ungrouped: 3,
        missing: vec![VersionRange::new(2, 5)],
        notes: vec![
            note(PreviewSaid::NotTold(2, 9)),
            note(PreviewSaid::More(4)),
            note(PreviewSaid::Text(both())),
        ],
    })));
}

#[test]
fn every_event_and_notice_is_read_as_serde_reads_it() {
    let range = VersionRange::new(2, 5);
    let (path, reader, rowset) = (PathId(7), ReaderId(8), RowsetId(9));
    let events = vec![
        TabletEvent::Loaded { rowset, version: 1, bytes: 2, delete: true },
        TabletEvent::LoadRefused { count: 1, limit: 2 },
        TabletEvent::Compacted {
            kind: Kind::Full,
            inputs: 1,
            range,
            output: rowset,
            path: Some(path),
            bytes: 3,
        },
        TabletEvent::CompactionIdle {
            kind: Kind::Cumulative,
            why: Idle { rule: Rule::ByHand, code: -808, candidates: 300, score: 4, invisible: 5 },
        },
        TabletEvent::Visible { version: 7 },
        TabletEvent::ScriptSet { bytes: 300, digest: Digest(5) },
        TabletEvent::ScriptSaid { text: "因为".into() },
        TabletEvent::ScriptFailed { kind: Kind::Base, fault: Fault::of(FaultKind::Steps, [i64::MAX, 0]) },
        TabletEvent::PointMoved { from: 1, to: 2, past_delete: true },
        TabletEvent::ReaderStarted { reader, version: 1, captures_at: SimTime(2) },
        TabletEvent::Served { reader, version: 1, stops: 2, stale: 3 },
        TabletEvent::Failed { reader, version: 1, code: -230, stuck_at: 4 },
        TabletEvent::PathSwept { path, range, rowsets: 1, bytes: 2 },
        TabletEvent::SweptNothing { next: Some(SimTime(3)) },
        TabletEvent::SweepStopped { missing: 4 },
        TabletEvent::GraphRebuilt { before: 1, after: 2 },
        TabletEvent::Restarted { paths: 1, readers_lost: 2 },
        TabletEvent::KnobsSet,
        TabletEvent::WorkloadSet,
    ];
    let reasons = [
        Reason::LevelAbove { level: 1 << 40, rest: 2 },
        Reason::Delete,
        Reason::BehindDelete,
        Reason::OverMaxScore { max: 300 },
        Reason::Enough,
        Reason::Invisible { visible: -7 },
        Reason::BeyondGap,
        Reason::Remote,
        Reason::OldInSchemaChange,
        Reason::LargeAlready,
        Reason::Alone,
        Reason::CompactedAlready,
        Reason::YoungLevel,
        Reason::NotInRun,
        Reason::NotDue,
    ];
    let run = |reason| RejectedView { run: Rejected { range, count: 300, reason }, x0: 1, x1: 2 };
    let whys = Policy::ALL
        .into_iter()
        .chain([Policy::Own])
        .flat_map(|policy| Rule::ALL.iter().map(move |&rule| (policy, rule)));
    for (policy, rule) in whys {
        let Reply::Frame(mut frame) = block_on(session().answer(Request::New { scenario: "empty".into() }))
        else {
            panic!("no frame")
        };
        frame.view.why = WhyView {
            policy,
            rule,
            code: -2010,
            facts: Fact::ALL.iter().map(|&fact| (fact, i64::MIN)).collect(),
            rejected: reasons.into_iter().map(run).collect(),
            point: Some(5),
            said: "because".into(),
            fault: FaultKind::ALL.last().map(|&kind| Fault {
                line: 3,
                column: 70_000,
                ..Fault::of(kind, [-1, 2])
            }),
        };
        same(Reply::Frame(frame));
    }
    let notices = [
        Notice::TailCut { kept: 1, why: "w".into() },
        Notice::OtherCore { step: 1, recorded: Digest(2), replayed: Digest(3) },
        Notice::StoreLost,
        Notice::NewerFormat { format: 4 },
        Notice::NotOpened { why: "w".into() },
    ];
    let mut session = session();
    for notice in notices {
        let Reply::Frame(mut frame) = block_on(session.answer(Request::New { scenario: "empty".into() }))
        else {
            panic!("no frame")
        };
        frame.state.notice = Some(notice);
        frame.events.clone_from(&events);
        same(Reply::Frame(frame));
    }
}

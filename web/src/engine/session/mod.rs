//! A session: one open run over one store, answering requests in order.
//!
//! Saving is not part of answering. [`SessionOn::handle`] changes memory and answers at once;
//! [`SessionOn::settle`] then writes what is new in one transaction and says so. A frame says
//! `Saving` until that transaction is complete.

mod among_runs;
mod saving;

use super::answers;
use super::desk::{Begun, Desk, Did, Moved, NO_RUN, READ_ONLY};
use super::line::Line;
use super::moves::{clean, mark, seek};
use super::open_run::OpenRun;
use super::reader;
use super::tablet::TabletDesk;
use crate::protocol::{Notice, Reply, Request, RunId};
use crate::store::{AnyStore, Condition, RunStore, SaveBatch, StoreError, Tail, open};
use saving::{Kept, told};
use tabletop_core::base::SimTime;
use tabletop_core::lab::timeline::Differs;
use tabletop_core::record::RunFile;

/// Steps between two looks at the clock while playing.
const STEPS_PER_LOOK: u32 = 2_048;
/// Wall time that one [`Request::Advance`] may take, ms: a frame's worth.
const ADVANCE_MS: u64 = 12;
/// Steps that the branch beside may be behind before it is caught up in more than one frame.
const FOLLOW_STEPS: u64 = 2_000_000;

/// A run that was played again, and whether it came out as recorded.
type Replayed<T> = (OpenRun<T>, Result<(), Differs>);

/// A session over the browser's store.
pub type Session<D> = SessionOn<AnyStore, D>;

/// One open run over one store, of the labs at a desk.
pub struct SessionOn<S, D: Desk = TabletDesk> {
    pub(super) store: Option<S>,
    pub(super) desk: D,
    push: Box<dyn Fn(Reply)>,
    clock: fn() -> u64,
    run: Option<OpenRun<D::Run>>,
    /// The lab that new runs are of.
    lab: u8,
    pub(super) kept: Kept,
    /// Counts everything that a save would write.
    changes: u64,
    /// Commands and their like, as opposed to mere playing: saved at once.
    urgent: bool,
    notice: Option<Notice>,
    /// Step of the last frame, and whether the next one continues it.
    shown: (u64, bool),
    checkers: bool,
    /// The page has left for another lab: nothing is opened any more.
    left: bool,
    /// The store's condition as the page was last told.
    seen: Option<Condition>,
}

impl<S, D: Desk> core::fmt::Debug for SessionOn<S, D> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SessionOn").field("run", &self.run.as_ref().map(|run| run.id)).finish_non_exhaustive()
    }
}

impl<D: Desk> SessionOn<AnyStore, D> {
    /// A session that opens the browser's store with the first request. `push` gets what nobody
    /// asked for; `clock` tells Unix milliseconds.
    pub fn new(desk: D, push: Box<dyn Fn(Reply)>, clock: fn() -> u64) -> Self {
        Self::empty(desk, push, clock)
    }

    /// Answers a request.
    pub async fn handle(&mut self, request: Request) -> Reply {
        if self.store.is_none() && !self.left {
            let opened = open(DATABASE).await;
            self.store = Some(opened.store);
            self.notice = opened.notice;
        }
        self.answer(request).await
    }
}

/// Name of the database.
const DATABASE: &str = "tabletop";

impl<S: RunStore> SessionOn<S> {
    /// A session of the tablet lab over a given store, that reads pasted text itself.
    pub fn over(store: S, push: Box<dyn Fn(Reply)>, clock: fn() -> u64) -> Self {
        Self::at(TabletDesk::new(reader::here), store, push, clock)
    }
}

impl<S: RunStore, D: Desk> SessionOn<S, D> {
    fn empty(desk: D, push: Box<dyn Fn(Reply)>, clock: fn() -> u64) -> Self {
        Self {
            lab: desk.labs().first().copied().unwrap_or_default(),
            store: None,
            desk,
            push,
            clock,
            run: None,
            kept: Kept::default(),
            changes: 0,
            urgent: false,
            notice: None,
            shown: (0, false),
            checkers: true,
            left: false,
            seen: None,
        }
    }

    /// A session of a desk's labs over a given store.
    pub fn at(desk: D, store: S, push: Box<dyn Fn(Reply)>, clock: fn() -> u64) -> Self {
        Self { store: Some(store), ..Self::empty(desk, push, clock) }
    }

    /// The open run.
    pub const fn run(&self) -> Option<&OpenRun<D::Run>> {
        self.run.as_ref()
    }

    /// The store.
    pub const fn store_mut(&mut self) -> Option<&mut S> {
        self.store.as_mut()
    }

    /// Answers a request with an open store.
    pub async fn answer(&mut self, request: Request) -> Reply {
        self.shown.1 = false;
        match self.carry_out(request).await {
            Ok(reply) => reply,
            Err(text) => Reply::Failed { text },
        }
    }

    async fn carry_out(&mut self, request: Request) -> Result<Reply, String> {
        match request {
            Request::Start => self.start().await,
            Request::Save => {
                self.save(true).await;
                self.frame()
            }
            Request::Seek(_)
            | Request::Advance { .. }
            | Request::Undo
            | Request::Redo
            | Request::Fork { .. }
            | Request::Switch(_)
            | Request::RenameBranch(..)
            | Request::Mark(_)
            | Request::Checkers(_)
            | Request::Compare(_)
            | Request::Beside
            | Request::Series => self.here(request),
            Request::Enter(_)
            | Request::Leave
            | Request::Runs
            | Request::Open(_)
            | Request::New { .. }
            | Request::OpenFile(_)
            | Request::Rename(..)
            | Request::Trash(_)
            | Request::Restore(_)
            | Request::Export(_)
            | Request::TakeOver => self.among_runs(request).await,
            request => self.own(request).await,
        }
    }

    /// Requests that only the lab understands.
    async fn own(&mut self, request: Request) -> Result<Reply, String> {
        let writes = self.condition().is_none_or(|condition| condition.writes());
        let spot = self.run.as_ref().map(OpenRun::spot);
        match self.desk.own(self.run.as_mut(), request, writes).await? {
            Did::Said(reply) => return Ok(*reply),
            Did::Looked => self.shown.1 = true,
            Did::Grew => {
                self.changes += 1;
                self.urgent = true;
                self.shown.1 = true;
            }
            Did::Acted => {
                if let (Some(run), Some(spot)) = (&mut self.run, spot) {
                    run.remember(spot);
                }
                self.changes += 1;
                self.urgent = true;
                self.shown.1 = true;
            }
            Did::Began(begun) => {
                self.save(false).await;
                let id = self.new_id().await?;
                let given = begun.original.is_some();
                self.begun(id, begun);
                if given {
                    // What an operator gave us is on the medium before we say so.
                    self.save(true).await;
                }
            }
        }
        self.frame()
    }

    /// Requests about the open run that need no store.
    fn here(&mut self, request: Request) -> Result<Reply, String> {
        let writes = self.condition().is_none_or(|condition| condition.writes());
        let clock = self.clock;
        let run = self.run.as_mut().ok_or(NO_RUN)?;
        let mut changed = false;
        match request {
            Request::Seek(target) => {
                seek(run, target);
                self.changes += 1;
            }
            Request::Advance { micros, max_steps } => {
                let began = clock();
                let until = run.timeline.now() + SimTime(micros);
                let mut left = max_steps;
                while left > 0 && run.timeline.now() < until && run.timeline.violation().is_none() {
                    let taken = run.timeline.advance_to(until, left.min(STEPS_PER_LOOK).into());
                    left -= (taken as u32).min(left);
                    if taken == 0 || clock() > began + ADVANCE_MS {
                        break;
                    }
                }
                self.shown.1 = true;
                self.changes += 1;
            }
            Request::Undo => {
                if let Some(spot) = run.undo.pop() {
                    run.redo.push(run.spot());
                    run.go(spot);
                    changed = true;
                }
            }
            Request::Redo => {
                if let Some(spot) = run.redo.pop() {
                    run.undo.push(run.spot());
                    run.go(spot);
                    changed = true;
                }
            }
            Request::Fork { .. } | Request::Mark(_) | Request::RenameBranch(..) if !writes => {
                return Err(READ_ONLY.to_owned());
            }
            Request::Fork { name } => {
                run.remember(run.spot());
                run.timeline.fork(clean(&name));
                changed = true;
            }
            Request::Switch(branch) => {
                let spot = run.spot();
                let beside = run.timeline.beside_branch();
                run.remember(spot);
                if beside == Some(branch) {
                    // The two change places, at the same moment.
                    run.timeline.go(branch, u64::MAX, SimTime::ZERO);
                    run.timeline.seek_time(spot.time);
                    run.timeline.compare(Some(spot.branch));
                } else {
                    run.timeline.switch(branch);
                }
                changed = true;
            }
            Request::RenameBranch(branch, name) => {
                let name = clean(&name);
                if !name.is_empty() {
                    run.timeline.rename_branch(branch, name);
                    changed = true;
                }
            }
            Request::Mark(name) => {
                mark(run, clean(&name));
                changed = true;
            }
            Request::Checkers(on) => {
                self.checkers = on;
                run.timeline.set_checkers(on);
            }
            Request::Compare(with) => {
                run.timeline.compare(with);
                changed = writes;
            }
            Request::Beside => return Ok(Reply::Beside(run.timeline.beside_series())),
            Request::Series => return Ok(Reply::Series(run.timeline.series())),
            _ => {}
        }
        if changed {
            self.changes += 1;
            self.urgent = true;
        }
        self.frame()
    }

    /// Opens the run that was open last, else begins the one for a new user.
    async fn start(&mut self) -> Result<Reply, String> {
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        if let Ok(Some(last)) = store.last_opened().await {
            match self.open(last).await {
                Ok(reply) => return Ok(reply),
                // Not a failure of the engine: another run is opened instead.
                Err(why) => self.notice = Some(Notice::NotOpened { why }),
            }
        }
        self.first(self.lab).await
    }

    /// Opens the run of a lab that was saved last, else begins the one for a new user.
    async fn enter(&mut self, lab: u8) -> Result<Reply, String> {
        if !self.desk.labs().contains(&lab) {
            return Ok(Reply::Elsewhere { lab, run: None });
        }
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        let runs = store.list().await.map_err(|error| told(&error))?;
        if let Some(last) = runs.iter().find(|run| run.lab == lab && !run.trashed) {
            match self.open(last.id).await {
                Ok(reply) => return Ok(reply),
                Err(why) => self.notice = Some(Notice::NotOpened { why }),
            }
        }
        self.first(lab).await
    }

    /// Begins the scenario for a new user.
    async fn first(&mut self, lab: u8) -> Result<Reply, String> {
        self.lab = lab;
        let scenarios = self.desk.scenarios(lab);
        let key = scenarios.first().ok_or("This lab has no scenario.")?.key.clone();
        self.begin(&key).await
    }

    /// Saves and lets go of the store, so that another lab's worker can write.
    async fn leave(&mut self) -> Result<Reply, String> {
        self.save(false).await;
        if let (Some((why, _)), true) = (&self.kept.failed, self.unsaved() > 0) {
            return Err(format!("The run is not saved, so it stays open: {why}."));
        }
        self.left = true;
        self.run = None;
        self.store = None;
        Ok(Reply::Left)
    }

    async fn open(&mut self, id: RunId) -> Result<Reply, String> {
        self.save(false).await;
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        let stored = store.load(id).await.map_err(|error| told(&error))?;
        if let Some(cut) = &stored.cut {
            self.notice = Some(Notice::TailCut { kept: cut.kept, why: cut.why.clone() });
        }
        let entries = stored.branches.iter().map(|branch| branch.entries.len() as u64).collect();
        let bytes = stored.bytes;
        let cut = stored.cut.is_some();
        let lab = stored.header.lab;
        if !self.desk.labs().contains(&lab) {
            return Ok(Reply::Elsewhere { lab, run: Some(id) });
        }
        let file = RunFile { header: stored.header, branches: stored.branches, original: stored.original };
        let (mut run, verdict) = self.replayed(id, file)?;
        self.kept = Kept { entries, changes: self.changes, bytes, at_ms: (self.clock)(), failed: None };
        if let Err(differs) = verdict {
            // Recorded by another core: never overwritten. Going on from here makes a copy.
            let store = self.store.as_mut().ok_or(NO_RUN)?;
            run.id = store.new_run().await.map_err(|error| told(&error))?;
            run.name.push_str(" (replayed)");
            self.kept = Kept { changes: self.changes, ..Kept::default() };
            let (step, recorded, replayed) = (differs.step, differs.recorded, differs.replayed);
            self.notice = Some(Notice::OtherCore { step, recorded, replayed });
        } else if self.condition().is_some_and(|condition| condition == Condition::Persistent)
            && let Some(store) = self.store.as_mut()
        {
            let remembered = store.set_last_opened(id).await;
            if let Err(error) = remembered {
                self.failed(&error);
            }
        }
        self.show(run);
        if cut {
            self.changes += 1;
        }
        self.frame()
    }

    async fn begin(&mut self, key: &str) -> Result<Reply, String> {
        let begun = self.desk.begin(self.lab, key).ok_or_else(|| format!("There is no scenario {key}."))?;
        self.save(false).await;
        let id = self.new_id().await?;
        self.begun(id, begun);
        self.frame()
    }

    /// Makes a run that begins the open one.
    fn begun(&mut self, id: RunId, begun: Begun<D::Run>) {
        let Begun { lab, name, scenario, timeline, original } = begun;
        let run = OpenRun::around(id, lab, scenario, timeline, (self.clock)());
        self.adopt(OpenRun { name, original, ..run });
    }

    /// The run of a file, and whether it came out as recorded.
    fn replayed(&self, id: RunId, file: RunFile) -> Result<Replayed<D::Run>, String> {
        let (timeline, verdict) = self.desk.replay(&file).map_err(|error| error.to_string())?;
        Ok((OpenRun::stored(id, file.header, file.original, timeline), verdict))
    }

    async fn open_file(&mut self, bytes: &[u8]) -> Result<Reply, String> {
        let file = RunFile::decode(bytes)
            .map_err(|error| format!("This is no run file that can be opened: {error}."))?;
        self.save(false).await;
        let id = self.new_id().await?;
        if !self.desk.labs().contains(&file.header.lab) {
            return self.lay_down(id, file).await;
        }
        let (run, verdict) = self.replayed(id, file)?;
        if let Err(differs) = verdict {
            let (step, recorded, replayed) = (differs.step, differs.recorded, differs.replayed);
            self.notice = Some(Notice::OtherCore { step, recorded, replayed });
        }
        self.adopt(run);
        self.save(true).await;
        self.frame()
    }

    /// Stores a file of another lab's run, for that lab to open.
    async fn lay_down(&mut self, run: RunId, file: RunFile) -> Result<Reply, String> {
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        let lab = file.header.lab;
        let tails = file.branches.into_iter().filter(|branch| !branch.entries.is_empty());
        let tails = tails.map(|branch| Tail { branch: branch.branch, from: 0, entries: branch.entries });
        let batch =
            SaveBatch { header: &file.header, tails: tails.collect(), original: file.original.as_deref() };
        store.append(run, batch, true).await.map_err(|error| told(&error))?;
        Ok(Reply::Elsewhere { lab, run: Some(run) })
    }

    async fn new_id(&mut self) -> Result<RunId, String> {
        let store = self.store.as_mut().ok_or(NO_RUN)?;
        match store.new_run().await {
            Ok(id) => Ok(id),
            // A tab that only reads may still look at scenarios; they are never stored.
            Err(StoreError::ReadOnly | StoreError::Fenced) => Ok(RunId(u64::MAX)),
            Err(error) => Err(told(&error)),
        }
    }

    /// Makes a new run the open one; all of it is unsaved.
    fn adopt(&mut self, run: OpenRun<D::Run>) {
        self.kept = Kept::default();
        self.changes += 1;
        self.urgent = true;
        self.show(run);
    }

    fn show(&mut self, mut run: OpenRun<D::Run>) {
        run.timeline.set_checkers(self.checkers);
        self.shown = (run.timeline.step(), false);
        self.desk.turn_over();
        self.lab = run.lab;
        self.run = Some(run);
    }

    fn frame(&mut self) -> Result<Reply, String> {
        let save = self.save_state();
        let run = self.run.as_mut().ok_or(NO_RUN)?;
        let (before, continues) = self.shown;
        let step = run.timeline.step();
        self.shown = (step, false);
        run.timeline.follow(FOLLOW_STEPS);
        let state = answers::state(run, save, self.notice.take());
        let steps = if continues { step.saturating_sub(before) } else { 0 };
        Ok(self.desk.frame(run, state, Moved { steps, continues }))
    }

    fn condition(&self) -> Option<Condition> {
        self.store.as_ref().map(RunStore::condition)
    }
}

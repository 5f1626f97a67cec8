//! Compactions: what they read, what each action takes, what becomes of bytes.

use super::command::InodeEvent;
use super::config::K;
use super::run::micros;
use super::side::{Due, Origin, What, Work};
use super::{FILE, InodeLab};
use crate::base::SimTime;
use crate::inode::{
    Action, EmptyFile, Found, Geometry, Job, JobEnd, Layout, Modified, Piece, Plan, Rewrite, Selection,
    Settings,
};
use alloc::vec::Vec;

const FAIL_GET: u64 = 1;
const FAIL_PUT: u64 = 2;
const FAIL_COMMIT: u64 = 3;

impl InodeLab {
    /// Starts a compaction; with two reads, the length now and the lists later (opencurve/curve#1304).
    pub(super) fn compact(&mut self, at: usize, out: &mut Vec<InodeEvent>) {
        if self.knobs.get(K::TwoReads) == 0 {
            return self.begin_compaction(at, None, out);
        }
        let gap = SimTime::from_millis(self.knobs.get(K::ReadGap));
        let side = &mut self.sides[at];
        let length = side.store.attributes(FILE).map_or(0, |attributes| attributes.length);
        side.plan(SimTime(self.now.micros() + gap.micros()), Due::CompactRead(length));
    }

    pub(super) fn begin_compaction(&mut self, at: usize, length: Option<u64>, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        let selection =
            Selection { threshold: self.knobs.get(K::Threshold), max_chunks: self.knobs.get(K::MaxChunks) };
        let side = &mut self.sides[at];
        if side.job.is_some() {
            return;
        }
        let before = side.store.used();
        let found = side.store.snapshot(FILE);
        side.totals.used += side.store.used() - before;
        let (mut attributes, lists, rows) = match found {
            Ok((attributes, lists, rows)) => (Some(attributes), lists, rows),
            Err(_) => (None, Vec::new(), Vec::new()),
        };
        if let (Some(attributes), Some(length)) = (&mut attributes, length) {
            attributes.length = length;
        }
        let layout = side.layout();
        let rewrite = match layout {
            Layout::Sequenced | Layout::Monolithic => Rewrite::Sparse { first_id: self.next_chunk },
            Layout::Split => Rewrite::Whole { forget_holes: false },
        };
        let settings =
            Settings { geometry: Geometry::DEFAULT, selection, rewrite, empty: EmptyFile::Nothing, layout };
        match Job::new(FILE, Found { leader: true, attributes, lists, rows }, settings) {
            Err(why) => out.push(InodeEvent::Skipped { side: at as u8, why }),
            Ok(job) => {
                let chunks = job.chunks();
                let infos = chunks.iter().map(|chunk| chunk.list.len() as u64).sum();
                out.push(InodeEvent::Compacting { side: at as u8, chunks: chunks.len() as u64, infos });
                if layout != Layout::Split {
                    self.next_chunk += chunks.iter().map(|chunk| chunk.plans.len() as u64).sum::<u64>();
                }
                side.job = Some(job);
                side.job_line = side.line(What::Compaction, now, None);
                self.next_action(at, out);
            }
        }
    }

    /// Plans the end of the next action; a commit waits for the server.
    fn next_action(&mut self, at: usize, out: &mut Vec<InodeEvent>) {
        let (latency, speed) = (self.knobs.get(K::ObjectLatency), self.knobs.get(K::ObjectSpeed));
        let block = Geometry::DEFAULT.block_size;
        let side = &mut self.sides[at];
        let Some(job) = &mut side.job else { return };
        let takes = match job.action() {
            Some(Action::Read(chunk)) => {
                let plans = &job.chunks()[chunk].plans;
                let bytes: u64 = plans.iter().map(|plan| plan.info.size).sum();
                let reads: usize = plans.iter().map(|plan| plan.reads(FILE, Geometry::DEFAULT).len()).sum();
                micros(bytes, speed) + latency * reads as u64
            }
            Some(Action::Write(_)) => micros(block, speed) + latency,
            Some(Action::Discard(_) | Action::Delete(_)) => latency,
            Some(Action::Commit(_)) => {
                side.queue.push_back(Work::Commit);
                return self.serve(at, out);
            }
            None => {
                let end = job.end().unwrap_or(JobEnd::Committed);
                side.job = None;
                let (now, line) = (self.now, side.job_line);
                if let Some(line) = side.line_mut(line) {
                    line.until = Some(now);
                }
                out.push(InodeEvent::Compacted { side: at as u8, end });
                return;
            }
        };
        side.plan(SimTime(self.now.micros() + takes), Due::CompactStep);
    }

    /// An action has been carried out.
    pub(super) fn compact_step(&mut self, at: usize, out: &mut Vec<InodeEvent>) {
        let fail = self.knobs.get(K::Fail);
        let side = &mut self.sides[at];
        let Some(job) = &mut side.job else { return };
        let good = match job.action() {
            Some(Action::Read(_)) => fail != FAIL_GET,
            // The first object of each chunk goes well, so that there is something to undo.
            Some(Action::Write(object)) => {
                let good = fail != FAIL_PUT || object.block % 2 == 0;
                if good {
                    side.objects.insert(object);
                }
                good
            }
            // An object store deletes a thousand at a time.
            Some(Action::Discard(_) | Action::Delete(_)) => {
                side.touched.extend(job.chunks().iter().map(|chunk| chunk.index));
                for _ in 0..1_000 {
                    let Some(Action::Discard(object) | Action::Delete(object)) = job.action() else { break };
                    side.objects.remove(&object);
                    job.done(true);
                }
                return self.next_action(at, out);
            }
            Some(Action::Commit(_)) | None => true,
        };
        job.done(good);
        self.next_action(at, out);
    }

    /// The server changes the lists.
    pub(super) fn commit(&mut self, at: usize) -> bool {
        if self.knobs.get(K::Fail) == FAIL_COMMIT {
            return false;
        }
        let side = &mut self.sides[at];
        let Some(job) = &mut side.job else { return false };
        let Some(Action::Commit(modify)) = job.action() else { return false };
        side.log += 1;
        if side.store.modify(FILE, &modify, side.log) != Ok(Modified::Done) {
            return false;
        }
        for change in &modify.changes {
            let Some(chunk) = job.chunks().iter().find(|chunk| chunk.index == change.index) else { continue };
            for plan in &chunk.plans {
                let origin = origins(plan, &side.origins);
                side.origins.insert((plan.info.chunk_id, plan.info.compaction), origin);
            }
            side.touched.push(change.index);
            if !side.compacted.contains(&change.index) {
                side.compacted.push(change.index);
            }
        }
        true
    }

    pub(super) fn committed(&mut self, at: usize, good: bool, out: &mut Vec<InodeEvent>) {
        if let Some(job) = &mut self.sides[at].job {
            job.done(good);
        }
        self.next_action(at, out);
    }
}

/// Whose bytes a rewritten info holds, through earlier rewrites.
fn origins(plan: &Plan, known: &alloc::collections::BTreeMap<(u64, u64), Vec<Origin>>) -> Vec<Origin> {
    let mut origins = Vec::new();
    for piece in &plan.pieces {
        let Piece::Copy(node) = piece else { continue };
        match known.get(&(node.info.chunk_id, node.info.compaction)) {
            None => origins.push((node.begin, node.end, node.info.chunk_id)),
            Some(older) => {
                let cut =
                    older.iter().map(|&(begin, end, id)| (begin.max(node.begin), end.min(node.end), id));
                origins.extend(cut.filter(|(begin, end, _)| begin <= end));
            }
        }
    }
    origins
}

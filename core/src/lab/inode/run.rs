//! What happens by itself: messages, the server's queue, timeouts.

use super::act::LENGTH_MAX;
use super::command::{InodeEvent, Outcome, Purpose};
use super::config::K;
use super::side::{Due, Side, What, Work};
use super::{FILE, InodeLab};
use crate::base::SimTime;
use crate::inode::{Attributes, ChunkChange, ChunkInfo, Geometry, Layout, Lists, Modified};
use crate::kv::KvUse;
use alloc::vec::Vec;

/// Bytes of a request or an answer beside what it carries.
const HEAD: u64 = 100;
/// After how long the link sends a lost page of a stream again.
const RESEND: SimTime = SimTime::from_millis(200);

/// Time for so many bytes at so many a second, µs.
pub(super) const fn micros(bytes: u64, speed: u64) -> u64 {
    (bytes as u128 * 1_000_000 / if speed == 0 { 1 } else { speed } as u128) as u64
}

/// What is next: of a side, or a write that comes by itself.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    Script,
    Side(usize),
    Every,
}

impl InodeLab {
    pub(super) fn next_due(&self) -> Option<(SimTime, Next)> {
        let of = |at: usize| self.sides[at].due.first().map(|(key, _)| (key.0, Next::Side(at)));
        let sides = (0..self.sides.len()).filter_map(of);
        let every = (self.every_at != SimTime::MAX).then_some((self.every_at, Next::Every));
        let script = self.script.front().map(|&(at, _)| (at, Next::Script));
        script.into_iter().chain(sides).chain(every).min_by_key(|&(at, _)| at)
    }

    /// Forgets what the last step touched.
    pub(super) fn settle(&mut self) {
        self.changed.clear();
        self.sides.iter_mut().for_each(|side| side.touched.clear());
    }

    pub(super) fn next_every(&self) -> SimTime {
        match self.knobs.get(K::Every) {
            0 => SimTime::MAX,
            every => SimTime(self.now.micros() + 1_000 * every),
        }
    }

    pub(super) fn carry_out(&mut self, next: Next, out: &mut Vec<InodeEvent>) {
        let at = match next {
            Next::Script => {
                if let Some((_, command)) = self.script.pop_front()
                    && self.allows(&command).is_ok()
                {
                    self.obey(command, out);
                }
                return;
            }
            Next::Every => {
                self.every_at = self.next_every();
                let room = self.length.clamp(4_096, LENGTH_MAX) / 4_096;
                let offset = 4_096 * self.rng.below(room);
                let changes = self.pieces(offset, 4_096);
                self.length = self.length.max(offset + 4_096);
                return self.call(Purpose::Write, changes, 0, out);
            }
            Next::Side(at) => at,
        };
        let Some((_, due)) = self.sides[at].due.pop_first() else { return };
        match due {
            Due::Send(call) => self.send(at, call, out),
            Due::Arrive(call, attempt) => {
                self.sides[at].queue.push_back(Work::Call(call, attempt));
                self.serve(at, out);
            }
            Due::Served => self.served(at, out),
            Due::Answer(call, attempt, good, streams) => {
                // Nobody waits any more for the answer to an earlier attempt.
                if self.sides[at].calls.get(&call).is_some_and(|call| call.attempt == attempt) {
                    self.answered(at, call, good, streams, out);
                }
            }
            Due::Timeout(call, attempt) => self.timed_out(at, call, attempt, out),
            Due::Page(call, attempt) => self.send_page(at, call, attempt),
            Due::PageIn(call, attempt) => self.page_in(at, call, attempt, out),
            Due::Idle(call, attempt) => self.idle_check(at, call, attempt, out),
            Due::CompactRead(length) => self.begin_compaction(at, Some(length), out),
            Due::CompactStep => self.compact_step(at, out),
        }
    }

    fn lost(&mut self) -> bool {
        let loss = self.knobs.get(K::Loss);
        loss > 0 && self.rng.below(1_000) < loss
    }

    /// A client asks, for the first time or again.
    pub(super) fn send(&mut self, at: usize, id: u64, out: &mut Vec<InodeEvent>) {
        let lost = self.lost();
        let (now, latency) = (self.now, self.knobs.get(K::Latency));
        // The timeout doubles with each attempt, eightfold at most.
        let timeout = 1_000 * self.knobs.get(K::RpcTimeout);
        let side = &mut self.sides[at];
        let Some(call) = side.calls.get_mut(&id) else { return };
        call.attempt += 1;
        let attempt = call.attempt;
        let arrives = SimTime(now.micros() + latency);
        side.line(What::Request { call: id, lost }, now, Some(arrives));
        side.plan(SimTime(now.micros() + (timeout << (attempt - 1).min(3))), Due::Timeout(id, attempt));
        if lost {
            out.push(InodeEvent::Lost { side: at as u8, call: id });
        } else {
            side.plan(arrives, Due::Arrive(id, attempt));
        }
    }

    /// The server takes the next thing up, when it has nothing to do. What it does to the store is done
    /// at once; how long that takes follows from what was read and written.
    pub(super) fn serve(&mut self, at: usize, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        if self.sides[at].working.is_some() {
            return;
        }
        let Some(work) = self.sides[at].queue.pop_front() else { return };
        let side = &mut self.sides[at];
        let (before, coded) = (side.store.used(), side.store.codec());
        let (good, streams, id) = match work {
            Work::Call(id, _) => {
                let (good, streams) =
                    carry_out(side, id, self.knobs.get(K::InlineLimit), &mut self.next_chunk);
                (good, streams, id)
            }
            Work::Commit => (self.commit(at), false, 0),
        };
        let side = &mut self.sides[at];
        let used = side.store.used() - before;
        let after = side.store.codec();
        let coded = after.decoded + after.encoded - coded.decoded - coded.encoded;
        let took = SimTime(self.service(&used, coded));
        let side = &mut self.sides[at];
        side.totals.used += used;
        let until = SimTime(now.micros() + took.micros());
        let line = side.line(What::Work { call: id, used, coded }, now, Some(until));
        side.working = Some((work, good, streams, line));
        side.plan(until, Due::Served);
        let (read, written) = (used.bytes_read, used.bytes_written);
        out.push(InodeEvent::Served { side: at as u8, call: id, read, written, took });
    }

    /// What reading, writing and coding so much takes, µs.
    fn service(&self, used: &KvUse, coded: u64) -> u64 {
        (used.keys_read + used.keys_written) * self.knobs.get(K::KeyCost)
            + micros(used.bytes_read, self.knobs.get(K::ReadSpeed))
            + micros(used.bytes_written, self.knobs.get(K::WriteSpeed))
            + micros(coded, self.knobs.get(K::CodecSpeed))
    }

    /// A message over the link, after those before it: when it has arrived.
    pub(super) fn transfer(&mut self, at: usize, bytes: u64) -> SimTime {
        let sent = micros(bytes, self.knobs.get(K::Bandwidth));
        let side = &mut self.sides[at];
        side.link_free = SimTime(side.link_free.max(self.now).micros() + sent);
        SimTime(side.link_free.micros() + self.knobs.get(K::Latency))
    }

    fn served(&mut self, at: usize, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        let Some((work, good, streams, _)) = self.sides[at].working.take() else { return };
        match work {
            Work::Commit => self.committed(at, good, out),
            Work::Call(id, attempt) => {
                let bytes = HEAD + self.answer_bytes(at, id, streams);
                let lost = self.lost();
                let arrives = self.transfer(at, bytes);
                let side = &mut self.sides[at];
                side.line(What::Response { call: id, bytes, lost }, now, Some(arrives));
                if lost {
                    out.push(InodeEvent::Lost { side: at as u8, call: id });
                } else {
                    side.plan(arrives, Due::Answer(id, attempt, good, streams));
                    if streams {
                        side.plan(now, Due::Page(id, attempt));
                    }
                }
            }
        }
        self.serve(at, out);
    }

    /// Lists that the response itself carries.
    fn answer_bytes(&self, at: usize, id: u64, streams: bool) -> u64 {
        let side = &self.sides[at];
        let reads = side.calls.get(&id).is_some_and(|call| call.purpose == Purpose::Read);
        let mut bytes = 0;
        if reads && !streams {
            // What was read when the request was served; the bytes cannot differ by more than an append.
            let whole = side.store.aside(|store| {
                store.visit_rows(FILE, None, &mut |row| {
                    bytes += row.list.len() as u64;
                    core::ops::ControlFlow::Continue(())
                })
            });
            debug_assert!(whole.is_ok(), "{whole:?}");
        }
        bytes
    }

    fn answered(&mut self, at: usize, id: u64, good: bool, streams: bool, out: &mut Vec<InodeEvent>) {
        if streams {
            return self.begin_stream(at, id);
        }
        let outcome = if good { Outcome::Good } else { Outcome::Refused };
        self.end(at, id, outcome, out);
    }

    pub(super) fn end(&mut self, at: usize, id: u64, outcome: Outcome, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        let side = &mut self.sides[at];
        let Some(mut call) = side.calls.remove(&id) else { return };
        if let Some(snapshot) = call.stream.take().and_then(|stream| stream.snapshot) {
            side.store.kv_mut().abandon(snapshot);
        }
        let took = now.saturating_since(call.since);
        side.totals.latency_us += took.micros();
        side.totals.latency_max_us = side.totals.latency_max_us.max(took.micros());
        side.totals.done += 1;
        side.totals.given_up += u64::from(outcome == Outcome::GivenUp);
        let attempts = call.attempt;
        let purpose = call.purpose;
        let line = side
            .lines
            .iter_mut()
            .rev()
            .find(|line| matches!(line.what, What::Call { call, .. } if call == id));
        if let Some(line) = line {
            line.until = Some(now);
            line.what = What::Call { call: id, purpose, outcome: Some(outcome), attempts };
        }
        out.push(InodeEvent::Ended { side: at as u8, call: id, outcome, took });
    }

    fn timed_out(&mut self, at: usize, id: u64, attempt: u32, out: &mut Vec<InodeEvent>) {
        let Some(call) = self.sides[at].calls.get(&id) else { return };
        // A stream that has begun is watched by its gaps.
        if call.attempt == attempt && call.stream.is_none() {
            self.again(at, id, out);
        }
    }

    /// What a client does about silence.
    pub(super) fn again(&mut self, at: usize, id: u64, out: &mut Vec<InodeEvent>) {
        let retries = self.knobs.get(K::Retries);
        let side = &mut self.sides[at];
        let Some(call) = side.calls.get_mut(&id) else { return };
        if let Some(snapshot) = call.stream.take().and_then(|stream| stream.snapshot) {
            side.store.kv_mut().abandon(snapshot);
        }
        let attempt = call.attempt;
        side.totals.timeouts += 1;
        out.push(InodeEvent::TimedOut { side: at as u8, call: id, attempt });
        if u64::from(attempt) > retries {
            self.end(at, id, Outcome::GivenUp, out);
        } else {
            self.send(at, id, out);
        }
    }
}

/// Carries a call out on the store: whether it was accepted, and whether the lists go by stream.
fn carry_out(side: &mut Side, id: u64, limit: u64, next_chunk: &mut u64) -> (bool, bool) {
    let Some(call) = side.calls.get(&id) else {
        // The client has given up meanwhile, and only a reader's request is not kept.
        return (false, false);
    };
    match call.purpose {
        Purpose::Write | Purpose::Truncate => {
            let mut modify = call.modify.clone();
            let asked = modify.attributes.map_or(0, |attributes| attributes.length);
            let infos = || modify.changes.iter().flat_map(|change| &change.add);
            let (first, end) = (infos().map(|info| info.offset).min(), infos().map(ChunkInfo::end).max());
            let (grown_from, length) = match call.purpose {
                Purpose::Truncate => (asked, asked),
                _ => (first.unwrap_or(0), side.length.max(end.unwrap_or(0))),
            };
            // What lies between the old end and what is written now reads as zeros, also where something
            // was cut off there.
            if grown_from > side.length {
                let mut gap = zeros(side.length, grown_from, next_chunk);
                gap.append(&mut modify.changes);
                modify.changes = gap;
            }
            modify.attributes = Some(Attributes { length, atime: 0, nlink: 1 });
            side.log += 1;
            let done = side.store.modify(FILE, &modify, side.log);
            if done == Ok(Modified::Done) {
                let bytes =
                    modify.changes.iter().map(|change| crate::inode::wire::list_len(&change.add) as u64);
                side.totals.asked_bytes += bytes.sum::<u64>();
                side.note(&modify);
                side.length = length;
            }
            (done.is_ok(), false)
        }
        Purpose::Lookup => (side.store.attributes(FILE).is_ok(), false),
        Purpose::Read => {
            let limit = (side.layout() != Layout::Monolithic).then_some(limit);
            let read: Result<(Lists, _), _> = side.store.read(FILE, limit);
            match read {
                Ok(_) => (true, false),
                Err(crate::inode::InodeError::TooLarge { .. }) => (true, true),
                Err(_) => (false, false),
            }
        }
    }
}

/// Zeros up to a byte, cut at chunk borders; at most sixty-four chunks of them.
fn zeros(from: u64, until: u64, next_chunk: &mut u64) -> Vec<ChunkChange> {
    let geometry = Geometry::DEFAULT;
    let mut changes = Vec::new();
    let mut at = from;
    while at < until && changes.len() <= 64 {
        let index = geometry.place(at).index;
        let end = until.min(geometry.start(index + 1));
        let info = ChunkInfo { zero: true, size: 0, ..ChunkInfo::written(*next_chunk, at, end - at) };
        *next_chunk += 1;
        changes.push(ChunkChange::append(index, [info].to_vec()));
        at = end;
    }
    changes
}

/// See [`RESEND`].
pub(super) const fn resend() -> SimTime {
    RESEND
}

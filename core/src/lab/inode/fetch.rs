//! Lists as a stream of pages of messages.

use super::command::{InodeEvent, Outcome};
use super::config::K;
use super::run::resend;
use super::side::{Due, Stream, What};
use super::{FILE, InodeLab};
use crate::base::SimTime;
use crate::inode::stream::{self, Receiver, RowStream, StreamState};
use crate::kv::PageLimit;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

impl InodeLab {
    /// A stream of what the store holds now, one for each attempt.
    fn open(&mut self, at: usize, id: u64) {
        let timeout = SimTime::from_millis(self.knobs.get(K::IdleTimeout));
        let now = self.now;
        let side = &mut self.sides[at];
        let snapshot = Some(side.store.kv_mut().begin());
        let rows = RowStream::new(side.store.keys(), FILE);
        let stream = Stream { rows, snapshot, receiver: Receiver::new(now, timeout), sent: VecDeque::new() };
        match side.calls.get_mut(&id) {
            Some(call) => call.stream = Some(stream),
            None => stream.snapshot.into_iter().for_each(|snapshot| side.store.kv_mut().abandon(snapshot)),
        }
    }

    /// The answer that says that a stream follows; the first page may have come before it.
    pub(super) fn begin_stream(&mut self, at: usize, id: u64) {
        let side = &mut self.sides[at];
        if let Some(call) = side.calls.get(&id) {
            let attempt = call.attempt;
            let deadline = call.stream.as_ref().map_or(self.now, |stream| stream.receiver.deadline());
            side.plan(SimTime(deadline.micros() + 1), Due::Idle(id, attempt));
        }
    }

    /// The server sends as many messages as a page holds.
    pub(super) fn send_page(&mut self, at: usize, id: u64, attempt: u32) {
        let page_bytes = self.knobs.get(K::StreamPage);
        let known =
            |lab: &Self| lab.sides[at].calls.get(&id).map(|call| (call.attempt, call.stream.is_some()));
        match known(self) {
            Some((now, false)) if now == attempt => self.open(at, id),
            Some((now, true)) if now == attempt => {}
            _ => return,
        }
        let before = self.sides[at].store.used();
        let side = &mut self.sides[at];
        let Some(mut stream) = side.calls.get_mut(&id).and_then(|call| call.stream.take()) else { return };
        let mut messages = Vec::new();
        let limit = PageLimit { keys: u64::MAX, bytes: page_bytes };
        let (kv, done) = (side.store.kv(), &mut true);
        if let Some(snapshot) = &mut stream.snapshot {
            let page = stream.rows.page_at(snapshot, kv, limit, |row| {
                messages.push(stream::message(row.key.index, row.list));
            });
            *done = page.done;
        }
        let done = *done;
        if done {
            messages.push(stream::END.to_vec());
            if let Some(snapshot) = stream.snapshot.take() {
                side.store.kv_mut().abandon(snapshot);
            }
        }
        let used = side.store.used() - before;
        side.totals.used += used;
        let bytes: u64 = messages.iter().map(|message| message.len() as u64).sum();
        let count = messages.len() as u64;
        stream.sent.push_back(messages);
        if let Some(call) = side.calls.get_mut(&id) {
            call.stream = Some(stream);
        }
        let loss = self.knobs.get(K::Loss);
        let resent = loss > 0 && self.rng.below(1_000) < loss;
        let arrives = self.transfer(at, bytes);
        let arrives = if resent { SimTime(arrives.micros() + resend().micros()) } else { arrives };
        let now = self.now;
        let side = &mut self.sides[at];
        // A link keeps the order: what follows a page that is sent again waits for it.
        side.link_free =
            side.link_free.max(SimTime(arrives.micros().saturating_sub(self.knobs.get(K::Latency))));
        side.line(What::Page { call: id, messages: count, bytes, resent }, now, Some(arrives));
        side.plan(arrives, Due::PageIn(id, attempt));
        if !done {
            let next = side.link_free.max(now);
            side.plan(next, Due::Page(id, attempt));
        }
    }

    pub(super) fn page_in(&mut self, at: usize, id: u64, attempt: u32, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        let Some(call) = self.sides[at].calls.get_mut(&id) else { return };
        if call.attempt != attempt {
            return;
        }
        let Some(stream) = &mut call.stream else { return };
        let Some(messages) = stream.sent.pop_front() else { return };
        let bytes = messages.iter().map(|message| message.len() as u64).sum();
        for message in &messages {
            stream.receiver.receive(now, message);
        }
        let state = stream.receiver.state();
        out.push(InodeEvent::Streamed { side: at as u8, call: id, messages: messages.len() as u64, bytes });
        match state {
            StreamState::Complete => self.end(at, id, Outcome::Good, out),
            StreamState::Open => {}
            StreamState::Error | StreamState::Timeout | StreamState::Closed => {
                out.push(InodeEvent::StreamBroke { side: at as u8, call: id });
                self.again(at, id, out);
            }
        }
    }

    pub(super) fn idle_check(&mut self, at: usize, id: u64, attempt: u32, out: &mut Vec<InodeEvent>) {
        let now = self.now;
        let side = &mut self.sides[at];
        let Some(call) = side.calls.get_mut(&id) else { return };
        let Some(stream) = call.stream.as_mut().filter(|_| call.attempt == attempt) else { return };
        if stream.receiver.wait(now) == StreamState::Timeout {
            out.push(InodeEvent::StreamBroke { side: at as u8, call: id });
            return self.again(at, id, out);
        }
        let deadline = SimTime(stream.receiver.deadline().micros() + 1);
        side.plan(deadline, Due::Idle(id, attempt));
    }
}

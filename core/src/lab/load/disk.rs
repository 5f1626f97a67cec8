//! A disk that several flushes share.
//!
//! Each gets the same share of the disk's speed, and no more than one thread can produce. When
//! one begins or ends the shares change; what is left of each is brought up to date before that.

use crate::base::SimTime;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Writer {
    /// A thread of the directory.
    Thread(u32),
    /// A load's own thread.
    Sender(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Job {
    writer: Writer,
    /// Bytes left, in millionths.
    left: u64,
}

/// What is being written to a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Disk {
    jobs: Vec<Job>,
    as_of: SimTime,
}

impl Disk {
    /// Bytes a second of each job.
    fn rate(&self, speed: u64, thread_speed: u64) -> u64 {
        (speed / (self.jobs.len() as u64).max(1)).min(thread_speed).max(1)
    }

    /// Brings everything up to a moment.
    pub(super) fn advance(&mut self, now: SimTime, speed: u64, thread_speed: u64) {
        let done = (now - self.as_of).micros().saturating_mul(self.rate(speed, thread_speed));
        for job in &mut self.jobs {
            job.left = job.left.saturating_sub(done);
        }
        self.as_of = now;
    }

    /// Begins a job; the disk is up to date.
    pub(super) fn begin(&mut self, writer: Writer, bytes: u64) {
        self.jobs.push(Job { writer, left: bytes.saturating_mul(1_000_000) });
    }

    /// When the next job ends, and which.
    pub(super) fn next(&self, speed: u64, thread_speed: u64) -> Option<(SimTime, Writer)> {
        let rate = self.rate(speed, thread_speed);
        let mut next: Option<Job> = None;
        for job in &self.jobs {
            if next.is_none_or(|next| job.left < next.left) {
                next = Some(*job);
            }
        }
        next.map(|job| (self.as_of + SimTime(job.left.div_ceil(rate)), job.writer))
    }

    /// Takes a job off; the disk is up to date.
    pub(super) fn end(&mut self, writer: Writer) {
        self.jobs.retain(|job| job.writer != writer);
    }

    /// Jobs now.
    pub(super) const fn len(&self) -> usize {
        self.jobs.len()
    }
}

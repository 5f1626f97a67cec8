//! A lab somewhere on a line.

use crate::base::{Digest, SimTime, grow_ahead};
use crate::lab::{Lab, Rejection};
use alloc::vec::Vec;

/// A lab, the steps that led to it, and the digest of their events.
#[derive(Clone, Debug)]
pub struct Cursor<L> {
    /// The state.
    pub lab: L,
    /// Steps taken.
    pub step: u64,
    /// Digest of their events and times.
    pub digest: Digest,
}

impl<L: Lab> Cursor<L> {
    pub(super) fn start(lab: L) -> Self {
        Self { lab, step: 0, digest: Digest::default() }
    }

    /// Carries out the next scheduled action where it is due by then; says whether it was.
    pub(super) fn step_by(&mut self, until: SimTime, out: &mut Vec<L::Event>) -> bool {
        grow_ahead();
        let from = out.len();
        let due = self.lab.step_by(until, out);
        if due {
            self.took(&out[from..]);
        }
        due
    }

    /// Carries out a command.
    pub(super) fn execute(&mut self, command: &L::Command, out: &mut Vec<L::Event>) -> Result<(), Rejection> {
        let from = out.len();
        self.lab.execute(command, out)?;
        self.took(&out[from..]);
        Ok(())
    }

    fn took(&mut self, events: &[L::Event]) {
        self.step += 1;
        self.digest.word(self.lab.now().micros());
        for event in events {
            L::fold(event, &mut self.digest);
        }
    }
}

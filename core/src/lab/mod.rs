//! A design that can be played: state changed only by commands and by time.
//!
//! ```text
//!            command at 4.2 s            command at 9 s
//!                  v                          v
//! step   0 1 2 3   4   5 6 7 8 9 10 11 12 13  14  ...        one step = one atomic change
//! time   0 ------- 4.2 ---------------------- 9 ------->     scheduled actions run in between
//! ```
//!
//! (configuration, seed, commands with the step they follow) fixes every event on every host.
//! Everything that plays, rewinds, forks, stores and compares is written once over [`Lab`].

use crate::base::{Digest, SimTime};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub mod board;
pub mod cluster;
mod drawn;
pub mod inode;
pub mod load;
pub mod schema;
pub mod stored;
pub mod tablet;
pub mod timeline;

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rejection {
    /// The reference's code where it has one (−235, −504, −908 …), else 0.
    pub code: i32,
    /// Which rule refused, for a page that speaks other languages.
    pub key: String,
    /// Numbers of the rule, in the order its text uses them.
    pub numbers: Vec<i64>,
    /// The same in one English sentence.
    pub text: String,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An invariant that does not hold: a fault of the model, or of a preset that reproduces one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// The invariant's name.
    pub invariant: String,
    /// What is so, with values.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.text)
    }
}

/// A design that can be played.
pub trait Lab: Clone + Serialize + DeserializeOwned {
    /// Fixed at the start of a run.
    type Config: Clone + Serialize + DeserializeOwned;
    /// What a user does.
    type Command: Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned;
    /// What changed.
    type Event: Clone + fmt::Debug + Serialize + DeserializeOwned;
    /// What a screen shows.
    type View;
    /// Which part of it is asked for.
    type Window;

    /// Names of the metric columns, in the order of [`Lab::metrics`].
    const METRICS: &'static [&'static str];
    /// Number of kinds that [`Lab::kind_of`] answers with.
    const KINDS: usize;

    /// The state before anything has happened.
    fn new(config: &Self::Config, seed: u64) -> Self;

    /// Virtual time.
    fn now(&self) -> SimTime;

    /// When the next scheduled action is due; `None` when nothing will happen by itself.
    fn next_at(&self) -> Option<SimTime>;

    /// Carries out the next scheduled action as one step, moving the clock to it. Appends what
    /// changed. Does nothing when nothing is scheduled.
    fn step(&mut self, out: &mut Vec<Self::Event>);

    /// [`Self::step`] where the next action is due by `until`; says whether it was. A lab that has to
    /// look for its next action does it once here.
    fn step_by(&mut self, until: SimTime, out: &mut Vec<Self::Event>) -> bool {
        let due = self.next_at().is_some_and(|at| at <= until);
        if due {
            self.step(out);
        }
        due
    }

    /// Moves the clock on to `until` without an action; `until` lies before the next one.
    fn idle(&mut self, until: SimTime);

    /// Carries out one command now, as one step. Says what changed, or why it was refused.
    ///
    /// # Errors
    /// The rule that refused; the state is as it was.
    fn execute(&mut self, command: &Self::Command, out: &mut Vec<Self::Event>) -> Result<(), Rejection>;

    /// Plain data for a window.
    fn view(&self, window: &Self::Window) -> Self::View;

    /// Appends one number per name of [`Lab::METRICS`].
    fn metrics(&self, out: &mut Vec<i64>);

    /// Which lane of the density strip an event belongs to, below [`Lab::KINDS`].
    fn kind_of(event: &Self::Event) -> usize;

    /// Folds an event into a digest.
    fn fold(event: &Self::Event, digest: &mut Digest);

    /// Tests every invariant against the state, from outside the mechanism.
    ///
    /// # Errors
    /// The first one that does not hold.
    fn check(&self) -> Result<(), Violation>;

    /// Digest of the whole state, as it is stored.
    fn digest(&self) -> Digest {
        let mut digest = Digest::default();
        if let Ok(bytes) = postcard::to_allocvec(self) {
            digest.bytes(&bytes);
        }
        digest
    }
}

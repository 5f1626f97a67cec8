//! What a session leaves to its labs: how their runs begin, and what only they understand.

use super::line::Line;
use super::open_run::OpenRun;
use crate::protocol::{Reply, Request, RunState, ScenarioInfo};
use tabletop_core::lab::timeline::Differs;
use tabletop_core::record::{RecordError, RunFile};

/// A timeline that was replayed, and the step at which it differs from its record.
pub type Replayed<T> = (Box<T>, Result<(), Differs>);

/// A run that begins.
#[derive(Debug)]
pub struct Begun<T: ?Sized> {
    /// Number of the lab.
    pub lab: u8,
    /// Its name, or empty.
    pub name: String,
    /// Key of its scenario.
    pub scenario: String,
    /// The run itself.
    pub timeline: Box<T>,
    /// Pasted text it came from.
    pub original: Option<Vec<u8>>,
}

/// What a lab did with a request of its own.
#[derive(Debug)]
pub enum Did<T: ?Sized> {
    /// Nothing moved; the page wants the picture again.
    Looked,
    /// A command was carried out.
    Acted,
    /// A branch was made elsewhere in the tree; the cursor stayed.
    Grew,
    /// It answers.
    Said(Box<Reply>),
    /// A run begins.
    Began(Begun<T>),
}

/// How far the run went since the last frame.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// Steps.
    pub steps: u64,
    /// The frame continues the one before.
    pub continues: bool,
}

/// The labs that a session serves.
#[expect(async_fn_in_trait, reason = "a worker has one thread; futures here are never Send")]
pub trait Desk {
    /// Their runs.
    type Run: Line + ?Sized;

    /// Numbers of the labs, the first one for a new user.
    fn labs(&self) -> Vec<u8>;

    /// Scenarios of a lab, the one for a new user first.
    fn scenarios(&self, lab: u8) -> Vec<ScenarioInfo>;

    /// A run of a scenario: its first commands given, its first stretch played.
    fn begin(&self, lab: u8, scenario: &str) -> Option<Begun<Self::Run>>;

    /// A stored run of one of the labs.
    ///
    /// # Errors
    /// The record cannot be understood.
    fn replay(&self, file: &RunFile) -> Result<Replayed<Self::Run>, RecordError>;

    /// Another run is open: forget what was asked of the last one.
    fn turn_over(&mut self);

    /// Answers a request that only the lab understands. `writes`: whether the store would keep a
    /// command.
    ///
    /// # Errors
    /// What is so, and what to do.
    async fn own(
        &mut self,
        run: Option<&mut OpenRun<Self::Run>>,
        request: Request,
        writes: bool,
    ) -> Result<Did<Self::Run>, String>;

    /// State and picture of the same moment.
    fn frame(&mut self, run: &mut OpenRun<Self::Run>, state: RunState, moved: Moved) -> Reply;
}

/// What to say where there is no run.
pub(super) const NO_RUN: &str = "No run is open.";
/// What to say where another tab writes.
pub(super) const READ_ONLY: &str = "Another tab edits this run. Take over first, or copy it to a new run.";

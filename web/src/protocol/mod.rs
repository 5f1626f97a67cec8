//! All that crosses between the page and the engine's worker: postcard bytes both ways.
//!
//! The page asks, the engine answers each [`Ask`] with one [`Answer`] of the same number, and
//! adds unasked-for answers (number 0) when what is saved changes. Playing is asked for frame
//! by frame ([`Request::Advance`]), so a page that is hidden or closed stops the run by itself.

mod preview;

pub use crate::picks::{PICKS, Picks};
pub use preview::{Both, PreviewInfo, PreviewNote, PreviewSaid};
use serde::{Deserialize, Serialize};
use tabletop_core::base::{Digest, RowsetId, SimTime, Version};
use tabletop_core::lab::tablet::{Knobs, TabletCommand, TabletEvent, Workload};
pub use tabletop_core::lab::timeline::BranchId;
use tabletop_core::lab::{Rejection, Violation};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::view::tablet::{PathStop, TabletView, TabletWindow};

/// Names a stored run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// A numbered request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ask {
    /// Counts from 1.
    pub number: u32,
    /// What is asked.
    pub request: Request,
}

/// An answer to the request of the same number; 0 when nobody asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The request's number.
    pub number: u32,
    /// The answer.
    pub reply: Reply,
}

/// Where to go on the time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    /// To this step.
    Step(u64),
    /// To the last step at or before this time, with the clock at it.
    Time(SimTime),
    /// So many steps on (past the head: new steps are played).
    By(i64),
    /// So many user commands on.
    ByCommand(i32),
    /// So many microseconds on, never past the head.
    ByTime(i64),
    /// To the next (+1) or previous (−1) event of a lane ([`Series::kinds`]).
    Lane {
        /// The lane.
        kind: u32,
        /// +1 or −1.
        direction: i32,
    },
    /// To the first step.
    Start,
    /// To the head of this branch.
    End,
}

/// What the page asks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Request {
    /// First of all: opens the store and a run: the last one opened, else the incident. →
    /// [`Reply::Frame`] or [`Reply::Elsewhere`]
    Start,
    /// First of all, instead: opens the run of a lab that was saved last, else begins one.
    Enter(u8),
    /// Last of all: saves, and lets go of the store for the worker of another lab. → [`Reply::Left`]
    Leave,
    /// All runs, those in the trash too. → [`Reply::Runs`]
    Runs,
    /// Opens a stored run. → [`Reply::Frame`]
    Open(RunId),
    /// Starts a run from a scenario by its key ([`Reply::Runs`] lists them). → [`Reply::Frame`]
    New {
        /// The scenario's key.
        scenario: String,
    },
    /// Reads pasted or dropped text, changes nothing. → [`Reply::Preview`] or [`Reply::ImportFailed`]
    Preview {
        /// File name, or empty.
        name: String,
        /// The bytes.
        #[serde(with = "raw")]
        text: Vec<u8>,
    },
    /// Starts a run from the text last previewed; the original is kept. → [`Reply::Frame`]
    PlayPreview,
    /// Carries out a command at the cursor; forks when that is in the past. → [`Reply::Frame`] or
    /// [`Reply::Rejected`]
    Act(TabletCommand),
    /// Plays the branch again on a new one, from the start with one command more, and holds it beside
    /// the cursor's. → [`Reply::Frame`] or [`Reply::Rejected`]
    Again {
        /// The new branch's name.
        name: String,
        /// The command.
        command: TabletCommand,
    },
    /// Holds another branch at the cursor's moment, in every further frame; `None` ends that. →
    /// [`Reply::Frame`]
    Compare(Option<BranchId>),
    /// Metric curves of the branch beside. → [`Reply::Beside`]
    Beside,
    /// What only a lab of boards understands: bytes of [`crate::board::protocol::Wish`]. →
    /// [`Reply::Board`] or [`Reply::BoardSaid`]
    Board(#[serde(with = "raw")] Vec<u8>),
    /// Moves the cursor. → [`Reply::Frame`]
    Seek(Target),
    /// Plays on from the cursor: virtual time passes, scheduled actions happen. Past the head the
    /// branch grows. → [`Reply::Frame`]
    Advance {
        /// Virtual microseconds.
        micros: u64,
        /// At most so many steps in this call.
        max_steps: u32,
    },
    /// The window that every further frame's view is taken for. → [`Reply::Frame`]
    Window(TabletWindow),
    /// Takes back the last command, switch or fork of this session. → [`Reply::Frame`]
    Undo,
    /// The other way. → [`Reply::Frame`]
    Redo,
    /// Starts a branch here without a command. → [`Reply::Frame`]
    Fork {
        /// Its name; empty picks one.
        name: String,
    },
    /// Goes to another branch, at its head. → [`Reply::Frame`]
    Switch(BranchId),
    /// Renames a branch. → [`Reply::Frame`]
    RenameBranch(BranchId, String),
    /// Puts a named flag at the cursor; an empty name takes the one here away. → [`Reply::Frame`]
    Mark(String),
    /// What became of a version for a reader who started then. → [`Reply::Fate`]
    Fate {
        /// The version.
        version: Version,
        /// When the reader was planned; `None`: when the version was the newest.
        started_at: Option<SimTime>,
    },
    /// Everything about a rowset. → [`Reply::Rowset`]
    Rowset(RowsetId),
    /// What each compaction would take at the cursor, and why. → [`Reply::Picks`]
    Picks,
    /// Events of the last `count` steps up to the cursor. → [`Reply::Events`]
    Events {
        /// How many steps.
        count: u32,
    },
    /// Metric curves and event density of the branch, decimated. → [`Reply::Series`]
    Series,
    /// The drawing as text. → [`Reply::Text`]
    Text,
    /// Switches checkers on or off. → [`Reply::Frame`]
    Checkers(bool),
    /// Renames a run. → [`Reply::Runs`]
    Rename(RunId, String),
    /// Puts a run into the trash. → [`Reply::Runs`]
    Trash(RunId),
    /// Takes it out. → [`Reply::Runs`]
    Restore(RunId),
    /// The run as a `.tabletop` file. → [`Reply::File`]
    Export(RunId),
    /// Stores and opens a `.tabletop` file. → [`Reply::Frame`] or [`Reply::Failed`]
    OpenFile(#[serde(with = "raw")] Vec<u8>),
    /// Becomes the writer although another tab is. → [`Reply::Frame`]
    TakeOver,
    /// Saves now, strictly durable. → [`Reply::Frame`]
    Save,
}

/// Whether what is on screen is on disk. Never claims more than is so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveState {
    /// Everything shown is committed.
    Saved {
        /// Bytes of this run in the store.
        bytes: u64,
    },
    /// A transaction is on its way.
    Saving {
        /// Commands not yet committed.
        commands: u32,
    },
    /// Writing failed; work goes on in memory.
    Failed {
        /// Commands not committed.
        commands: u32,
        /// What the store said.
        why: String,
        /// Whether it is the quota.
        quota: bool,
    },
    /// Another tab writes.
    ReadOnly,
    /// There is no store.
    InMemory {
        /// Why.
        why: String,
    },
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchInfo {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// The branch it left, and at which step.
    pub parent: Option<(BranchId, u64)>,
    /// When it left.
    pub fork_time: SimTime,
    /// Its last step.
    pub head_step: u64,
    /// Its last moment.
    pub head_time: SimTime,
}

/// A flag on the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Step.
    pub step: u64,
    /// Time.
    pub time: SimTime,
    /// Its name.
    pub name: String,
}

/// How the session stands: all that is not the picture.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunState {
    /// The run.
    pub run: RunId,
    /// Number of its lab.
    pub lab: u8,
    /// Its name.
    pub name: String,
    /// Key of the scenario it came from; `import` for pasted text.
    pub scenario: String,
    /// Tablet id, where an import told it.
    pub tablet_id: Option<u64>,
    /// Seed.
    pub seed: u64,
    /// The branch the cursor is on.
    pub branch: BranchId,
    /// The branch held beside it.
    pub beside: Option<BranchId>,
    /// All branches, `main` first.
    pub branches: Vec<BranchInfo>,
    /// Flags on this branch's line.
    pub markers: Vec<Marker>,
    /// Cursor: steps taken.
    pub step: u64,
    /// Cursor: virtual time.
    pub now: SimTime,
    /// When the run began (not 0 for an import).
    pub started_at: SimTime,
    /// What the clock of the node, in its own zone, said at virtual time 0, in milliseconds since
    /// 1970; `None` for a made-up tablet.
    pub epoch_unix_ms: Option<i64>,
    /// When the next scheduled action is due.
    pub next_at: Option<SimTime>,
    /// Whether undo has something to take back.
    pub can_undo: bool,
    /// Whether redo has.
    pub can_redo: bool,
    /// Digest of the state at the cursor.
    pub digest: Digest,
    /// Number of invariants checked after each step; 0 when checkers are off.
    pub checkers: u32,
    /// An invariant that broke, with the step it broke at.
    pub violation: Option<(u64, Violation)>,
    /// What is saved.
    pub save: SaveState,
    /// Something the user must know about the store (a cut tail, a lost database), once.
    pub notice: Option<Notice>,
}

/// What a user must know about a load or the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// The stored tail was damaged and cut; it is kept in the trash.
    TailCut {
        /// Commands that could be read.
        kept: u64,
        /// What was wrong with the first bad segment.
        why: String,
    },
    /// Replay gave other digests from this step on: another core recorded the run.
    OtherCore {
        /// First step that differs.
        step: u64,
        /// Recorded digest.
        recorded: Digest,
        /// Replayed digest.
        replayed: Digest,
    },
    /// The store opened empty although it held runs before.
    StoreLost,
    /// The store was written by a newer Tabletop.
    NewerFormat {
        /// Its format.
        format: u32,
    },
    /// The run that was open last cannot be read; it stays as it is, and another one is open.
    NotOpened {
        /// Why.
        why: String,
    },
}

/// One frame: state and picture of the same moment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Frame {
    /// How the session stands.
    pub state: RunState,
    /// Knobs at the cursor.
    pub knobs: Knobs,
    /// The policy of one's own at the cursor; empty before one was set.
    pub script: String,
    /// Workload at the cursor.
    pub workload: Workload,
    /// The picture.
    pub view: TabletView,
    /// Events of the steps between the previous frame and this one, at most 64, newest last;
    /// empty after a seek.
    pub events: Vec<TabletEvent>,
    /// Steps taken between the previous frame and this one.
    pub steps: u64,
    /// Whether this frame continues the previous one (play, act) or jumps (seek, switch).
    pub continues: bool,
    /// The branch that is held at the same moment.
    pub beside: Option<Box<Beside>>,
}

/// A second branch at the moment of the cursor.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beside {
    /// Its picture; nothing is beside it in turn.
    pub frame: Frame,
    /// Metrics of the cursor's branch and of this one.
    pub metrics: [Vec<i64>; 2],
}

/// One frame of a lab of boards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BoardFrame {
    /// How the session stands.
    pub state: RunState,
    /// Steps taken between the previous frame and this one.
    pub steps: u64,
    /// Whether this frame continues the previous one (play, act) or jumps (seek, switch).
    pub continues: bool,
    /// The picture: bytes of [`crate::board::protocol::Picture`].
    #[serde(with = "raw")]
    pub picture: Vec<u8>,
}

/// A run in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Its id.
    pub id: RunId,
    /// Number of its lab; 0 where the record cannot be read.
    pub lab: u8,
    /// Its name.
    pub name: String,
    /// Steps on its longest branch.
    pub steps: u64,
    /// Bytes in the store.
    pub bytes: u64,
    /// Branches.
    pub branches: u32,
    /// Unix milliseconds of the last save.
    pub saved_at_ms: u64,
    /// In the trash.
    pub trashed: bool,
    /// Came from pasted text.
    pub imported: bool,
}

/// What became of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// The version.
    pub version: Version,
    /// Step and time at which it became visible; `None` when it was there from the start, or
    /// (with `newest` below it) does not exist yet.
    pub visible: Option<(u64, SimTime)>,
    /// Newest version at the cursor.
    pub newest: Version,
    /// When the reader was planned, and whether the version was visible then.
    pub started: Option<(SimTime, bool)>,
    /// The path that serves it at the cursor.
    pub path: Option<Vec<PathStop>>,
    /// Step and time at which it became unservable, with the event of that step.
    pub lost: Option<(u64, SimTime, Option<TabletEvent>)>,
    /// Unservable from the start of the run on (an imported tablet that had merged it already).
    pub lost_before_start: bool,
    /// The live rowset that now covers it.
    pub inside: Option<tabletop_core::base::VersionRange>,
}

/// Everything about one rowset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsetCard {
    /// Its meta.
    pub meta: RowsetMeta,
    /// The id that the backend printed.
    pub external_id: Option<String>,
    /// Live (true) or stale.
    pub live: bool,
    /// Stale path it stands on, and when that may go.
    pub stale_path: Option<(u64, Option<SimTime>)>,
    /// Step, time and event that wrote it; `None` when it came with the import.
    pub created_by: Option<(u64, SimTime, TabletEvent)>,
    /// Step, time and event that replaced it.
    pub replaced_by: Option<(u64, SimTime, TabletEvent)>,
}

/// One line of the event list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The step.
    pub step: u64,
    /// The time.
    pub time: SimTime,
    /// Whether a user's command made it.
    pub by_user: bool,
    /// What changed.
    pub event: TabletEvent,
}

/// Metric curves and event density, decimated to at most a thousand samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Step of each sample.
    pub steps: Vec<u64>,
    /// Time of each sample.
    pub times: Vec<SimTime>,
    /// One column per metric name of the lab.
    pub metrics: Vec<Vec<i64>>,
    /// One column per event kind: events since the previous sample.
    pub kinds: Vec<Vec<u32>>,
}

/// A scenario that can be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioInfo {
    /// Its key; the page translates it.
    pub key: String,
}

/// What the engine answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// State and picture.
    Frame(Box<Frame>),
    /// The command was refused; nothing changed.
    Rejected(Rejection),
    /// Runs and scenarios.
    Runs {
        /// Newest first.
        runs: Vec<RunInfo>,
        /// In order.
        scenarios: Vec<ScenarioInfo>,
    },
    /// What pasted text holds.
    Preview(Box<PreviewInfo>),
    /// Why pasted text was refused.
    ImportFailed {
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
        /// What was expected, what stands there, what to do.
        said: Both,
    },
    /// What became of a version.
    Fate(Fate),
    /// Everything about a rowset; `None` when it is gone.
    Rowset(Option<Box<RowsetCard>>),
    /// Events, oldest first.
    Events(Vec<EventLine>),
    /// Curves.
    Series(Series),
    /// A text drawing.
    Text(String),
    /// A file to hand to the user.
    File {
        /// Suggested name.
        name: String,
        /// Its bytes.
        #[serde(with = "raw")]
        bytes: Vec<u8>,
    },
    /// What is saved changed (number 0).
    Save(SaveState),
    /// The run is of a lab that another worker serves. Nothing changed.
    Elsewhere {
        /// Number of the lab.
        lab: u8,
        /// The run to open there; `None` for the one saved last.
        run: Option<RunId>,
    },
    /// All is saved, the store is free.
    Left,
    /// Curves of the branch beside; `None` where there is none.
    Beside(Option<Series>),
    /// State and picture of a lab of boards.
    Board(Box<BoardFrame>),
    /// What a lab of boards says: bytes of [`crate::board::protocol::Said`].
    BoardSaid(#[serde(with = "raw")] Vec<u8>),
    /// What each compaction would take.
    Picks(Box<Picks>),
    /// It could not be done; nothing changed.
    Failed {
        /// What is so and what to do.
        text: String,
    },
}

/// Bytes as one block: element by element, 50 MB of pasted text would take a second.
pub(crate) mod raw {
    use core::fmt;
    use serde::de::{Deserializer, Visitor};
    use serde::ser::Serializer;

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Block;

        impl Visitor<'_> for Block {
            type Value = Vec<u8>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }

        deserializer.deserialize_bytes(Block)
    }
}

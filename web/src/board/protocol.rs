//! What page and worker say to each other about a board: the inside of [`Request::Board`],
//! [`Reply::Board`] and [`Reply::BoardSaid`].
//!
//! [`Request::Board`]: crate::protocol::Request::Board
//! [`Reply::Board`]: crate::protocol::Reply::Board
//! [`Reply::BoardSaid`]: crate::protocol::Reply::BoardSaid

use serde::{Deserialize, Serialize};
use tabletop_core::base::SimTime;
use tabletop_core::lab::board::Value;
use tabletop_core::view::board::{Board, BoardWindow, ItemId, Told, Unit};

/// What the page wants of a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// Carries out a verb. → a frame, or a rejection
    Act {
        /// Its key.
        verb: String,
        /// One per argument.
        values: Vec<Value>,
    },
    /// Turns a knob. → a frame, or a rejection
    Turn {
        /// Its key.
        knob: String,
        /// Its value.
        value: Value,
    },
    /// Plays the branch again from the start with a knob turned, and holds it beside. → a frame
    Again {
        /// The new branch's name.
        name: String,
        /// The knob's key.
        knob: String,
        /// Its value.
        value: Value,
    },
    /// The window of every further frame. → a frame
    Window(BoardWindow),
    /// What the lab is, in a language. → [`Said::Lab`]
    Lab {
        /// Chinese words.
        zh: bool,
    },
    /// What a selected item is and why. → [`Said::Explained`]
    Explain(ItemId),
}

/// A board and its knobs at one moment of one branch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Face {
    /// The board.
    pub board: Board,
    /// Values of the knobs, in the lab's order.
    pub knobs: Vec<Value>,
}

/// The picture of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// At the cursor.
    pub face: Face,
    /// Events since the previous frame, at most 64, newest last; empty after a seek.
    pub events: Vec<Told>,
    /// The branch beside, at the same moment.
    pub beside: Option<BesideFace>,
}

/// A second branch at the moment of the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BesideFace {
    /// Its board.
    pub face: Face,
    /// Its step.
    pub step: u64,
    /// Its digest, as text.
    pub digest: String,
    /// Metrics of the cursor's branch and of this one.
    pub metrics: [Vec<i64>; 2],
}

/// An event in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldLine {
    /// Its step.
    pub step: u64,
    /// Its moment.
    pub time: SimTime,
    /// A user's command made the step.
    pub by_user: bool,
    /// What is said.
    pub told: Told,
}

/// What fits into an argument or a knob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fits {
    /// A number.
    Number {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// A sensible step.
        step: i64,
        /// How it is written.
        unit: Unit,
    },
    /// One of several keys.
    Choice(Vec<String>),
    /// On or off.
    Switch,
    /// A name of so many bytes at most.
    Text(u32),
}

/// An argument or a knob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its key.
    pub key: String,
    /// What fits.
    pub fits: Fits,
    /// Where it starts.
    pub default: Value,
}

/// A knob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnobInfo {
    /// Name and range.
    pub field: Field,
    /// Its group.
    pub group: String,
    /// Shown only when asked for.
    pub advanced: bool,
}

/// Something a user can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerbInfo {
    /// Its key.
    pub key: String,
    /// Its arguments.
    pub arguments: Vec<Field>,
}

/// A lab: all that does not change while it is played.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabInfo {
    /// Its number.
    pub lab: u8,
    /// Its key.
    pub key: String,
    /// Verbs.
    pub verbs: Vec<VerbInfo>,
    /// Knobs; those of a group stand together.
    pub knobs: Vec<KnobInfo>,
    /// Metrics with their units.
    pub metrics: Vec<(String, Unit)>,
    /// Lanes of the density strip.
    pub density: Vec<String>,
    /// Words of one language, sorted by key.
    pub words: Vec<(String, String)>,
}

/// What a lab of boards says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// What it is.
    Lab(Box<LabInfo>),
    /// What an item is and why; empty when it is gone.
    Explained(ItemId, Vec<Told>),
    /// Events, oldest first.
    Events(Vec<ToldLine>),
}

//! What a lab must tell beyond [`Lab`] so that one page can play it: verbs, knobs, words.
//!
//! ```text
//! page: verb "load" + values ──▶ L::command ──▶ Command ──▶ Timeline::act ──▶ events ──▶ L::told
//!       knob "threads" = 6   ──▶ L::turn    ──▶ Command        (a knob is turned by a command,
//!       item 17 selected     ──▶ L::explain ──▶ sentences       so that a replay turns it too)
//! ```
//!
//! Everything that is shown is a word of [`BoardLab::WORDS`]. Which word is looked up:
//!
//! | shown | key of the word |
//! | --- | --- |
//! | the lab's name, one sentence about it | `lab`, `lab-text` |
//! | verb `v` | `verb-v` |
//! | argument or knob `k`, what it does | `input-k`, `input-k-text` |
//! | choice `c` | `choice-c` |
//! | group of knobs `g` | `group-g` |
//! | scenario `s`, its text | `scenario-s`, `scenario-s-text` |
//! | metric `m` | `metric-m` |
//! | lane of the density strip `d` | `density-d` |
//! | refusal `r` ([`Rejection::key`]) | `refused-r` |
//! | invariant `i` ([`super::Violation::invariant`]) | `invariant-i` |
//! | any [`Key`](crate::view::board::Key) of a board, a [`Told`], a [`Cell`](crate::view::board::Cell) | the key itself |
//!
//! `tests/labs/words.rs` holds every lab to this table, in both directions.

pub use crate::view::board::Word;

use super::{Lab, Rejection};
use crate::base::SimTime;
use crate::view::board::{Board, BoardWindow, ItemId, Told, Unit};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What fits into an argument or a knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number from `min` to `max`, both allowed.
    Number {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// A sensible step for a slider or an arrow key.
        step: i64,
        /// How it is written.
        unit: Unit,
        /// Where it starts.
        default: i64,
    },
    /// One of several, by key.
    Choice {
        /// Keys.
        of: &'static [&'static str],
        /// Where it starts.
        default: &'static str,
    },
    /// On or off.
    Switch {
        /// Where it starts.
        default: bool,
    },
    /// A name that the user types.
    Text {
        /// Bytes at most.
        max: u32,
        /// Where it starts.
        default: &'static str,
    },
}

/// An argument of a verb, or a knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Names it; unique among the arguments of a verb, and among the knobs.
    pub key: &'static str,
    /// What fits.
    pub kind: Kind,
}

/// A knob: can be turned at any moment, by a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Name and range.
    pub input: Input,
    /// The group it is shown in; knobs of a group stand together.
    pub group: &'static str,
    /// Shown only when asked for.
    pub advanced: bool,
}

/// Something a user can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verb {
    /// Names it.
    pub key: &'static str,
    /// Its arguments, in the order of [`BoardLab::command`]'s values.
    pub arguments: &'static [Input],
}

/// Value of an argument or a knob.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// A number, in the unit of its input.
    Number(i64),
    /// Key of a choice.
    Choice(String),
    /// On or off.
    Switch(bool),
    /// A name.
    Text(String),
}

/// Why values make no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputError {
    /// The lab has no verb or knob of this key.
    Unknown {
        /// The key.
        key: String,
    },
    /// A verb wants another number of values.
    Count {
        /// The verb.
        verb: &'static str,
        /// Values it wants.
        wants: usize,
        /// Values it got.
        got: usize,
    },
    /// A number is out of range.
    Range {
        /// Argument or knob.
        input: &'static str,
        /// The value.
        value: i64,
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
    },
    /// A choice is none of those there are.
    NoChoice {
        /// Argument or knob.
        input: &'static str,
        /// The value.
        value: String,
        /// Those there are.
        of: &'static [&'static str],
    },
    /// A text is too long.
    Long {
        /// Argument or knob.
        input: &'static str,
        /// Its bytes.
        bytes: usize,
        /// Bytes at most.
        max: u32,
    },
    /// A value is of another kind than its input.
    Type {
        /// Argument or knob.
        input: &'static str,
    },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { key } => write!(f, "{key}: this lab has no such verb or knob"),
            Self::Count { verb, wants, got } => write!(f, "{verb} takes {wants} values, not {got}"),
            Self::Range { input, value, min, max } => {
                write!(f, "{input} is {value}; it must be from {min} to {max}")
            }
            Self::NoChoice { input, value, of } => {
                write!(f, "{input} is {value}; it must be one of {}", of.join(", "))
            }
            Self::Long { input, bytes, max } => {
                write!(f, "{input} has {bytes} bytes; at most {max} are allowed")
            }
            Self::Type { input } => write!(f, "{input} has a value of another kind"),
        }
    }
}

impl core::error::Error for InputError {}

impl From<InputError> for Rejection {
    fn from(error: InputError) -> Self {
        Self { code: 0, key: "input".to_string(), numbers: Vec::new(), text: format!("{error}") }
    }
}

impl Input {
    /// The value it starts with.
    pub fn default_value(&self) -> Value {
        match self.kind {
            Kind::Number { default, .. } => Value::Number(default),
            Kind::Choice { default, .. } => Value::Choice(default.to_string()),
            Kind::Switch { default } => Value::Switch(default),
            Kind::Text { default, .. } => Value::Text(default.to_string()),
        }
    }

    /// Tests a value.
    ///
    /// # Errors
    /// It is of another kind, out of range, no choice or too long.
    pub fn test(&self, value: &Value) -> Result<(), InputError> {
        let input = self.key;
        match (self.kind, value) {
            (Kind::Number { min, max, .. }, &Value::Number(value)) => {
                let error = InputError::Range { input, value, min, max };
                (min..=max).contains(&value).then_some(()).ok_or(error)
            }
            (Kind::Choice { of, .. }, Value::Choice(value)) => {
                let error = || InputError::NoChoice { input, value: value.clone(), of };
                of.contains(&value.as_str()).then_some(()).ok_or_else(error)
            }
            (Kind::Switch { .. }, Value::Switch(_)) => Ok(()),
            (Kind::Text { max, .. }, Value::Text(text)) => {
                let error = InputError::Long { input, bytes: text.len(), max };
                (text.len() <= max as usize).then_some(()).ok_or(error)
            }
            _ => Err(InputError::Type { input }),
        }
    }
}

/// What a knob counts as in a stored run: of a choice its place, of a switch 0 or 1. A text counts as
/// nothing, so that no knob is one.
impl Input {
    /// A value as a number.
    ///
    /// # Errors
    /// It does not fit; see [`Input::test`].
    pub fn number(&self, value: &Value) -> Result<i64, InputError> {
        self.test(value)?;
        Ok(match (self.kind, value) {
            (Kind::Choice { of, .. }, Value::Choice(key)) => {
                of.iter().position(|known| known == key).unwrap_or(0) as i64
            }
            (_, Value::Number(number)) => *number,
            (_, Value::Switch(on)) => i64::from(*on),
            _ => 0,
        })
    }

    /// A number that [`Input::number`] gave, as a value again.
    pub fn value(&self, number: i64) -> Value {
        match self.kind {
            Kind::Number { .. } => Value::Number(number),
            Kind::Choice { of, .. } => {
                Value::Choice(of.get(number.max(0) as usize).copied().unwrap_or_default().to_string())
            }
            Kind::Switch { .. } => Value::Switch(number != 0),
            Kind::Text { .. } => Value::Text(number.to_string()),
        }
    }
}

impl Knob {
    /// What all start with, as numbers.
    pub fn defaults(all: &[Self]) -> Vec<i64> {
        let number = |knob: &Self| knob.input.number(&knob.input.default_value()).unwrap_or_default();
        all.iter().map(number).collect()
    }

    /// Its place among all.
    pub fn place(all: &[Self], key: &str) -> Option<usize> {
        all.iter().position(|knob| knob.input.key == key)
    }

    /// Tests a number for the knob at a place: a stored command was not made from a value.
    ///
    /// # Errors
    /// There is no such knob, or the number is out of its range.
    pub fn test(all: &[Self], place: usize, value: i64) -> Result<(), InputError> {
        let Some(knob) = all.get(place) else {
            return Err(InputError::Unknown { key: place.to_string() });
        };
        let (min, max) = match knob.input.kind {
            Kind::Number { min, max, .. } => (min, max),
            Kind::Choice { of, .. } => (0, of.len() as i64 - 1),
            Kind::Switch { .. } => (0, 1),
            Kind::Text { .. } => (0, 0),
        };
        let error = InputError::Range { input: knob.input.key, value, min, max };
        (min..=max).contains(&value).then_some(()).ok_or(error)
    }
}

impl Verb {
    /// Values as numbers, in the order of the arguments.
    ///
    /// # Errors
    /// As [`Verb::test`].
    pub fn numbers(&self, values: &[Value]) -> Result<Vec<i64>, InputError> {
        self.test(values)?;
        self.arguments.iter().zip(values).map(|(input, value)| input.number(value)).collect()
    }

    /// Tests values against the arguments.
    ///
    /// # Errors
    /// There are too few or too many, or one does not fit.
    pub fn test(&self, values: &[Value]) -> Result<(), InputError> {
        if values.len() != self.arguments.len() {
            let (wants, got) = (self.arguments.len(), values.len());
            return Err(InputError::Count { verb: self.key, wants, got });
        }
        self.arguments.iter().zip(values).try_for_each(|(input, value)| input.test(value))
    }
}

/// A run to start from.
#[derive(Clone, Debug)]
pub struct Start<L: Lab> {
    /// Its key.
    pub key: &'static str,
    /// Its fixed part.
    pub config: L::Config,
    /// Its seed.
    pub seed: u64,
    /// Commands given at the start.
    pub commands: Vec<L::Command>,
    /// Virtual time played before it is shown.
    pub play: SimTime,
}

impl<L: Lab> Start<L> {
    /// The lab before anything is played, its commands given.
    ///
    /// # Errors
    /// The first command that was refused.
    pub fn lab(&self) -> Result<L, Rejection> {
        let mut lab = L::new(&self.config, self.seed);
        for command in &self.commands {
            lab.execute(command, &mut Vec::new())?;
        }
        Ok(lab)
    }
}

/// A lab that shows a [`Board`].
pub trait BoardLab: Lab<View = Board, Window = BoardWindow> {
    /// Names the lab in addresses and files.
    const KEY: &'static str;
    /// Number of the lab in stored runs; see `lab::stored`.
    const STORED: u8;
    /// What a user can do.
    const VERBS: &'static [Verb];
    /// What a user can turn.
    const KNOBS: &'static [Knob];
    /// Keys of the scenarios, the one for a new user first.
    const SCENARIOS: &'static [&'static str];
    /// Units of [`Lab::METRICS`].
    const METRIC_UNITS: &'static [Unit];
    /// Names of the [`Lab::KINDS`] lanes of the density strip.
    const DENSITY: &'static [&'static str];
    /// Every word, sorted by key.
    const WORDS: &'static [Word];

    /// A scenario by its key.
    fn start(key: &str) -> Option<Start<Self>>;

    /// Makes a command from a verb and its values.
    ///
    /// # Errors
    /// The lab has no such verb, or the values do not fit.
    fn command(&self, verb: &str, values: &[Value]) -> Result<Self::Command, InputError>;

    /// What the knob at a place is turned to, as [`Input::number`] gives it.
    fn setting(&self, place: usize) -> i64;

    /// The command that turns the knob at a place to such a number.
    fn turned(place: u16, value: i64) -> Self::Command;

    /// What a knob is turned to; `None` for one that the lab does not have.
    fn knob(&self, key: &str) -> Option<Value> {
        let place = Knob::place(Self::KNOBS, key)?;
        Some(Self::KNOBS[place].input.value(self.setting(place)))
    }

    /// Makes the command that turns a knob.
    ///
    /// # Errors
    /// The lab has no such knob, or the value does not fit.
    fn turn(&self, key: &str, value: &Value) -> Result<Self::Command, InputError> {
        let place =
            Knob::place(Self::KNOBS, key).ok_or_else(|| InputError::Unknown { key: key.to_string() })?;
        Ok(Self::turned(place as u16, Self::KNOBS[place].input.number(value)?))
    }

    /// An event as a sentence.
    fn told(event: &Self::Event) -> Told;

    /// What a selected item is, why it is so, and what was weighed against it. Empty for an item
    /// that is not (or no longer) known.
    fn explain(&self, item: ItemId) -> Vec<Told>;

    /// A verb by its key.
    ///
    /// # Errors
    /// The lab has no such verb.
    fn verb(key: &str) -> Result<&'static Verb, InputError> {
        let found = Self::VERBS.iter().find(|verb| verb.key == key);
        found.ok_or_else(|| InputError::Unknown { key: key.to_string() })
    }

    /// A word by its key.
    fn word(key: &str) -> Option<&'static Word> {
        let at = Self::WORDS.binary_search_by(|word| word.key.cmp(key)).ok()?;
        Self::WORDS.get(at)
    }
}

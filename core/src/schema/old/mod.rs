//! The design that the service replaced: full copies in slots, two halves of memory, a timer.
//!
//! ```text
//! slots    [v 8 ×2] [v 16] [v 24 ×1] [ ]     whole schemas, counted references, one lock
//! halves   A ████ live ░░░░ dead   →  flip, copy what is used  →  B ████   A is freed wholesale
//! a reader that took a pointer into A and is still at work then reads freed memory: a core
//! ```
//!
//! Source: `OceanBase` 0.4 (slots), and the schema manager of the 3.x tree (halves).

mod halves;
mod slots;

pub use halves::{HalvesConfig, HalvesState, Switched, TwoHalves};
pub use slots::SnapshotSlots;

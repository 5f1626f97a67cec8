//! The tablet lab: a tablet under loads, compactions, readers and sweeps.

mod command;
mod config;

pub use command::{Idle, Kind, TabletCommand, TabletEvent};
pub use config::{DelayedDeletion, Knobs, Origin, TabletConfig, Workload};

//! The twins: as short as the description of the reference, and as slow.

mod graph;
mod tablet;
mod tracker;

pub(crate) use graph::NaiveGraph;
pub(crate) use tablet::NaiveTablet;
pub(crate) use tracker::NaiveTracker;

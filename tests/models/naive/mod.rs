//! The twins: as short as the description of the reference, and as slow.

mod graph;
mod load;
mod tablet;
mod tracker;

pub(crate) use graph::NaiveGraph;
pub(crate) use load::{NaiveFlush, naive_limit};
pub(crate) use tablet::NaiveTablet;
pub(crate) use tracker::NaiveTracker;

//! The twins: as short as the description of the reference, and as slow.

mod cloud;
mod graph;
mod inode;
mod jobs;
mod kv;
mod load;
pub(crate) mod schema;
mod tablet;
mod tracker;

pub(crate) use cloud::{Known, NaiveService, NaiveView};
pub(crate) use graph::NaiveGraph;
pub(crate) use inode::{NaiveCommits, NaiveRows, naive_slices, naive_visible};
pub(crate) use jobs::{NaiveJobs, Refusal};
pub(crate) use kv::{Change, Map, NaiveKv, NaiveTransaction};
pub(crate) use load::{NaiveFlush, naive_limit};
pub(crate) use tablet::NaiveTablet;
pub(crate) use tracker::NaiveTracker;

#![doc = include_str!("../ARCHITECTURE.md")]
#![no_std]
#![warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

extern crate alloc;

pub mod base;
pub mod cloud;
pub mod compaction;
pub mod draw;
pub mod import;
pub mod inode;
pub mod kv;
pub mod lab;
pub mod load;
pub mod record;
pub mod rowset;
pub mod schema;
pub mod sim;
pub mod tablet;
pub mod version_graph;
pub mod view;

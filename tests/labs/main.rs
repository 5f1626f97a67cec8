//! Seeded runs: checkers after every event, seeks against plain play, forks, replay, questions.

mod beside;
mod cluster;
mod faults;
mod inode;
mod leases;
mod load;
mod previews;
mod races;
mod recording;
mod schema;
mod scripted;
mod seeking;
mod words;

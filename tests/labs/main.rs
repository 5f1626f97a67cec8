//! Seeded runs: checkers after every event, seeks against plain play, forks, replay, questions.

mod beside;
mod faults;
mod load;
mod recording;
mod scripted;
mod seeking;
mod words;

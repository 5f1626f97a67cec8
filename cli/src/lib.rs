//! The headless twin of the page: `tabletop show`, `run` and `golden`.

pub mod golden;
pub mod run;
pub mod show;

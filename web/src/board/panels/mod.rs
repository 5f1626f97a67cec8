//! What is seen of a lab of boards: functions from the model to nodes, as the panels of the tablet.

pub(crate) mod bench;
pub(crate) mod inspect;
pub(crate) mod stage;
pub(crate) mod table;

//! How much a script may do. All but the last count the same on every machine.

/// Operations of every round.
pub const OPERATIONS: u64 = 200_000;
/// Operations more for each live rowset.
pub const OPERATIONS_PER_ROWSET: u64 = 200;
/// Calls inside calls.
pub const CALL_LEVELS: usize = 24;
/// Depth of an expression, outside and inside of functions.
pub const EXPRESSION_DEPTH: usize = 32;
/// Characters of a text, bytes.
pub const TEXT_BYTES: usize = 4_096;
/// Elements of a list, those of lists inside it counted too.
pub const LIST_ELEMENTS: usize = 1_000;
/// Properties of an object.
pub const OBJECT_PROPERTIES: usize = 100;
/// Functions of a script.
pub const FUNCTIONS: usize = 64;
/// Variables at a time.
pub const VARIABLES: usize = 128;
/// The safety net, ms of the wall clock.
pub const WALL_MS: u64 = 2_000;

/// Operations over so many rowsets.
pub const fn operations(rowsets: usize) -> u64 {
    OPERATIONS.saturating_add(OPERATIONS_PER_ROWSET.saturating_mul(rowsets as u64))
}

//! `cargo xtask answers`: every design of the cluster lab over the same work, written down.

use crate::process::{run, say};
use crate::tools;
use crate::workspace::Workspace;

/// Rewrites `docs/cloud-answers.md`.
///
/// # Errors
/// A run broke an invariant, or a claim of the text does not hold any more.
pub fn main(workspace: &Workspace) -> Result<(), String> {
    let test = ["test", "--package", "tabletop-tests", "--test", "drawings", "answers::answers"];
    run(tools::cargo(workspace, &test).env("UPDATE_EXPECT", "1"))?.success()?;
    say("docs/cloud-answers.md is current");
    Ok(())
}

//! `cargo xtask bench`: criterion's benches, and the same run in wasm and native.

use crate::process::{run, say};
use crate::tools;
use crate::workspace::Workspace;
use std::process::Command;

/// Runs every bench target, then the comparison; further arguments go to criterion.
///
/// # Errors
/// A bench failed, or a tool is missing.
pub fn main(workspace: &Workspace, arguments: &[String]) -> Result<(), String> {
    let mut benches = tools::cargo(workspace, &["bench", "--workspace", "--benches", "--"]);
    run(benches.args(arguments))?.success()?;
    let comparison = workspace.root.join("tests/node/compare.mjs");
    if comparison.is_file() {
        say("the same run, native and in wasm");
        tools::for_wasm_pack(workspace)?;
        tools::node()?;
        run(&mut tools::cargo(workspace, &["build", "--release", "-p", "tabletop"]))?.success()?;
        let mut package = tools::command("wasm-pack");
        package.args([
            "build",
            "web",
            "--target",
            "nodejs",
            "--out-dir",
            "pkg-nodejs",
            "--",
            "--features",
            "api",
        ]);
        run(package.current_dir(&workspace.root))?.success()?;
        let native = workspace.target.join("release/tabletop");
        run(Command::new("node").arg(comparison).arg(native).current_dir(&workspace.root))?.success()?;
    }
    Ok(())
}

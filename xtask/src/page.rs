//! Building the page: trunk, then wasm-opt where npm can bring one, then its modules are parted.

use crate::process::{Stopwatch, human, run, say};
use crate::tools::{self, BINARYEN, WEB_TARGET};
use crate::workspace::Workspace;
use crate::{compact, split};
use std::fs;
use std::path::{Path, PathBuf};

/// What rustc writes for wasm32 by default. Never `--all-features`: browsers do not have all.
const WASM_OPT: [&str; 10] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
    "--strip-producers",
];

/// Builds the page into `dist`.
///
/// # Errors
/// The build failed.
pub fn build(workspace: &Workspace) -> Result<(), String> {
    build_whole(workspace)?;
    part(workspace)
}

/// Parts the modules of a page that was built whole, and drops what browsers do not read.
///
/// # Errors
/// What trunk wrote is not what the splitter knows.
pub fn part(workspace: &Workspace) -> Result<(), String> {
    split::page(workspace)?;
    compact::folder(&workspace.dist)
}

/// Builds the page into `dist` with each module in one piece, its functions still named.
///
/// # Errors
/// The build failed.
pub fn build_whole(workspace: &Workspace) -> Result<(), String> {
    let watch = Stopwatch::start();
    // Trunk builds offline; in a fresh clone nothing has been downloaded yet.
    run(&mut tools::cargo(workspace, &["fetch", "--locked", "--target", WEB_TARGET]))?.success()?;
    let mut trunk = tools::command("trunk");
    // wasm-opt changes the modules after trunk has hashed them, so no integrity attributes;
    // page and modules come from the same place anyway.
    trunk.args(["build", "--release", "--no-sri", "true", "--dist"]).arg(&workspace.dist);
    trunk.current_dir(&workspace.root).env_remove("NO_COLOR");
    run(&mut trunk)?.success()?;
    optimise(workspace)?;
    say(format!("page built in {}", human(watch.elapsed())));
    Ok(())
}

fn optimise(workspace: &Workspace) -> Result<(), String> {
    if let Err(why) = BINARYEN.ensure(workspace) {
        say(format!("no wasm-opt ({why}): the page works, its modules are about a tenth bigger"));
        return Ok(());
    }
    for module in
        files(&workspace.dist).into_iter().filter(|path| path.extension().is_some_and(|e| e == "wasm"))
    {
        let small = module.with_extension("opt");
        let mut wasm_opt = tools::command(workspace.npm(".bin/wasm-opt"));
        // Names say where a function goes; parting drops them.
        wasm_opt.arg(if split::is_parted(&module) { "-g" } else { "--strip-debug" });
        run(wasm_opt.arg(&module).args(WASM_OPT).arg("-o").arg(&small))?.success()?;
        fs::rename(&small, &module).map_err(|error| format!("{}: {error}", module.display()))?;
    }
    Ok(())
}

/// All files below a folder, in order of their paths.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

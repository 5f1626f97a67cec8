//! Building the page: trunk, then wasm-opt where npm can bring one, then its modules are parted.

use crate::process::{Stopwatch, human, run, say};
use crate::split;
use crate::tools::{self, BINARYEN, ESBUILD, WEB_TARGET};
use crate::workspace::Workspace;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What rustc writes for wasm32 by default. Never `--all-features`: browsers do not have all.
const WASM_OPT: [&str; 12] = [
    // Rust keeps its stack at the bottom, growing down: nothing lies in the first kilobyte.
    "--low-memory-unused",
    "-Oz",
    "--converge",
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

/// Parts the modules of a page that was built whole, and minifies its scripts and styles.
///
/// # Errors
/// What trunk wrote is not what the splitter knows.
pub fn part(workspace: &Workspace) -> Result<(), String> {
    split::page(workspace)?;
    minify(workspace)
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
        // Names say where a function goes; parting drops them.
        // And a function with one caller stays itself: else what is rare hides in what is frequent.
        let parted: &[&str] = &["-g", "--one-caller-inline-max-function-size=24"];
        let own = if split::is_parted(&module) { parted } else { &["--strip-debug"] };
        let wrong = |error: io::Error| format!("{}: {error}", module.display());
        // It takes minutes, and gives the same for the same.
        let (before, kept) = (fs::read(&module).map_err(wrong)?, kept(workspace, &module, own));
        if kept.before.as_deref() == Some(&before[..]) && kept.after.is_file() {
            fs::copy(&kept.after, &module).map_err(wrong)?;
            continue;
        }
        let mut wasm_opt = tools::command(workspace.npm(".bin/wasm-opt"));
        run(wasm_opt.args(own).arg(&module).args(WASM_OPT).arg("-o").arg(&kept.after))?.success()?;
        fs::copy(&kept.after, &module).map_err(wrong)?;
        fs::write(&kept.input, &before).map_err(wrong)?;
    }
    Ok(())
}

/// What wasm-opt made of a module the last time it was asked with the same options.
struct Kept {
    input: PathBuf,
    before: Option<Vec<u8>>,
    after: PathBuf,
}

fn kept(workspace: &Workspace, module: &Path, own: &[&str]) -> Kept {
    let folder = workspace.target.join("optimised");
    // Where this fails, so does writing there.
    let _ = fs::create_dir_all(&folder);
    let name = module.file_name().and_then(|name| name.to_str()).unwrap_or("module");
    // Trunk's hash changes with the content; the name before it does not.
    let name = name.split('-').next().unwrap_or(name).trim_end_matches(".wasm");
    let mut options = DefaultHasher::new();
    (own, WASM_OPT, BINARYEN.version).hash(&mut options);
    let input = folder.join(format!("{name}-{:016x}.before", options.finish()));
    Kept { before: fs::read(&input).ok(), after: input.with_extension("after"), input }
}

fn minify(workspace: &Workspace) -> Result<(), String> {
    if let Err(why) = ESBUILD.ensure(workspace) {
        say(format!("no esbuild ({why}): the page works, its scripts are a fifth bigger"));
        return Ok(());
    }
    let mut esbuild = tools::command(workspace.npm(".bin/esbuild"));
    esbuild.args(["--minify", "--allow-overwrite", "--log-level=warning"]);
    for (option, folder) in [("--outbase=", &workspace.dist), ("--outdir=", &workspace.dist)] {
        esbuild.arg(format!("{option}{}", folder.display()));
    }
    let text = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "js" || kind == "css");
    run(esbuild.args(files(&workspace.dist).into_iter().filter(text)))?.success().map(drop)
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

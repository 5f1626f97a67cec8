//! Tools that are pinned, and installed where they are missing.
//!
//! Cargo's go to `~/.cargo/bin`, npm's to `target/tools`, Debian's where apt-get puts them.
//! Nothing that is there in the right version is touched.

use crate::process::{Stopwatch, ask, human, run, say};
use crate::workspace::Workspace;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The one toolchain; `rust-toolchain.toml` says the same.
pub const TOOLCHAIN: &str = "1.95.0";
/// Where no std exists: proves that core needs none.
pub const NO_STD_TARGET: &str = "wasm32v1-none";
/// What the browser runs.
pub const WEB_TARGET: &str = "wasm32-unknown-unknown";

const TRUNK: Crate =
    Crate { name: "trunk", program: "trunk", version: "0.21.14", locked: true, minutes: "6 to 10" };
const WASM_BINDGEN: Crate = Crate {
    name: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: "0.2.130",
    locked: false,
    minutes: "3 to 5",
};
const WASM_PACK: Crate =
    Crate { name: "wasm-pack", program: "wasm-pack", version: "0.15.1", locked: true, minutes: "3 to 5" };

/// wasm-opt. Debian's (108) breaks what today's rustc writes.
pub const BINARYEN: Npm = Npm { name: "binaryen", version: "132.0.0" };
/// Minifies scripts and styles: names get short, which text tools of our own would get wrong.
pub const ESBUILD: Npm = Npm { name: "esbuild", version: "0.25.12" };
/// Accessibility rules.
pub const AXE: Npm = Npm { name: "axe-core", version: "4.14.1" };
/// Type-checks the JavaScript API's declarations.
pub const TYPESCRIPT: Npm = Npm { name: "typescript", version: "5.9.3" };

/// A program from crates.io.
struct Crate {
    name: &'static str,
    program: &'static str,
    version: &'static str,
    locked: bool,
    minutes: &'static str,
}

/// A package from the npm registry.
#[derive(Clone, Copy, Debug)]
pub struct Npm {
    /// Its name.
    pub name: &'static str,
    /// The one version.
    pub version: &'static str,
}

fn cargo_bin() -> PathBuf {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    home.unwrap_or_default().join("bin")
}

/// A command that finds what cargo has installed even where `~/.cargo/bin` is not on the path.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    let mut folders = vec![cargo_bin()];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    if let Ok(path) = env::join_paths(folders) {
        command.env("PATH", path);
    }
    command
}

/// Cargo, in the workspace.
pub fn cargo(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut cargo = command("cargo");
    cargo.current_dir(&workspace.root).args(arguments);
    if env::var_os("CI").is_some() {
        // Nothing is compiled twice in a clean clone.
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    cargo
}

/// Where a program lies on the path.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn is_root() -> bool {
    ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// The compiler's standard library for a target.
///
/// # Errors
/// rustup could not add it.
pub fn target(name: &str) -> Result<(), String> {
    let folder = ask(command("rustc").args(["--print", "target-libdir", "--target", name]));
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    say(format!("adding the target {name} to toolchain {TOOLCHAIN}"));
    let finished = run(command("rustup").args(["target", "add", name, "--toolchain", TOOLCHAIN]))?;
    finished.success().map(drop).map_err(|error| {
        format!("{error}; install the target: rustup target add {name} --toolchain {TOOLCHAIN}")
    })
}

/// A component of the toolchain, asked for by the subcommand it brings.
///
/// # Errors
/// rustup could not add it.
pub fn component(name: &str, subcommand: &str) -> Result<(), String> {
    if ask(command("cargo").args([subcommand, "--version"])).is_some() {
        return Ok(());
    }
    say(format!("adding {name} to toolchain {TOOLCHAIN}"));
    run(command("rustup").args(["component", "add", name, "--toolchain", TOOLCHAIN]))?.success().map(drop)
}

impl Crate {
    fn ensure(&self, workspace: &Workspace) -> Result<(), String> {
        let installed = ask(command(self.program).arg("--version")).unwrap_or_default();
        if installed.split_whitespace().any(|word| word == self.version) {
            return Ok(());
        }
        let (name, version, minutes) = (self.name, self.version, self.minutes);
        say(format!("installing {name} {version} from crates.io: {minutes} minutes, once"));
        let watch = Stopwatch::start();
        let mut install = command("cargo");
        install.args(["install", name, "--version", version, "--force"]);
        if self.locked {
            install.arg("--locked");
        }
        install.current_dir(&workspace.root).env("CARGO_TARGET_DIR", workspace.tools.join("build"));
        run(&mut install)?.success().map_err(|error| {
            let locked = if self.locked { " --locked" } else { "" };
            format!("{error}; install it by hand: cargo install {name} --version {version}{locked}")
        })?;
        say(format!("{name} {version} installed in {}", human(watch.elapsed())));
        Ok(())
    }
}

/// What `serve` needs.
///
/// # Errors
/// What could not be installed.
pub fn for_page(workspace: &Workspace) -> Result<(), String> {
    target(WEB_TARGET)?;
    WASM_BINDGEN.ensure(workspace)?;
    TRUNK.ensure(workspace)
}

/// What wasm tests and the JavaScript packages need.
///
/// # Errors
/// What could not be installed.
pub fn for_wasm_pack(workspace: &Workspace) -> Result<(), String> {
    target(WEB_TARGET)?;
    WASM_BINDGEN.ensure(workspace)?;
    WASM_PACK.ensure(workspace)
}

/// Programs of a Debian package; apt-get installs them where this is root.
fn debian(programs: &[&str], packages: &[&str]) -> Result<(), String> {
    let missing: Vec<_> = programs.iter().filter(|program| which(program).is_none()).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("install {}: apt-get install {}", missing.join(" and "), packages.join(" "));
    if which("apt-get").is_none() || !is_root() {
        return Err(by_hand);
    }
    say(format!("installing {} by apt-get", packages.join(" ")));
    let apt = |arguments: &[&str]| {
        run(Command::new("apt-get")
            .args(["-q", "-y"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend_from_slice(packages);
    apt(&install)?.success().map(drop).map_err(|error| format!("{error}; {by_hand}"))
}

/// Chromium and the driver that steers it.
///
/// # Errors
/// They are missing and could not be installed.
pub fn chromium() -> Result<(), String> {
    debian(&["chromium", "chromedriver"], &["chromium", "chromium-driver"])
}

/// Node.js, for the Node example and what npm brings.
///
/// # Errors
/// It is missing and could not be installed.
pub fn node() -> Result<(), String> {
    debian(&["node"], &["nodejs"])
}

/// Fonts for the Chinese page; pictures only.
///
/// # Errors
/// They are missing and could not be installed.
pub fn chinese_fonts() -> Result<(), String> {
    if ask(Command::new("fc-list").args([":lang=zh", "family"])).is_some_and(|list| !list.is_empty()) {
        return Ok(());
    }
    debian(&["fc-list-with-a-chinese-font"], &["fontconfig", "fonts-noto-cjk"])
}

impl Npm {
    /// Installs it into `target/tools`; several live side by side.
    ///
    /// # Errors
    /// npm is missing, or failed.
    pub fn ensure(self, workspace: &Workspace) -> Result<(), String> {
        let manifest = workspace.npm(self.name).join("package.json");
        let pinned = format!("\"version\": \"{}\"", self.version);
        if std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&pinned)) {
            return Ok(());
        }
        let (name, version) = (self.name, self.version);
        debian(&["npm"], &["npm"])?;
        std::fs::create_dir_all(&workspace.tools).map_err(|error| error.to_string())?;
        let package = format!("{name}@{version}");
        let finished = run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix"])
            .arg(&workspace.tools)
            .arg(&package)
            .current_dir(&workspace.tools))?;
        finished.success().map(drop).map_err(|error| format!("{error}; npm could not install {package}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{TOOLCHAIN, WASM_BINDGEN};

    #[test]
    fn pins_agree_with_the_manifests() {
        let toolchain = include_str!("../../rust-toolchain.toml");
        assert!(toolchain.contains(&format!("\"{TOOLCHAIN}\"")), "rust-toolchain.toml");
        let lock = include_str!("../../Cargo.lock");
        let pin = format!("name = \"wasm-bindgen\"\nversion = \"{}\"", WASM_BINDGEN.version);
        assert!(lock.contains(&pin), "the tool and the crate in Cargo.lock must have one version");
    }
}

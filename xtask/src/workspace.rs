//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

/// The folders that commands read and write.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target folder; `CARGO_TARGET_DIR` is honoured.
    pub target: PathBuf,
    /// What npm installs, by version, for builds and tests only.
    pub tools: PathBuf,
    /// The built page.
    pub dist: PathBuf,
}

impl Workspace {
    /// The workspace that this crate lies in.
    pub fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Self { tools: target.join("tools"), dist: root.join("dist"), root, target }
    }

    /// A file that an npm package installed into [`Workspace::tools`].
    pub fn npm(&self, path: &str) -> PathBuf {
        self.tools.join("node_modules").join(path)
    }
}

//! The files of `tests/samples`; `INDEX.md` there says where each comes from.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// One file, named from the folder of samples.
pub(crate) fn read(name: &str) -> Vec<u8> {
    std::fs::read(root().join(name)).expect("a sample of that name")
}

/// All files by name, with their bytes.
pub(crate) fn all() -> Vec<(String, Vec<u8>)> {
    let mut names = Vec::new();
    for folder in std::fs::read_dir(root()).expect("the folder of samples").flatten() {
        if !folder.path().is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
            names.push(format!("{}/{}", folder.file_name().display(), file.file_name().display()));
        }
    }
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

//! Runs golden cases of the reference systems.
//!
//! ```text
//! version_graph.jsonl: 528 cases, 0 differ
//! tablet_ops.jsonl: 155 cases, 1 differ
//!   line 12, tablet-0031, op 4 (gc): expected {"rs":…}, got {"rs":…}
//! ```
//!
//! A file is a family of cases, one per line; its name (with or without `unit_`) picks the runner
//! from [`FAMILIES`]. What a runner does not understand is an error, not a case passed over: an
//! unknown file, field or operation, a missing expectation, an empty folder. `*.md` files are notes.
//!
//! `order_sensitive_from` of a case names the first operation whose result depended on the order
//! of a hash map in the reference; from there on operations are read but not carried out.

mod case;
mod chunkinfo_visible;
mod cloud_sync;
mod inode_json;
mod inode_pure;
mod inode_scenarios;
mod json;
mod points;
mod policies;
mod policy_case;
mod schema_scenarios;
mod sync_versions;
mod tablet_ops;
mod version_graph;

pub use case::{CaseError, Verdict};

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Runs one line.
pub type Runner = fn(line: &str) -> Result<Verdict, CaseError>;

/// File names without extension, each with its runner. A lab adds its families here.
pub const FAMILIES: &[(&str, Runner)] = &[
    ("version_graph", version_graph::run),
    ("unit_version_graph", version_graph::run),
    ("tablet_ops", tablet_ops::run),
    ("calc_sync_versions", sync_versions::run),
    ("unit_calc_sync_versions", sync_versions::run),
    ("cloud_sync", cloud_sync::run),
    ("schema_scenarios", schema_scenarios::run),
    ("inode_scenarios", inode_scenarios::run),
    ("chunkinfo_visible", chunkinfo_visible::run),
    ("pick_size_based", policy_case::run::<policies::SizeBased>),
    ("unit_pick_size_based", policy_case::run::<policies::SizeBased>),
    ("cloud_pick_size_based", policy_case::run::<policies::CloudSizeBased>),
    ("unit_cloud_pick_size_based", policy_case::run::<policies::CloudSizeBased>),
    ("pick_time_series", policy_case::run::<policies::TimeSeries>),
    ("unit_pick_time_series", policy_case::run::<policies::TimeSeries>),
    ("base_pick", policy_case::run::<policies::BasePick>),
    ("unit_base_pick", policy_case::run::<policies::BasePick>),
    ("legacy_num_based", policy_case::run::<policies::NumBased>),
    ("level_size", policy_case::run::<policies::LevelSize>),
    ("helpers", policy_case::run::<policies::Helpers>),
    ("unit_helpers", policy_case::run::<policies::Helpers>),
    ("cumulative_point", policy_case::run::<points::Point>),
    ("unit_cumulative_point", policy_case::run::<points::Point>),
    ("cumu_select", policy_case::run::<points::Select>),
];

/// How the cases of a file went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// File name.
    pub file: String,
    /// Cases run.
    pub cases: usize,
    /// Cases with at least one result that is not the expected one.
    pub differ: usize,
    /// Line, case, operation and both results of the first of them.
    pub first_difference: Option<String>,
}

impl fmt::Display for FileReport {
    /// `FILE: N cases, M differ`, and the first difference on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} cases, {} differ", self.file, self.cases, self.differ)?;
        match &self.first_difference {
            Some(difference) => write!(f, "\n  {difference}"),
            None => Ok(()),
        }
    }
}

/// Why cases could not be run.
#[derive(Debug)]
pub enum GoldenError {
    /// A file or folder could not be read.
    Io(PathBuf, io::Error),
    /// No runner has this name, or it is no file.
    UnknownFile(PathBuf),
    /// The folder has no case file.
    EmptyFolder(PathBuf),
    /// The file has no case.
    EmptyFile(PathBuf),
    /// A line could not be understood.
    Case {
        /// File.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was wrong.
        error: CaseError,
    },
}

impl fmt::Display for GoldenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::UnknownFile(path) => {
                let names: Vec<_> = FAMILIES.iter().map(|(name, _)| *name).collect();
                write!(f, "{}: not a known case file ({}.jsonl)", path.display(), names.join(".jsonl, "))
            }
            Self::EmptyFolder(path) => write!(f, "{}: no case file in this folder", path.display()),
            Self::EmptyFile(path) => write!(f, "{}: no case in this file", path.display()),
            Self::Case { file, line, error } => write!(f, "{}:{line}: {error}", file.display()),
        }
    }
}

impl std::error::Error for GoldenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            Self::Case { error, .. } => Some(error),
            Self::UnknownFile(_) | Self::EmptyFolder(_) | Self::EmptyFile(_) => None,
        }
    }
}

/// Runs every file of a folder, by name.
///
/// # Errors
/// The folder is empty, has something in it that is neither a known case file nor a note, or one
/// of its files cannot be run.
pub fn run_dir(dir: &Path) -> Result<Vec<FileReport>, GoldenError> {
    let failed = |error| GoldenError::Io(dir.to_path_buf(), error);
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() || path.extension().is_none_or(|extension| extension != "md") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(GoldenError::EmptyFolder(dir.to_path_buf()));
    }
    files.sort();
    // An unknown name is found before the known ones have been run for a minute.
    for file in &files {
        runner_of(file)?;
    }
    files.iter().map(|file| run_file(file)).collect()
}

/// Runs one file.
///
/// # Errors
/// Its name is not known, it cannot be read, it is empty, or a line is not understood.
pub fn run_file(path: &Path) -> Result<FileReport, GoldenError> {
    let run = runner_of(path)?;
    let text = fs::read_to_string(path).map_err(|error| GoldenError::Io(path.to_path_buf(), error))?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut report = FileReport { file, cases: 0, differ: 0, first_difference: None };
    for (line, text) in (1..).zip(text.lines()) {
        let verdict =
            run(text).map_err(|error| GoldenError::Case { file: path.to_path_buf(), line, error })?;
        report.cases += 1;
        if let Verdict::Differs(difference) = verdict {
            report.differ += 1;
            report.first_difference.get_or_insert_with(|| format!("line {line}, {difference}"));
        }
    }
    if report.cases == 0 {
        return Err(GoldenError::EmptyFile(path.to_path_buf()));
    }
    Ok(report)
}

fn runner_of(path: &Path) -> Result<Runner, GoldenError> {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let jsonl = path.extension().is_some_and(|extension| extension == "jsonl");
    FAMILIES
        .iter()
        .find(|(name, _)| jsonl && path.is_file() && *name == stem)
        .map(|&(_, run)| run)
        .ok_or_else(|| GoldenError::UnknownFile(path.to_path_buf()))
}

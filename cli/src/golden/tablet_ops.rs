//! `tablet_ops`: a shared-nothing tablet.

use super::case::{CaseError, OpsCase, Outcome, Verdict, compare, parse};
use super::json::{Span, range, span, spans};
use serde::Deserialize;
use std::collections::BTreeMap;
use tabletop_core::base::{PathId, RowsetId, SimTime, VersionRange};
use tabletop_core::rowset::RowsetMeta;
use tabletop_core::tablet::{CaptureOptions, Keying, ModifyOptions, SweepRule, Tablet};

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: OpsCase = parse(line)?;
    let mut subject = Subject::default();
    case.run(|op| Ok(subject.carry_out(op)))
}

/// `[name, start, end, created]`.
type Rowset = (String, i64, i64, u64);

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
enum Op {
    Create {
        #[serde(rename = "now")]
        _now: u64,
        rowsets: Vec<Rowset>,
        expect: State,
    },
    AddIncRowset {
        #[serde(rename = "now")]
        _now: u64,
        rs: Rowset,
        expect: Code,
    },
    AddRowset {
        now: u64,
        rs: Rowset,
        expect: CodeAndState,
    },
    ModifyRowsets {
        now: u64,
        add: Vec<Rowset>,
        delete: Vec<(String, i64, i64)>,
        check_delete: bool,
        expect: CodeAndState,
    },
    DeleteRowsets {
        now: u64,
        delete: Vec<Span>,
        move_to_stale: bool,
        expect: CodeAndState,
    },
    Gc {
        now: u64,
        stale_sweep_time_sec: u64,
        by_size: bool,
        expect: State,
    },
    Capture {
        v: Span,
        quiet: bool,
        expect: Captured,
    },
    MissedVersions {
        upto: i64,
        expect: Vec<Span>,
    },
    MaxContinuous {
        expect: MaxContinuous,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: i32,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeAndState {
    code: i32,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    rs: Vec<Span>,
    stale: Vec<Span>,
    stale_metas: Vec<Span>,
    paths: Vec<Path>,
    vertices: usize,
    orphans: usize,
    newly_unused: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Path {
    id: u64,
    max_ts: u64,
    versions: Vec<Span>,
}

/// `path` with code 0 only.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Captured {
    code: i32,
    path: Option<Vec<Span>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaxContinuous {
    version: Span,
    max_version: Span,
    cross: bool,
}

struct Subject {
    tablet: Tablet,
    /// Numbers of rowset names, and the other way round.
    ids: BTreeMap<String, RowsetId>,
    names: Vec<String>,
}

impl Default for Subject {
    fn default() -> Self {
        Self { tablet: Tablet::create(&[], Keying::ById), ids: BTreeMap::new(), names: Vec::new() }
    }
}

impl Subject {
    fn carry_out(&mut self, op: Op) -> Outcome {
        match op {
            Op::Create { rowsets, expect, .. } => {
                let metas: Vec<_> = rowsets.iter().map(|rowset| self.meta(rowset)).collect();
                self.tablet = Tablet::create(&metas, Keying::ById);
                compare(&sorted(expect), &self.state(&[]))
            }
            Op::AddIncRowset { rs, expect, .. } => {
                let meta = self.meta(&rs);
                let code = self.tablet.add_inc_rowset(meta).err().map_or(0, |error| error.code());
                compare(&expect, &Code { code })
            }
            Op::AddRowset { now, rs, expect } => {
                let meta = self.meta(&rs);
                let added = self.tablet.add_rowset(meta, SimTime::from_secs(now));
                let (code, unused) = match added {
                    Ok(modified) => (0, modified.unused),
                    Err(error) => (error.code(), Vec::new()),
                };
                self.compare_coded(code, &unused, expect)
            }
            Op::ModifyRowsets { now, add, delete, check_delete, expect } => {
                let add: Vec<_> = add.iter().map(|rowset| self.meta(rowset)).collect();
                let delete: Vec<_> = delete
                    .iter()
                    .map(|(name, start, end)| (self.id(name), VersionRange::new(*start, *end)))
                    .collect();
                let options = ModifyOptions { check: check_delete, keep_stale: true };
                let now = SimTime::from_secs(now);
                let (code, unused) = match self.tablet.modify_rowsets(&add, &delete, options, now) {
                    Ok(modified) => (0, modified.unused),
                    Err(error) => (error.code(), Vec::new()),
                };
                self.compare_coded(code, &unused, expect)
            }
            Op::DeleteRowsets { now, delete, move_to_stale, expect } => {
                let ranges: Vec<_> = delete.into_iter().map(range).collect();
                let modified = self.tablet.delete_rowsets(&ranges, move_to_stale, SimTime::from_secs(now));
                self.compare_coded(0, &modified.unused, expect)
            }
            Op::Gc { now, stale_sweep_time_sec, by_size, expect } => {
                let rule = SweepRule {
                    ttl: SimTime::from_secs(stale_sweep_time_sec),
                    by_size,
                    ..SweepRule::default()
                };
                let sweep = self.tablet.sweep(SimTime::from_secs(now), &rule);
                if sweep.rebuilt {
                    self.take_over_ids(&expect.paths);
                }
                compare(&sorted(expect), &self.state(&sweep.unused))
            }
            Op::Capture { v, quiet, expect } => {
                let mut path = Vec::new();
                let options = CaptureOptions { quiet, ..CaptureOptions::default() };
                let got = match self.tablet.capture(range(v), options, &mut path) {
                    Ok(()) => Captured { code: 0, path: Some(spans(&path)) },
                    Err(error) => Captured { code: error.code(), path: None },
                };
                compare(&expect, &got)
            }
            Op::MissedVersions { upto, expect } => {
                let missed: Vec<_> = self.tablet.missed_versions(upto).into_iter().map(|v| (v, v)).collect();
                compare(&expect, &missed)
            }
            Op::MaxContinuous { expect } => {
                let reached = self.tablet.max_continuous();
                let got = MaxContinuous {
                    version: span(reached.version),
                    max_version: span(reached.max_version),
                    cross: reached.crossed,
                };
                compare(&expect, &got)
            }
        }
    }

    fn compare_coded(&self, code: i32, unused: &[RowsetMeta], expect: CodeAndState) -> Outcome {
        let expect = CodeAndState { code: expect.code, state: sorted(expect.state) };
        compare(&expect, &CodeAndState { code, state: self.state(unused) })
    }

    fn id(&mut self, name: &str) -> RowsetId {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = RowsetId(self.names.len() as u64);
        self.names.push(name.to_string());
        self.ids.insert(name.to_string(), id);
        id
    }

    fn meta(&mut self, (name, start, end, created): &Rowset) -> RowsetMeta {
        let range = VersionRange::new(*start, *end);
        RowsetMeta::empty(self.id(name), range, SimTime::from_secs(*created))
    }

    /// After a rebuild the reference numbers paths by the order of a hash map: paths that agree in
    /// all else get the number expected of them, so that later operations can name them.
    fn take_over_ids(&mut self, expected: &[Path]) {
        let mut ours: Vec<_> = self.paths();
        let mut pairs = Vec::new();
        for theirs in expected {
            let same = |path: &Path| path.max_ts == theirs.max_ts && path.versions == theirs.versions;
            let Some(at) = ours.iter().position(same) else { continue };
            pairs.push((PathId(ours.swap_remove(at).id), PathId(theirs.id)));
        }
        self.tablet.renumber_paths(&pairs);
    }

    fn paths(&self) -> Vec<Path> {
        self.tablet
            .stale_paths()
            .map(|path| Path {
                id: path.id.0,
                max_ts: path.newest.secs(),
                versions: path.members.iter().map(|&(range, _)| span(range)).collect(),
            })
            .collect()
    }

    fn state(&self, unused: &[RowsetMeta]) -> State {
        let stale: Vec<_> = self.tablet.stale().map(|rowset| span(rowset.meta.range)).collect();
        sorted(State {
            rs: self.tablet.live().map(|meta| span(meta.range)).collect(),
            stale_metas: stale.clone(),
            stale,
            paths: self.paths(),
            vertices: self.tablet.graph().vertex_count(),
            orphans: self.tablet.graph().orphan_count(),
            newly_unused: unused.iter().map(|meta| self.names[meta.id.0 as usize].clone()).collect(),
        })
    }
}

/// Unused rowsets are a set.
fn sorted(mut state: State) -> State {
    state.newly_unused.sort();
    state
}

//! `chunkinfo_visible`: what is seen of overlapping chunk infos, and the compaction that follows.

use super::case::{CaseError, Verdict, parse};
use super::inode_json::{Info, OrCount, VisibleNode, info, json_of_node};
use serde::Deserialize;
use std::fmt;
use tabletop_core::inode::{
    ChunkInfo, EmptyFile, Geometry, InodeKey, Node, Object, Piece, Plan, Prefix, Rewrite, Selection, plan,
    select, visible, window,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "kind")]
    _kind: String,
    chunk_size: u64,
    block_size: u64,
    inode_len: u64,
    chunk_index: u64,
    fs_id: u32,
    inode_id: u64,
    object_prefix: u8,
    infos: Vec<Info>,
    need_compact: bool,
    visible: Vec<VisibleNode>,
    plan: Option<Expected>,
    delete: Option<OrCount<String>>,
    #[serde(default)]
    quirks: Vec<Quirk>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Quirk {
    ZeroThenHole,
    AllZeroId0,
    InodeLenZeroWraps,
    CrossesChunk,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    chunk_id: u64,
    compaction: u64,
    offset: u64,
    len: u64,
    reference_len: Option<u64>,
    reads: Option<OrCount<(u8, String, u64, u64)>>,
    put: Option<OrCount<String>>,
    content_fnv1a64: Option<String>,
}

pub(super) fn prefix(number: u8) -> Result<Prefix, String> {
    match number {
        0 => Ok(Prefix::None),
        1 => Ok(Prefix::Thousands),
        2 => Ok(Prefix::Spread),
        _ => Err(format!("object prefix {number} is none of 0, 1, 2")),
    }
}

pub(super) fn run(line: &str) -> Result<Verdict, CaseError> {
    let case: Case = parse(line)?;
    let wrong = |what| CaseError { case: Some(case.id.clone()), op: None, what };
    let prefix = prefix(case.object_prefix).map_err(wrong)?;
    Ok(case
        .check(prefix)
        .map_or_else(|difference| Verdict::Differs(format!("{}, {difference}", case.id)), |()| Verdict::Same))
}

fn same<T: PartialEq + fmt::Debug>(what: &str, expected: &T, got: &T) -> Result<(), String> {
    let differ = || format!("{what}: expected {expected:?}, got {got:?}");
    (expected == got).then_some(()).ok_or_else(differ)
}

fn agrees<T: PartialEq + fmt::Debug>(
    what: &str,
    expected: Option<&OrCount<T>>,
    got: &[T],
) -> Result<(), String> {
    let differ = |expected| format!("{what}: expected {expected:?}, got {got:?}");
    expected.map_or(Ok(()), |expected| expected.agrees(got).then_some(()).ok_or_else(|| differ(expected)))
}

impl Case {
    fn check(&self, prefix: Prefix) -> Result<(), String> {
        let geometry = Geometry { chunk_size: self.chunk_size, block_size: self.block_size };
        let infos: Vec<_> = self.infos.iter().copied().map(info).collect();
        let lists = vec![(self.chunk_index, infos)];
        let chosen = select(self.inode_len, geometry, &lists, Selection::default());
        same("need_compact", &self.need_compact, &!chosen.is_empty())?;
        let infos = &lists[0].1;

        let seen = |empty| visible(infos, window(geometry, self.inode_len, self.chunk_index, empty));
        let nodes = seen(EmptyFile::Everything);
        same("visible", &self.visible, &nodes.iter().map(json_of_node).collect())?;
        // On purpose: an empty file shows nothing.
        let ours = seen(EmptyFile::Nothing);
        let wraps = self.quirks.contains(&Quirk::InodeLenZeroWraps);
        let expected_own = if wraps { Vec::new() } else { nodes.clone() };
        same("visible, our own", &expected_own, &ours)?;
        if self.quirks.contains(&Quirk::CrossesChunk) {
            return Ok(());
        }
        let inode = InodeKey { fs: self.fs_id, ino: self.inode_id };
        let name = |object: Object| object.name(prefix).to_string();
        let named = |infos: &[ChunkInfo]| -> Vec<String> {
            infos.iter().flat_map(|info| geometry.objects(inode, info)).map(name).collect()
        };
        agrees("delete", self.delete.as_ref(), &named(infos))?;
        let plans = plan(&nodes, geometry, Rewrite::Whole { forget_holes: false });
        let Some(expected) = &self.plan else { return same("plan", &Vec::new(), &plans) };
        let Some(made) = plans.first() else { return Err("plan: expected one, got none".to_string()) };
        let got = (made.info.chunk_id, made.info.compaction, made.info.offset, made.info.len);
        same("plan", &(expected.chunk_id, expected.compaction, expected.offset, expected.len), &got)?;
        let all_zero = self.quirks.contains(&Quirk::AllZeroId0);
        same("all zeros", &all_zero, &nodes.iter().all(|node| node.info.zero))?;
        // The reference's fault, in the mode that copies it.
        let moved = plan(&nodes, geometry, Rewrite::Whole { forget_holes: true });
        let moved = moved.first().map(|plan| plan.info.len);
        same("reference_len", &Some(expected.reference_len.unwrap_or(expected.len)), &moved)?;
        let reads: Vec<_> = made
            .reads(inode, geometry)
            .into_iter()
            .map(|read| {
                let zero = u8::from(read.object.is_none());
                (zero, read.object.map(name).unwrap_or_default(), read.offset, read.len)
            })
            .collect();
        agrees("reads", expected.reads.as_ref(), &reads)?;
        agrees("put", expected.put.as_ref(), &named(&[made.info]))?;
        let Some(hash) = &expected.content_fnv1a64 else { return Ok(()) };
        let content = content_of(made);
        same("content", hash, &format!("{:016x}", fnv1a64(&content)))?;
        check_sparse(geometry, &nodes, made.info.offset, &content)
    }
}

/// Our own rewriting stores other infos, but shows the same bytes.
fn check_sparse(geometry: Geometry, nodes: &[Node], offset: u64, expected: &[u8]) -> Result<(), String> {
    let mut content = vec![0; expected.len()];
    for plan in plan(nodes, geometry, Rewrite::Sparse { first_id: 1 }) {
        let at = (plan.info.offset - offset) as usize;
        let bytes = content_of(&plan);
        content[at..at + bytes.len()].copy_from_slice(&bytes);
    }
    same("content, sparse", &fnv1a64(expected), &fnv1a64(&content))
}

/// A byte of the info at a place of its list.
fn byte(at: u32, position: u64) -> u8 {
    ((31 * (u64::from(at) + 1) + position) % 251) as u8
}

fn content_of(plan: &Plan) -> Vec<u8> {
    let mut content = Vec::new();
    for piece in &plan.pieces {
        match piece {
            Piece::Zeros(len) => content.resize(content.len() + *len as usize, 0),
            Piece::Copy(node) => content.extend((node.begin..=node.end).map(|at| byte(node.at, at))),
        }
    }
    content
}

fn fnv1a64(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

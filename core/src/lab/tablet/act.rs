//! Commands, and what both commands and the schedule do to the tablet.

use super::config::{DelayedDeletion, Knobs, Workload};
use super::{Due, GHOSTS_KEPT, Ghost, Idle, Kind, TabletCommand, TabletEvent, TabletLab};
use crate::base::{RowsetId, SimTime, VersionRange};
use crate::lab::Rejection;
use crate::rowset::{RowsetMeta, Unknown};
use crate::tablet::SweepStop;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Bytes a single load may claim: sums over millions of loads stay inside 64 bits.
const LOAD_BYTES_MAX: u64 = 1 << 40;

fn refuse(code: i32, key: &str, numbers: &[i64], text: String) -> Rejection {
    Rejection { code, key: key.to_string(), numbers: numbers.to_vec(), text }
}

impl TabletLab {
    pub(super) fn obey(
        &mut self,
        command: &TabletCommand,
        out: &mut Vec<TabletEvent>,
    ) -> Result<(), Rejection> {
        match command {
            TabletCommand::Load { rows, bytes, segments, overlapping } => {
                self.room_for_a_load()?;
                if *bytes > LOAD_BYTES_MAX {
                    return Err(refuse(
                        0,
                        "load-too-big",
                        &[*bytes as i64],
                        format!("A load of {bytes} bytes is above 1 TiB. Make it smaller."),
                    ));
                }
                self.publish(*rows, *bytes, *segments, *overlapping, false, out);
                Ok(())
            }
            TabletCommand::DeleteLoad => {
                self.room_for_a_load()?;
                self.publish(0, 0, 0, false, true, out);
                Ok(())
            }
            TabletCommand::Compact { range } => self.compact_range(*range, out),
            TabletCommand::CompactPick { kind } => self.compact_picked(*kind, out),
            TabletCommand::Query { version, holds_ms } => {
                let newest = self.visible();
                let version = version.unwrap_or(newest);
                if version < 0 || version > newest {
                    return Err(refuse(
                        0,
                        "version-unknown",
                        &[version, newest],
                        format!("Version {version} cannot be read: the newest visible one is {newest}."),
                    ));
                }
                self.start_reader(version, SimTime::from_millis((*holds_ms).into()), out);
                Ok(())
            }
            TabletCommand::Sweep => {
                self.sweep(out);
                if out.is_empty() {
                    out.push(TabletEvent::SweptNothing { next: self.first_expiry() });
                }
                Ok(())
            }
            TabletCommand::Restart => {
                self.restart(out);
                Ok(())
            }
            TabletCommand::SetKnobs(knobs) => {
                check_knobs(knobs)?;
                self.knobs = knobs.clone();
                self.tablet.set_keying(knobs.keying);
                if knobs.delayed_deletion == DelayedDeletion::Off {
                    self.sweep(out);
                }
                out.push(TabletEvent::KnobsSet);
                Ok(())
            }
            TabletCommand::SetWorkload(workload) => {
                check_workload(workload)?;
                self.workload = workload.clone();
                self.due = Due::from(workload, self.now);
                out.push(TabletEvent::WorkloadSet);
                Ok(())
            }
            TabletCommand::SetScript(text) => self.set_script(text, out),
        }
    }

    fn room_for_a_load(&self) -> Result<(), Rejection> {
        let (count, limit) = (self.tablet.live_len() as i64, i64::from(self.knobs.version_limit()));
        if count > limit {
            return Err(refuse(
                -235,
                "too-many-versions",
                &[count, limit],
                format!(
                    "TOO_MANY_VERSION: {count} live rowsets, the limit is {limit}. Compact, or raise it."
                ),
            ));
        }
        Ok(())
    }

    fn compact_range(&mut self, range: VersionRange, out: &mut Vec<TabletEvent>) -> Result<(), Rejection> {
        let numbers = [range.start, range.end];
        let inside: Vec<&RowsetMeta> = self.tablet.live().filter(|meta| meta.range.overlaps(range)).collect();
        if let Some(across) = inside.iter().find(|meta| !range.contains(meta.range)) {
            return Err(refuse(
                0,
                "range-cuts-rowset",
                &[range.start, range.end, across.range.start, across.range.end],
                format!("{range} cuts through the live rowset {}. Choose whole rowsets.", across.range),
            ));
        }
        let covered = inside
            .iter()
            .try_fold(range.start, |next, meta| (meta.range.start == next).then_some(meta.range.end + 1));
        if inside.is_empty() || covered != Some(range.end.saturating_add(1)) {
            return Err(refuse(
                6,
                "range-not-covered",
                &numbers,
                format!("Live rowsets do not cover {range} without a gap, so nothing was merged."),
            ));
        }
        if let [single] = inside[..]
            && !single.is_overlapping()
        {
            return Err(refuse(
                0,
                "nothing-to-merge",
                &numbers,
                format!("{} is one rowset whose segments do not overlap: nothing to merge.", single.range),
            ));
        }
        let pick = Self::picked_by_hand(&inside);
        self.merge(Kind::Chosen, &pick, out);
        Ok(())
    }

    fn compact_picked(&mut self, kind: Kind, out: &mut Vec<TabletEvent>) -> Result<(), Rejection> {
        let selection = self.select_by_hand(kind);
        if let Some(fault) = &selection.pick.why.fault {
            return Err(super::own::refused(fault));
        }
        if selection.pick.inputs.is_empty() && selection.point.is_none() {
            return Err(Idle::of(&selection).rejection());
        }
        self.ready_point(out);
        self.carry_out_selection(kind, &selection, out);
        Ok(())
    }

    /// Whether what is replaced stays for readers.
    pub(super) fn keeps_stale(&self) -> bool {
        self.knobs.delayed_deletion != DelayedDeletion::Off
    }

    /// Sweeps at once where enough rowsets are stale and size decides.
    pub(super) fn sweep_by_size(&mut self, out: &mut Vec<TabletEvent>) {
        if self.knobs.delayed_deletion == DelayedDeletion::BySize
            && self.tablet.stale_len() as u64 >= u64::from(self.knobs.sweep_threshold)
        {
            self.sweep(out);
        }
    }

    /// One round of the garbage sweep.
    pub(super) fn sweep(&mut self, out: &mut Vec<TabletEvent>) {
        let rule = self.sweep_rule();
        let before = self.tablet.graph().vertex_count() as u64;
        let sweep = self.tablet.sweep(self.now, &rule);
        let mut unused = sweep.unused.iter().peekable();
        for path in &sweep.removed {
            let members: Vec<VersionRange> = path.members.iter().map(|member| member.0).collect();
            let (Some(first), Some(last)) = (members.first(), members.last()) else { continue };
            let range = VersionRange::new(first.start, last.end);
            // The collector gets the members path by path, in the same order.
            let mut bytes = 0;
            for member in &members {
                if let Some(meta) = unused.next_if(|meta| meta.range == *member) {
                    bytes += meta.bytes;
                }
            }
            let rowsets = members.len() as u32;
            out.push(TabletEvent::PathSwept { path: path.id, range, rowsets, bytes });
            if self.ghosts.len() >= GHOSTS_KEPT {
                self.ghosts.pop_front();
            }
            self.ghosts.push_back(Ghost { id: path.id, members, at: self.now, step: self.steps + 1 });
        }
        match sweep.stopped {
            Some(SweepStop::MissingVersions { first }) => {
                out.push(TabletEvent::SweepStopped { missing: first.start });
            }
            Some(SweepStop::Inconsistent { .. } | SweepStop::NoLiveRowset) => {
                out.push(TabletEvent::SweepStopped { missing: -1 });
            }
            None => {}
        }
        if sweep.rebuilt {
            let after = self.tablet.graph().vertex_count() as u64;
            out.push(TabletEvent::GraphRebuilt { before, after });
        }
    }

    fn restart(&mut self, out: &mut Vec<TabletEvent>) {
        self.tablet.restart();
        let readers_lost = self.waiting.len() as u32;
        self.waiting.clear();
        let paths = self.tablet.stale_paths().count() as u32;
        self.due = Due::from(&self.workload, self.now);
        let unknown =
            |range| self.tablet.stale_at(range).is_some_and(|stale| stale.meta.unknown.has(Unknown::CREATED));
        self.untimed = self
            .tablet
            .stale_paths()
            .filter(|path| path.members.iter().any(|member| unknown(member.0)))
            .map(|path| path.id)
            .collect();
        out.push(TabletEvent::Restarted { paths, readers_lost });
        self.ready_point(out);
    }

    /// Ids that the last step touched.
    pub(super) fn changed(&self) -> &[RowsetId] {
        &self.changed
    }
}

fn check_knobs(knobs: &Knobs) -> Result<(), Rejection> {
    if knobs.max_score == 0 || knobs.max_versions == 0 {
        return Err(refuse(
            0,
            "knob-zero",
            &[],
            String::from("max score and max versions must be at least 1; nothing was changed."),
        ));
    }
    Ok(())
}

fn check_workload(workload: &Workload) -> Result<(), Rejection> {
    /// Shortest cadence, ms: a run must get on in time.
    const EVERY_MS_MIN: u32 = 1;
    let cadences = [workload.load_every_ms, workload.query_every_ms, workload.compact_every_ms];
    if cadences.iter().any(|&every| every > 0 && every < EVERY_MS_MIN) || workload.load_bytes > LOAD_BYTES_MAX
    {
        return Err(refuse(
            0,
            "load-too-big",
            &[workload.load_bytes as i64],
            format!("A load of {} bytes is above 1 TiB. Make it smaller.", workload.load_bytes),
        ));
    }
    Ok(())
}

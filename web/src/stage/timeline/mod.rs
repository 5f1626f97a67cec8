//! The strip under the transport as a scene, and its time scale with idle gaps folded.
//!
//! ```text
//! events  ..|||.|||||..|~~~~|..||||.      density, stacked by kind; a zigzag where nothing happens
//!         0:00   1:40  3:20
//! main    --------------------------o
//! other         \-------o                 branches, with their names
//! ```

mod scale;

pub use scale::TimeScale;

use super::ink::Ink;
use super::shape::{Align, Area, Edge, Form, Key, Label, Mark, Scene};
use super::words::{Words, clock_text, width_of};
use crate::protocol::{RunState, Series};
use crate::stage::ease::Within;
use tabletop_core::base::SimTime;

/// Colour of each kind of event, in the order of [`Series::kinds`] (`Lab::kind_of`): loads,
/// compactions, reads, failed reads, sweeps and what else the backend does. Further ones start over.
pub const KIND_INKS: [Ink; 5] = [Ink::FreshLine, Ink::CumuLine, Ink::Query, Ink::Bad, Ink::Ink3];

/// Size of the strip and how it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StripGeometry {
    /// Width, CSS px.
    pub width: f32,
    /// Height, CSS px.
    pub height: f32,
    /// Drawing scale.
    pub scale: f32,
    /// Density and playhead only.
    pub phone: bool,
    /// Chinese words.
    pub zh: bool,
    /// Left edge of what is shown, 0 to 1 of the whole.
    pub offset: f32,
    /// 1 shows everything.
    pub zoom: f32,
}

/// Whether a flag tells of a refused read.
fn is_bad(name: &str) -> bool {
    name.contains("−230") || name.contains("-230")
}

/// Draws the strip.
pub fn timeline(series: &Series, state: &RunState, scale: &TimeScale, geometry: &StripGeometry) -> Scene {
    let u = if geometry.phone { 1.0 } else { geometry.scale };
    let mut strip = Strip {
        scene: Scene { width: geometry.width, height: geometry.height, ..Scene::default() },
        scale,
        u,
        base: if geometry.phone { geometry.height - 10.0 } else { 42.0 * u },
        now: scale.x(state.now),
        part: 0,
    };
    strip.density(series, geometry);
    if geometry.phone {
        strip.playhead_phone(geometry.height);
        return strip.scene;
    }
    let words = Words { zh: geometry.zh };
    strip.gaps(words);
    strip.ticks(state.epoch_unix_ms);
    strip.branches(state);
    strip.mask();
    strip.names(state, words);
    strip.flags(state);
    strip.playhead(geometry.height);
    strip.scene
}

struct Strip<'a> {
    scene: Scene,
    scale: &'a TimeScale,
    u: f32,
    base: f32,
    now: f32,
    part: u16,
}

impl Strip<'_> {
    fn add(&mut self, alpha: f32, form: Form) {
        self.part = self.part.wrapping_add(1);
        self.scene.add_faint(0, Key::part(Mark::Frame, 0, self.part), alpha, form);
    }

    fn line(&mut self, points: Vec<[f32; 2]>, edge: Edge) {
        self.add(1.0, Form::Line { points, edge });
    }

    fn density(&mut self, series: &Series, geometry: &StripGeometry) {
        let (left, right) = self.scale.edges();
        let bin = 4.0 * self.u;
        let bins = ((right - left) / bin).ceil().max(1.0) as usize;
        let kinds = series.kinds.len();
        let mut counts = vec![0_u32; bins * kinds];
        for (i, &time) in series.times.iter().enumerate() {
            let at = (self.scale.x(time) - left) / bin;
            if at < 0.0 || at as usize >= bins {
                continue;
            }
            for (kind, column) in series.kinds.iter().enumerate() {
                counts[at as usize * kinds + kind] += column.get(i).copied().unwrap_or(0);
            }
        }
        let most = counts.chunks(kinds.max(1)).map(|bin| bin.iter().sum::<u32>()).max().unwrap_or(0).max(4);
        let tall = if geometry.phone { self.base - 6.0 } else { 26.0 * self.u };
        for (i, stack) in counts.chunks(kinds.max(1)).enumerate() {
            let x = left + i as f32 * bin;
            let alpha = if x > self.now { 0.3 } else { 0.85 };
            let mut y = self.base;
            for (kind, &count) in stack.iter().enumerate().filter(|s| *s.1 > 0) {
                let h = (count as f32 / most as f32 * tall).max(1.5);
                y -= h;
                let area = Area::new(x, y, bin - 1.0, h);
                let fill = Some(KIND_INKS[kind % KIND_INKS.len()]);
                self.add(alpha, Form::Rect { area, radius: 0.0, fill, edge: None });
            }
        }
        self.line(vec![[left, self.base + 0.5], [right, self.base + 0.5]], Edge::solid(Ink::Line2, 1.0));
    }

    fn gaps(&mut self, words: Words) {
        let u = self.u;
        for &(a, b) in &self.scale.gaps {
            let (x0, x1) = (self.scale.x(SimTime(a)), self.scale.x(SimTime(b)));
            if x1 < self.scale.left || x0 > self.scale.right {
                continue;
            }
            let teeth = (((x1 - x0) / (5.0 * u)) as usize).clamp(2, 40);
            let step = (x1 - x0) / teeth as f32;
            let mut points = vec![[x0, self.base - 4.0 * u]];
            for i in 0..teeth {
                let x = x0 + step * i as f32;
                points.push([x + step / 2.0, self.base - 9.0 * u]);
                points.push([x + step, self.base - 4.0 * u]);
            }
            self.line(points, Edge::solid(Ink::Ink3, 1.0));
            let middle = f32::midpoint(x0, x1);
            let label = Label::new(middle, self.base - 14.0 * u, words.idle(), 10.0 * u, Ink::Ink3).middle();
            self.add(1.0, label.form());
        }
    }

    /// Round moments: of the run's own clock, or of the node's that an import came from.
    fn ticks(&mut self, epoch_unix_ms: Option<i64>) {
        const DAY: u64 = 86_400_000_000;
        const STEPS_S: [u64; 17] =
            [1, 2, 5, 10, 20, 50, 100, 200, 300, 600, 1_200, 3_600, 7_200, 18_000, 43_200, 86_400, 604_800];
        let u = self.u;
        let (left, right) = self.scale.edges();
        let (from, to) = (self.scale.time(left).0, self.scale.time(right).0);
        let most = ((right - left) / (120.0 * u)).max(1.0) as u64;
        let step = STEPS_S
            .iter()
            .map(|s| s * 1_000_000)
            .find(|step| (to - from) / step <= most)
            .unwrap_or(((to - from) / most.max(1)).max(1));
        let mut last = f32::MIN;
        let shift = epoch_unix_ms.map_or(0, |ms| ms.rem_euclid(86_400_000) as u64 * 1_000);
        let mut time = ((from + shift).div_ceil(step) * step).saturating_sub(shift);
        while time <= to {
            let x = self.scale.x(SimTime(time));
            let text = clock_text(if epoch_unix_ms.is_some() { (time + shift) % DAY } else { time });
            let width = width_of(&text, 10.0 * u);
            if x - last > width + 14.0 * u && x + width < right + 8.0 * u {
                last = x;
                self.line(vec![[x, self.base], [x, self.base + 4.0 * u]], Edge::solid(Ink::Line2, 1.0));
                self.add(
                    1.0,
                    Label::new(x + 3.0 * u, self.base + 11.0 * u, text, 10.0 * u, Ink::Ink3).form(),
                );
            }
            time += step;
        }
    }

    /// Height of a branch's line, by its row.
    fn row(&self, row: usize) -> f32 {
        self.base + 20.0 * self.u + row as f32 * 13.5 * self.u
    }

    /// Rows that fit: the current branch always does.
    fn rows(&self, state: &RunState) -> Vec<usize> {
        let fit = (((self.scene.height - self.row(0)) / (13.5 * self.u)) as usize + 1).max(1);
        let count = state.branches.len();
        let mut rows: Vec<usize> = (0..count.min(fit)).collect();
        if let Some(current) = state.branches.iter().position(|b| b.id == state.branch)
            && current >= fit
            && let Some(last) = rows.last_mut()
        {
            *last = current;
        }
        rows
    }

    fn branches(&mut self, state: &RunState) {
        let u = self.u;
        let rows = self.rows(state);
        for (row, &index) in rows.iter().enumerate() {
            let branch = &state.branches[index];
            let y = self.row(row);
            let current = branch.id == state.branch;
            let (x0, x1) = match branch.parent {
                Some(_) => (self.scale.x(branch.fork_time), self.scale.x(branch.head_time)),
                None => (self.scale.x(state.started_at), self.scale.x(branch.head_time)),
            };
            let (ink, width) = if current { (Ink::Ink2, 1.75) } else { (Ink::Line3, 1.25) };
            if let Some((parent, _)) = branch.parent
                && let Some(above) = rows.iter().position(|&i| state.branches[i].id == parent)
                && above != row
            {
                let from = self.row(above);
                let points = vec![
                    [x0 - 9.0 * u, from],
                    [x0 - 5.0 * u, from + (y - from) * 0.2],
                    [x0 - 4.0 * u, y - (y - from) * 0.2],
                    [x0, y],
                ];
                self.line(points, Edge::solid(Ink::Line3, 1.25));
            }
            self.line(vec![[x0, y], [x1.max(x0), y]], Edge::solid(ink, width));
            let edge = Some(Edge::solid(ink, 1.25));
            self.add(1.0, Form::Dot { at: [x1.max(x0), y], r: 2.5 * u, fill: Some(Ink::Panel), edge });
        }
    }

    /// Covers what a zoomed line leaves over the names.
    fn mask(&mut self) {
        let area = Area::new(0.0, 0.0, self.scale.left - 6.0 * self.u, self.scene.height);
        self.add(1.0, Form::Rect { area, radius: 0.0, fill: Some(Ink::Panel), edge: None });
    }

    fn names(&mut self, state: &RunState, words: Words) {
        let u = self.u;
        let size = 10.5 * u;
        self.add(1.0, Label::new(0.0, self.base - 3.0 * u, words.events(), size, Ink::Ink3).form());
        for (row, index) in self.rows(state).into_iter().enumerate() {
            let branch = &state.branches[index];
            let current = branch.id == state.branch;
            let mut name = branch.name.clone();
            while width_of(&name, size) > 82.0 * u && name.pop().is_some() {
                if width_of(&name, size) <= 76.0 * u {
                    name.push('…');
                    break;
                }
            }
            let label = Label::new(
                0.0,
                self.row(row) + 3.5 * u,
                name,
                size,
                if current { Ink::Ink } else { Ink::Ink3 },
            );
            self.add(1.0, if current { label.medium() } else { label }.form());
        }
    }

    fn flags(&mut self, state: &RunState) {
        let u = self.u;
        let (left, right) = self.scale.edges();
        let mut end = f32::MIN;
        for marker in &state.markers {
            let x = self.scale.x(marker.time);
            if x < left - 1.0 || x > right + 1.0 {
                continue;
            }
            let bad = is_bad(&marker.name);
            let (ink, dash) = if bad { (Ink::Bad, [0.0, 0.0]) } else { (Ink::Ink2, [2.0, 2.0]) };
            let edge = Edge { ink: if bad { Ink::Bad } else { Ink::Line3 }, width: 1.0, dash };
            self.line(vec![[x, 2.0 * u], [x, self.base]], edge);
            let points = vec![
                [x, 1.0 * u],
                [x + 7.0 * u, 1.0 * u],
                [x + 4.8 * u, 4.0 * u],
                [x + 7.0 * u, 7.0 * u],
                [x, 7.0 * u],
            ];
            self.add(1.0, Form::Solid { points, ink });
            let width = width_of(&marker.name, 10.0 * u);
            let after = x + 10.0 * u;
            if after > end + 4.0 && after + width < self.scene.width {
                end = after + width;
                let label = Label {
                    halo: Some(Ink::Panel),
                    ..Label::new(after, 8.0 * u, marker.name.as_str(), 10.0 * u, ink)
                };
                self.add(1.0, label.form());
            } else if x - 5.0 * u - width > end + 4.0 && after + width >= self.scene.width {
                let label = Label::new(x - 5.0 * u, 8.0 * u, marker.name.as_str(), 10.0 * u, ink);
                self.add(1.0, Label { halo: Some(Ink::Panel), align: Align::Right, ..label }.form());
                end = x + 8.0 * u;
            } else {
                end = end.max(x + 8.0 * u);
            }
        }
    }

    fn playhead(&mut self, height: f32) {
        let (x, u) = (self.now, self.u);
        if x < self.scale.left - 6.0 || x > self.scale.right + 6.0 {
            return;
        }
        self.line(vec![[x, 0.0], [x, height]], Edge::solid(Ink::Cursor, 1.5));
        let points = vec![
            [x - 5.0 * u, 0.0],
            [x + 5.0 * u, 0.0],
            [x + 5.0 * u, 4.0 * u],
            [x, 9.0 * u],
            [x - 5.0 * u, 4.0 * u],
        ];
        self.add(1.0, Form::Solid { points, ink: Ink::Cursor });
    }

    fn playhead_phone(&mut self, height: f32) {
        let x = self.now.within(7.0, (self.scene.width - 7.0).max(7.0));
        self.line(vec![[x, 4.0], [x, height - 4.0]], Edge::solid(Ink::Cursor, 1.5));
        self.add(1.0, Form::Dot { at: [x, self.base], r: 6.5, fill: Some(Ink::Cursor), edge: None });
    }
}

#[cfg(test)]
mod tests;

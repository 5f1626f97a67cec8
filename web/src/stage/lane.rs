//! Below the bricks: which versions a reader would be served, the axis, the overview.

use super::Selection;
use super::ease::Within;
use super::ink::Ink;
use super::layout::{Draft, layer};
use super::shape::{Area, Edge, Form, Key, Label, Mark};
use super::words::width_of;
use tabletop_core::base::Version;
use tabletop_core::base::sort::sort_by_key;
use tabletop_core::view::tablet::{ReadState, Readable, UNITS_PER_VERSION};

/// Marks closer than this are merged into one, px.
const MARK_APART: f32 = 5.0;

impl Draft<'_> {
    /// Dot, ring or cross per version; per few pixels where versions are narrower.
    pub(super) fn lane(&mut self) {
        let view = self.view;
        let u = self.u;
        let y = self.floor + if self.geometry.phone { 16.0 } else { 26.0 * u };
        self.row_name(90, y + 4.0 * u, self.words.readable(), false);
        let (from, to) = self.axis.visible(&view.readable, |r| (r.x0, r.x1));
        let (left, right) = self.axis.edges();
        let mut bucket: Option<Bucket> = None;
        for run in &view.readable[from..to] {
            let (x0, x1) = (self.axis.x(run.x0), self.axis.x(run.x1));
            let count = run.range.len();
            let each = (x1 - x0) / count.max(1) as f32;
            if each >= MARK_APART {
                self.flush(&mut bucket, y);
                // Only those on screen, found by arithmetic.
                let skip = ((left - x0) / each).floor().max(0.0) as u64;
                for i in skip..count {
                    let x = x0 + each * (i as f32 + 0.5);
                    if x > right + 1.0 {
                        break;
                    }
                    if x >= left - 1.0 {
                        self.lane_mark(x, y, run.range.start.saturating_add_unsigned(i), run.readable);
                    }
                }
                continue;
            }
            let (mut x, end) = (x0.max(left), x1.min(right));
            while x < end {
                let mut open = bucket.take().unwrap_or(Bucket {
                    x0: x,
                    x1: x,
                    first: run.range.start,
                    shares: [0.0; 3],
                });
                let reach = (open.x0 + MARK_APART).min(end).max(x + 0.01);
                open.shares[run.readable as usize] += reach - x;
                open.x1 = reach;
                x = reach;
                let full = open.x1 - open.x0 >= MARK_APART - 0.01;
                bucket = Some(open);
                if full {
                    self.flush(&mut bucket, y);
                }
            }
        }
        self.flush(&mut bucket, y);
        self.lane_ends(from, to, y);
    }

    /// The last version of a wide rowset, which is readable while those inside it are not: where
    /// it is too narrow for a column of its own, its mark stands over the end of theirs.
    fn lane_ends(&mut self, from: usize, to: usize, y: f32) {
        let (left, right) = self.axis.edges();
        for pair in self.view.readable[from..to].windows(2) {
            let (inside, end) = (&pair[0], &pair[1]);
            let (x0, x1) = (self.axis.x(end.x0), self.axis.x(end.x1));
            let wide = self.axis.x(inside.x1) - self.axis.x(inside.x0) >= 2.0 * MARK_APART;
            if wide
                && inside.readable == Readable::No
                && end.readable != Readable::No
                && x1 - x0 < MARK_APART
                && x0 >= left
                && x1 <= right
            {
                self.lane_mark(x1 - 2.0, y, end.range.start, end.readable);
            }
        }
    }

    /// Draws what most of the bucket's versions answer; where another part of them is not
    /// readable, a small cross below says so.
    fn flush(&mut self, bucket: &mut Option<Bucket>, y: f32) {
        let Some(Bucket { x0, x1, first, shares: [live, stale, no] }) = bucket.take() else { return };
        let x = f32::midpoint(x0, x1);
        let most = match (live >= stale && live >= no, stale >= no) {
            (true, _) => Readable::Live,
            (_, true) => Readable::Stale,
            _ => Readable::No,
        };
        self.lane_mark(x, y, first, most);
        if no > 0.0 && most != Readable::No {
            let r = 1.6 * self.u;
            let form = Form::Cross { at: [x, y + 6.5 * self.u], r, edge: Edge::solid(Ink::Bad, 1.0) };
            self.scene.add(layer::LANE, Key::part(Mark::Lane, first as u64, 1), form);
        }
    }

    fn lane_mark(&mut self, x: f32, y: f32, version: Version, readable: Readable) {
        let u = self.u;
        let key = Key::new(Mark::Lane, version as u64);
        let form = match readable {
            Readable::Live => Form::Dot { at: [x, y], r: 3.0 * u, fill: Some(Ink::Good), edge: None },
            Readable::Stale => {
                let edge = Some(Edge::solid(Ink::Good, 1.3));
                Form::Dot { at: [x, y], r: 2.4 * u, fill: Some(Ink::Stage), edge }
            }
            Readable::No => Form::Cross { at: [x, y], r: 2.3 * u, edge: Edge::solid(Ink::Bad, 1.2) },
        };
        self.scene.add(layer::LANE, key, form);
        let h = if self.geometry.phone { 44.0 } else { 32.0 * u };
        self.scene.touch(Area::new(x - 4.0, y - 8.0 * u, 8.0, h), Selection::Version(version));
    }

    /// Axis labels: round versions first (more trailing zero bits), so that panning and zooming
    /// never shuffle them; before all, the selected, the read and the newest one.
    pub(super) fn ticks(&mut self) {
        let view = self.view;
        let u = self.u;
        let size = if self.geometry.phone { 10.0 } else { 10.5 * u };
        let y = self.floor + if self.geometry.phone { 34.0 } else { 47.0 * u };
        self.row_name(91, y, self.words.version(), false);
        let (left, right) = self.axis.edges();
        let mut wanted: Vec<(Version, Ink)> = Vec::new();
        if let Some(Selection::Version(version)) = self.selected {
            wanted.push((version, Ink::AccentInk));
        }
        for read in &self.reads {
            let bad = matches!(read.state, ReadState::Failed { .. });
            wanted.push((read.version, if bad { Ink::Bad } else { Ink::AccentInk }));
        }
        let mut placed: Vec<(f32, f32)> = Vec::new();
        let mut place = |draft: &mut Self, version: Version, x: f32, ink: Ink| {
            let text = version.to_string();
            let half = width_of(&text, size) / 2.0;
            let air = if draft.geometry.phone { 9.0 } else { 20.0 * u };
            let at = placed.partition_point(|p| p.0 < x);
            let free = at.checked_sub(1).and_then(|i| placed.get(i)).is_none_or(|p| p.1 + air < x - half)
                && placed.get(at).is_none_or(|p| 2.0 * p.0 - p.1 - air > x + half);
            if !free || x < left - 1.0 || x > right + 1.0 {
                return;
            }
            placed.insert(at, (x, x + half));
            let label = Label::new(x, y, text, size, ink).middle();
            let label = if ink == Ink::Ink3 { label } else { label.bold() };
            draft.text(Key::new(Mark::Tick, version as u64), label);
        };
        for (version, ink) in wanted {
            if let Some((x, _)) = self.column(version) {
                place(self, version, x, ink);
            }
        }
        let mut order: Vec<(u32, f32, Version)> = view
            .ticks
            .iter()
            .map(|tick| {
                let rank = if tick.version == view.max_version { 65 } else { tick.version.trailing_zeros() };
                let middle = self
                    .column(tick.version)
                    .map_or_else(|| self.axis.x(tick.x + UNITS_PER_VERSION / 2), |c| c.0);
                (rank, middle, tick.version)
            })
            .filter(|t| t.1 >= left && t.1 <= right)
            .collect();
        sort_by_key(&mut order, |t| (u32::MAX - t.0, t.2));
        for (_, x, version) in order {
            place(self, version, x, Ink::Ink3);
        }
        if let Some(Selection::Version(version)) = self.selected
            && let Some((x, _)) = self.column(version)
            && x >= left
            && x <= right
        {
            let top = if self.geometry.phone { self.row_y(1) } else { 58.0 * u };
            let points = vec![[x, top], [x, y - 10.0 * u]];
            let edge = Edge::dashed(Ink::Accent, 1.25, 3.0, 3.0);
            self.scene.add(layer::THREAD, Key::part(Mark::Frame, 5, 0), Form::Line { points, edge });
        }
    }

    /// The whole axis with what of it is on screen; only drawn when it is not all.
    pub(super) fn overview(&mut self) {
        let area = self.overview_area();
        let (from, to, span) = self.axis.window();
        let key = |part| Key::part(Mark::Overview, 0, part);
        let quiet = Some(Edge::solid(Ink::Line2, 1.0));
        let form = Form::Rect { area, radius: 2.0, fill: Some(Ink::Stage), edge: quiet };
        self.scene.add(layer::TEXT, key(0), form);
        let place = |unit: f64| area.x + area.w * (unit / span).within(0.0, 1.0) as f32;
        let x0 = place(from);
        let inner = Area::new(x0, area.y, (place(to) - x0).max(6.0).min(area.right() - x0), area.h);
        let strong = Some(Edge::solid(Ink::Accent, 1.25));
        let form = Form::Rect { area: inner, radius: 2.0, fill: Some(Ink::AccentSoft), edge: strong };
        self.scene.add(layer::TEXT, key(1), form);
    }

    /// Where the overview is.
    pub(super) fn overview_area(&self) -> Area {
        overview_area(self.geometry)
    }
}

/// Where the overview of a drawing is.
pub(super) fn overview_area(geometry: &super::axis::Geometry) -> Area {
    let h = if geometry.phone { 6.0 } else { 8.0 * geometry.scale };
    let y = if geometry.phone { 4.0 } else { geometry.height - 14.0 * geometry.scale };
    Area::new(geometry.left(), y, geometry.right() - geometry.left(), h)
}

/// Versions too narrow for a mark each.
struct Bucket {
    x0: f32,
    x1: f32,
    first: Version,
    /// Pixels per answer.
    shares: [f32; 3],
}

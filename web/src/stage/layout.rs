//! From a view to a scene: what both drawings share.
//!
//! ```text
//! legend                      <> cumulative point
//!   2x   #4 1:36 ---o--   #7
//! stale  #10 ---o------   #8                     rows from `row_y`
//! live   [####][###][#][#]                       standing on `floor`
//! readable  x x o * *
//! version   0   8  16
//! ```

use super::axis::{Axis, Geometry, Viewport};
use super::ease::Within;
use super::ink::Ink;
use super::preview::Preview;
use super::shape::{Area, Edge, Form, Key, Label, Mark, Scene};
use super::words::{Words, width_of};
use super::{Selection, StageMode};
use tabletop_core::base::sort::sort;
use tabletop_core::base::{RowsetId, Version};
use tabletop_core::view::tablet::{Brick, ReadState, ReadView, TabletView};

/// Painting order.
pub(super) mod layer {
    pub(in crate::stage) const GRID: u8 = 0;
    pub(in crate::stage) const LIVE: u8 = 1;
    pub(in crate::stage) const FOLD: u8 = 2;
    pub(in crate::stage) const STALE: u8 = 3;
    pub(in crate::stage) const POINT: u8 = 4;
    pub(in crate::stage) const THREAD: u8 = 5;
    pub(in crate::stage) const BEAD: u8 = 6;
    pub(in crate::stage) const LANE: u8 = 7;
    pub(in crate::stage) const MASK: u8 = 8;
    pub(in crate::stage) const TEXT: u8 = 9;
}

/// A drawing under construction.
pub(super) struct Draft<'a> {
    pub(super) view: &'a TabletView,
    pub(super) geometry: &'a Geometry,
    pub(super) axis: Axis,
    pub(super) words: Words,
    /// Drawing scale.
    pub(super) u: f32,
    pub(super) selected: Option<Selection>,
    pub(super) preview: Option<Preview<'a>>,
    pub(super) scene: Scene,
    /// Ground line of the live row.
    pub(super) floor: f32,
    /// Height that the largest live rowset may have.
    pub(super) tall: f32,
    /// Pixels per MB^0.4.
    pub(super) steep: f32,
    /// Stale rows that fit.
    pub(super) rows: u32,
    /// Reads to draw, the one in front first.
    pub(super) reads: Vec<&'a ReadView>,
    /// Rowsets on a drawn read path, sorted.
    pub(super) hot: Vec<RowsetId>,
    /// Shelf of each live rowset, from the ground up; empty where none share versions.
    pub(super) shelves: Vec<u8>,
    /// From one shelf to the next, px.
    pub(super) shelf: f32,
}

/// Makes the picture of a view. Cost: linear in what the view holds, shapes at most a few per pixel.
pub fn layout(
    view: &TabletView,
    geometry: &Geometry,
    viewport: Viewport,
    tallest: u64,
    selected: Option<Selection>,
    mode: StageMode,
    preview: Option<Preview>,
) -> Scene {
    let mut draft = Draft { preview, ..Draft::new(view, geometry, viewport, tallest, selected) };
    match mode {
        StageMode::Map => draft.map(),
        StageMode::Graph => draft.graph(),
    }
    if !draft.axis.whole() {
        draft.mask();
        draft.overview();
    }
    draft.scene.sort();
    draft.scene
}

/// The largest rowset of a view, bytes; joined ones count by their mean.
pub fn tallest(view: &TabletView) -> u64 {
    view.live.iter().filter_map(|b| b.bytes.map(|n| n / u64::from(b.count.max(1)))).max().unwrap_or(0)
}

impl<'a> Draft<'a> {
    fn new(
        view: &'a TabletView,
        geometry: &'a Geometry,
        viewport: Viewport,
        largest: u64,
        selected: Option<Selection>,
    ) -> Self {
        let u = if geometry.phone { 1.0 } else { geometry.scale };
        let (width, height) = (geometry.width, geometry.height);
        let (floor, tall) = if geometry.phone {
            (height - 42.0, (height - 171.0).within(48.0, 260.0))
        } else {
            let most = (height / u * 0.36).max(196.0);
            (height - 72.0 * u, (height / u - 290.0).within(84.0, most) * u)
        };
        let top = megabytes(largest.max(tallest(view)));
        let shelves = shelves(view);
        let shelf = tall / (1.0 + f32::from(shelves.iter().copied().max().unwrap_or(0)));
        let room = if shelves.is_empty() { tall } else { (shelf - SHELF_GAP * u).max(14.0 * u) };
        let steep = (room / swell(rung(top))).min(22.0 * u);
        let reads = shown_reads(view, selected);
        let mut hot: Vec<RowsetId> = reads
            .iter()
            .filter_map(|read| match &read.state {
                ReadState::Served { path } => Some(path.iter().map(|stop| stop.rowset)),
                _ => None,
            })
            .flatten()
            .collect();
        sort(&mut hot);
        let mut draft = Self {
            view,
            geometry,
            axis: Axis::new(view, geometry, viewport),
            words: Words { zh: geometry.zh },
            u,
            selected,
            preview: None,
            scene: Scene { width, height, ..Scene::default() },
            floor,
            tall,
            steep,
            rows: 0,
            reads,
            hot,
            shelves,
            shelf,
        };
        let highest = if geometry.phone { 60.0 } else { 62.0 * u };
        draft.rows = (1..40).take_while(|&row| row == 1 || draft.row_y(row) >= highest).count() as u32;
        draft
    }

    /// Two drawings under each other have no room for a legend above the oldest row.
    pub(super) fn low(&self) -> bool {
        self.geometry.height < 300.0 * self.u
    }

    /// Top of a stale row's strips; rows count from 1.
    pub(super) fn row_y(&self, row: u32) -> f32 {
        let up = row.saturating_sub(1) as f32;
        if self.geometry.phone {
            self.floor - self.tall - 47.0 - up * 52.0
        } else {
            self.floor - self.tall - up * 58.0 * self.u - 44.0 * self.u
        }
    }

    /// Height of a stale strip.
    pub(super) fn strip(&self) -> f32 {
        if self.geometry.phone { 24.0 } else { 25.0 * self.u }
    }

    /// What the live brick at `index` stands on: crossing rowsets stand on shelves of their own.
    pub(super) fn ground(&self, index: usize) -> f32 {
        self.floor - self.shelf * f32::from(self.shelves.get(index).copied().unwrap_or(0))
    }

    /// Height of a live brick.
    pub(super) fn height_of(&self, bytes: u64) -> f32 {
        (self.steep * swell(megabytes(bytes))).max(14.0 * self.u)
    }

    /// Middle of a version's column. Versions inside a fold share its width evenly.
    pub(super) fn column(&self, version: Version) -> Option<(f32, f32)> {
        let at = self.view.readable.partition_point(|run| run.range.end < version);
        let run = self.view.readable.get(at).filter(|run| run.range.contains_version(version))?;
        let (x0, x1) = (self.axis.x(run.x0), self.axis.x(run.x1));
        let width = (x1 - x0) / run.range.len().max(1) as f32;
        Some((x0 + width * (run.range.start.abs_diff(version) as f32 + 0.5), width))
    }

    /// The visible part of a brick: what leaves the plot is cut, so that words stay in sight.
    pub(super) fn cut(&self, area: Area) -> Area {
        let (left, right) = self.axis.edges();
        let (x0, x1) = (area.x.max(left - 4.0), area.right().min(right + 4.0));
        Area { x: x0, w: (x1 - x0).max(0.0), ..area }
    }

    /// Covers what sticks out of the plot.
    fn mask(&mut self) {
        let (left, right) = self.axis.edges();
        let (width, height) = (self.geometry.width, self.geometry.height);
        let sides = [
            Area::new(0.0, 0.0, left - 5.0, height),
            Area::new(right + 5.0, 0.0, width - right - 5.0, height),
        ];
        for (part, area) in (0_u16..).zip(sides) {
            let form = Form::Rect { area, radius: 0.0, fill: Some(Ink::Stage), edge: None };
            self.scene.add(layer::MASK, Key::part(Mark::Frame, 7, part), form);
        }
    }

    /// Adds words.
    pub(super) fn text(&mut self, key: Key, label: Label) {
        self.scene.add(layer::TEXT, key, label.form());
    }

    /// Adds a line of the ruling.
    pub(super) fn rule(&mut self, part: u16, points: Vec<[f32; 2]>, edge: Edge) {
        self.scene.add(layer::GRID, Key::part(Mark::Frame, 0, part), Form::Line { points, edge });
    }

    /// Whether a rowset is on a drawn read path or selected.
    pub(super) fn hot_ink(&self, id: RowsetId) -> Option<Ink> {
        (self.hot.binary_search(&id).is_ok() || self.selected == Some(Selection::Rowset(id)))
            .then_some(Ink::Accent)
    }

    /// A row's name, left of the plot.
    pub(super) fn row_name(&mut self, part: u16, y: f32, text: impl Into<String>, strong: bool) {
        if self.geometry.phone {
            return;
        }
        let x = self.axis.edges().0 - 14.0 * self.u;
        let label = Label::new(x, y, text, 10.5 * self.u, Ink::Ink3).right();
        let label =
            if strong { Label { size: 11.0 * self.u, weight: 600, ink: Ink::Ink, ..label } } else { label };
        self.text(Key::part(Mark::Frame, 1, part), label);
    }

    /// The cumulative point: an ink line from `top` to `bottom` with a diamond and its words.
    pub(super) fn point(&mut self, top: f32, bottom: f32) {
        let Some((version, place)) = self.view.point else { return };
        let u = self.u;
        let x = self.axis.x(place).round() + 0.5;
        let (left, right) = self.axis.edges();
        if x < left - 1.0 || x > right + 1.0 {
            return;
        }
        let key = |part| Key::part(Mark::Point, 0, part);
        let edge = Edge::solid(Ink::Ink, 1.5);
        self.scene.add(layer::POINT, key(0), Form::Line { points: vec![[x, top], [x, bottom]], edge });
        let (w, h) = if self.geometry.phone { (5.0, 6.0) } else { (6.0 * u, 7.0 * u) };
        let points = vec![[x, top - h], [x + w, top], [x, top + h], [x - w, top]];
        self.scene.add(layer::POINT, key(1), Form::Solid { points, ink: Ink::Ink });
        let size = if self.geometry.phone { 10.5 } else { 11.5 * u };
        let text = self.words.point(version);
        let fits = x + 12.0 * u + width_of(&text, size) < self.geometry.width;
        // Always anchored left, so that it slides with the line instead of jumping.
        let at = if fits { x + 12.0 * u } else { x - 12.0 * u - width_of(&text, size) };
        let label = Label::new(at, top + 4.0 * u, text, size, Ink::Ink);
        self.text(key(2), label.bold().rimmed());
        if fits && !self.geometry.phone && x - left > 60.0 * u {
            let label = Label::new(x - 12.0 * u, top + 4.0 * u, self.words.base_side(), 11.0 * u, Ink::Ink3);
            self.text(key(3), label.right());
        }
    }
}

/// Air above a shelf's tallest brick, units.
const SHELF_GAP: f32 = 8.0;
/// Shelves at most; what crosses more than that stands on the last one.
const SHELVES_MAX: usize = 4;

/// Live rowsets that share versions, as only imports hold them, cannot all stand on the ground:
/// each stands on the lowest shelf that is free at its left edge.
fn shelves(view: &TabletView) -> Vec<u8> {
    if view.live.windows(2).all(|pair| pair[0].x1 <= pair[1].x0) {
        return Vec::new();
    }
    let mut ends: Vec<u32> = Vec::new();
    let shelf = |brick: &Brick| {
        let free = ends.iter().position(|&end| end <= brick.x0).unwrap_or(ends.len()).min(SHELVES_MAX - 1);
        match ends.get_mut(free) {
            Some(end) => *end = brick.x1.max(*end),
            None => ends.push(brick.x1),
        }
        free as u8
    };
    view.live.iter().map(shelf).collect()
}

/// A failure stays on the drawing for so many steps.
const NEWS_STEPS: u64 = 32;

/// Reads worth a thread: the selected one alone, else the last that ended, and the last failure
/// while it is news.
fn shown_reads(view: &TabletView, selected: Option<Selection>) -> Vec<&ReadView> {
    if let Some(Selection::Reader(id)) = selected
        && let Some(read) = view.reads.iter().find(|read| read.id == id)
    {
        return vec![read];
    }
    let ended = |read: &&&ReadView| !matches!(read.state, ReadState::Waiting { .. });
    let failed = |read: &&&ReadView| matches!(read.state, ReadState::Failed { .. });
    let mut shown: Vec<&ReadView> = view.reads.iter().find(|read| ended(&read)).into_iter().collect();
    if let Some(bad) = view.reads.iter().find(|read| failed(&read))
        && bad.step + NEWS_STEPS >= view.step
        && shown.iter().all(|read| read.id != bad.id)
    {
        shown.push(bad);
    }
    shown
}

/// Megabytes (2^20) as a fraction.
pub(super) fn megabytes(bytes: u64) -> f32 {
    (bytes >> 10) as f32 / 1024.0
}

/// A size as a height: its power of 0.4.
pub(super) fn swell(megabytes: f32) -> f32 {
    // The browser has it already.
    #[cfg(target_arch = "wasm32")]
    return js_sys::Math::pow(f64::from(megabytes), 0.4) as f32;
    #[cfg(not(target_arch = "wasm32"))]
    megabytes.powf(0.4)
}

/// The size a drawing is scaled for: the next of ten rungs per decade, so that growth moves the
/// scale rarely.
fn rung(top: f32) -> f32 {
    const RUNGS: [f32; 10] = [1.0, 1.26, 1.6, 2.0, 2.52, 3.2, 4.0, 5.05, 6.3, 8.0];
    let mut decade = 1.0;
    while decade * 10.0 <= top {
        decade *= 10.0;
    }
    RUNGS.iter().map(|r| r * decade).find(|&r| r >= top).unwrap_or(decade * 10.0)
}

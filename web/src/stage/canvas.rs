//! Shapes on a 2D canvas, and the surface they are painted on.

use super::axis::Geometry;
use super::ink::Ink;
use super::paint::{Ground, Pen, paint};
use super::shape::{Align, Area, Edge, Label, Shape};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, Window};

/// A canvas at the screen's resolution with the page's colours.
pub(crate) struct Surface {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    palette: Vec<String>,
    text_face: String,
    mono_face: String,
    /// Width, CSS px.
    pub(crate) width: f32,
    /// Height, CSS px.
    pub(crate) height: f32,
    /// Root font size over 16.
    pub(crate) scale: f32,
    ratio: f64,
    solid: Array,
}

/// The window, where there is one.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

impl Surface {
    /// Takes a canvas over; `None` where there is no 2D context.
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Option<Self> {
        let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let mut surface = Self {
            canvas,
            context,
            palette: Vec::new(),
            text_face: String::new(),
            mono_face: String::new(),
            width: 0.0,
            height: 0.0,
            scale: 1.0,
            ratio: 1.0,
            solid: Array::new(),
        };
        surface.read_tokens();
        surface.resize();
        Some(surface)
    }

    /// The canvas.
    pub(crate) fn canvas(&self) -> &HtmlCanvasElement {
        &self.canvas
    }

    /// Reads colours, faces and the drawing scale from the page's tokens.
    pub(crate) fn read_tokens(&mut self) {
        let Some(window) = window() else { return };
        let root = window.document().and_then(|d| d.document_element());
        let Some(style) = root.and_then(|root| window.get_computed_style(&root).ok().flatten()) else {
            return;
        };
        let token = |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_owned();
        let or = |value: String, instead: &str| if value.is_empty() { instead.to_owned() } else { value };
        self.palette = Ink::ALL.iter().map(|ink| or(token(ink.token()), "#777")).collect();
        self.text_face = or(token("--font-text"), "sans-serif");
        self.mono_face = or(token("--font-mono"), "monospace");
        // The browser reads numbers already; a parser of our own is five kilobytes.
        let size = js_sys::parse_float(&token("font-size")) as f32;
        self.scale = if size.is_nan() { 1.0 } else { size / 16.0 };
    }

    /// Takes the size of the box it stands in. Whether it changed.
    pub(crate) fn resize(&mut self) -> bool {
        let ratio = window().map_or(1.0, |w| w.device_pixel_ratio()).max(1.0);
        let (w, h) = (self.canvas.client_width() as f32, self.canvas.client_height() as f32);
        let same = (w - self.width).abs() < 0.5
            && (h - self.height).abs() < 0.5
            && (ratio - self.ratio).abs() < 1e-6;
        if same && self.canvas.width() > 0 && self.width > 0.0 {
            return false;
        }
        (self.width, self.height, self.ratio) = (w, h, ratio);
        self.canvas.set_width((f64::from(w) * ratio).round() as u32);
        self.canvas.set_height((f64::from(h) * ratio).round() as u32);
        true
    }

    /// Its size for the layout.
    pub(crate) fn geometry(&self, phone: bool, zh: bool) -> Geometry {
        Geometry { width: self.width, height: self.height, scale: self.scale, phone, zh }
    }

    /// Clears it and paints shapes; `ground` fills first.
    pub(crate) fn paint(&self, shapes: &[Shape], ground: Option<Ink>) {
        let context = &self.context;
        let _ = context.set_transform(self.ratio, 0.0, 0.0, self.ratio, 0.0, 0.0);
        context.set_global_alpha(1.0);
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        match ground {
            Some(ink) => {
                context.set_fill_style_str(self.color(ink));
                context.fill_rect(0.0, 0.0, w, h);
            }
            None => context.clear_rect(0.0, 0.0, w, h),
        }
        let mut pen = CanvasPen {
            surface: self,
            fill: None,
            stroke: None,
            alpha: 1.0,
            width: -1.0,
            dash: [-1.0; 2],
            font: (0.0, 0, false),
            align: None,
        };
        context.set_line_join("round");
        paint(shapes, &mut pen);
    }

    fn color(&self, ink: Ink) -> &str {
        self.palette.get(ink as usize).map_or("#777", String::as_str)
    }
}

/// Remembers the context's state: setting it is most of the cost.
struct CanvasPen<'a> {
    surface: &'a Surface,
    fill: Option<Ink>,
    stroke: Option<Ink>,
    alpha: f32,
    width: f32,
    dash: [f32; 2],
    font: (f32, u16, bool),
    align: Option<Align>,
}

impl CanvasPen<'_> {
    fn alpha(&mut self, alpha: f32) {
        if (self.alpha - alpha).abs() > 0.002 {
            self.alpha = alpha;
            self.surface.context.set_global_alpha(f64::from(alpha));
        }
    }

    fn filled(&mut self, ink: Ink, alpha: f32) {
        self.alpha(alpha);
        if self.fill != Some(ink) {
            self.fill = Some(ink);
            self.surface.context.set_fill_style_str(self.surface.color(ink));
        }
    }

    fn stroked(&mut self, edge: Edge, alpha: f32) {
        let context = &self.surface.context;
        self.alpha(alpha);
        if self.stroke != Some(edge.ink) {
            self.stroke = Some(edge.ink);
            context.set_stroke_style_str(self.surface.color(edge.ink));
        }
        if (self.width - edge.width).abs() > 0.001 {
            self.width = edge.width;
            context.set_line_width(f64::from(edge.width));
        }
        if self.dash[0].to_bits() != edge.dash[0].to_bits()
            || self.dash[1].to_bits() != edge.dash[1].to_bits()
        {
            self.dash = edge.dash;
            let _ = if edge.dash[0] > 0.0 {
                let dash = Array::of2(
                    &JsValue::from_f64(edge.dash[0].into()),
                    &JsValue::from_f64(edge.dash[1].into()),
                );
                context.set_line_dash(&dash)
            } else {
                context.set_line_dash(&self.surface.solid)
            };
        }
    }

    fn trace(&self, points: &[[f32; 2]]) {
        let context = &self.surface.context;
        context.begin_path();
        for (i, point) in points.iter().enumerate() {
            let (x, y) = (f64::from(point[0]), f64::from(point[1]));
            if i == 0 {
                context.move_to(x, y);
            } else {
                context.line_to(x, y);
            }
        }
    }

    fn round(&self, area: Area, radius: f32) {
        let context = &self.surface.context;
        context.begin_path();
        let (x, y, w, h) = (area.x.into(), area.y.into(), area.w.into(), area.h.into());
        if radius < 0.5 || context.round_rect_with_f64(x, y, w, h, f64::from(radius)).is_err() {
            context.rect(x, y, w, h);
        }
    }

    /// Strokes at 45° inside a rectangle, `step` apart along x, cut by arithmetic.
    fn strokes(&mut self, area: Area, step: f32, falling: bool) {
        let context = &self.surface.context;
        let (w, h) = (area.w, area.h);
        let mut c = step * 0.5;
        while c < w + h {
            // The stroke x + y = c of a box at the origin.
            let (x0, x1) = ((c - h).max(0.0), c.min(w));
            let (y0, y1) = (c - x0, c - x1);
            let place = |x: f32| f64::from(area.x + if falling { w - x } else { x });
            context.move_to(place(x0), f64::from(area.y + y0));
            context.line_to(place(x1), f64::from(area.y + y1));
            c += step;
        }
    }
}

impl Pen for CanvasPen<'_> {
    fn fill(&mut self, area: Area, radius: f32, ground: Ground, alpha: f32) {
        match ground {
            Ground::Flat(ink) => {
                self.filled(ink, alpha);
                if radius < 0.5 {
                    let context = &self.surface.context;
                    context.fill_rect(area.x.into(), area.y.into(), area.w.into(), area.h.into());
                } else {
                    self.round(area, radius);
                    self.surface.context.fill();
                }
            }
            Ground::Hatch(ink) => {
                self.stroked(Edge::solid(ink, 1.6), alpha);
                self.surface.context.begin_path();
                self.strokes(area, 7.07, false);
                self.surface.context.stroke();
            }
            Ground::Weave(ink) => {
                self.stroked(Edge::solid(ink, 1.1), alpha);
                self.surface.context.begin_path();
                self.strokes(area, 8.49, false);
                self.strokes(area, 8.49, true);
                self.surface.context.stroke();
            }
        }
    }

    fn outline(&mut self, area: Area, radius: f32, edge: Edge, alpha: f32) {
        self.stroked(edge, alpha);
        self.round(area, radius);
        self.surface.context.stroke();
    }

    fn line(&mut self, points: &[[f32; 2]], edge: Edge, alpha: f32) {
        self.stroked(edge, alpha);
        self.trace(points);
        self.surface.context.stroke();
    }

    fn solid(&mut self, points: &[[f32; 2]], ink: Ink, alpha: f32) {
        self.filled(ink, alpha);
        self.trace(points);
        self.surface.context.fill();
    }

    fn dot(&mut self, at: [f32; 2], r: f32, fill: Option<Ink>, edge: Option<Edge>, alpha: f32) {
        let context = &self.surface.context;
        context.begin_path();
        let _ = context.arc(at[0].into(), at[1].into(), f64::from(r.max(0.0)), 0.0, core::f64::consts::TAU);
        if let Some(ink) = fill {
            self.filled(ink, alpha);
            self.surface.context.fill();
        }
        if let Some(edge) = edge {
            self.stroked(edge, alpha);
            self.surface.context.stroke();
        }
    }

    fn arc(&mut self, x0: f32, x1: f32, y: f32, h: f32, edge: Edge, alpha: f32) {
        self.stroked(edge, alpha);
        let context = &self.surface.context;
        let (x0, x1, y, top) = (f64::from(x0), f64::from(x1), f64::from(y), f64::from(y + h * 1.25));
        context.begin_path();
        context.move_to(x0, y);
        context.bezier_curve_to(x0, top, x1, top, x1, y);
        context.stroke();
    }

    fn text(&mut self, label: &Label, alpha: f32) {
        let context = &self.surface.context;
        let font = (label.size, label.weight, label.mono);
        if self.font != font {
            self.font = font;
            let face = if label.mono { &self.surface.mono_face } else { &self.surface.text_face };
            // Tenths of a pixel, written without the float formatter.
            let tenths = (label.size * 10.0).round() as u32;
            let size = [&(tenths / 10).to_string(), ".", &(tenths % 10).to_string()].concat();
            context.set_font(&[&label.weight.to_string(), " ", &size, "px ", face].concat());
        }
        if self.align != Some(label.align) {
            self.align = Some(label.align);
            context.set_text_align(match label.align {
                Align::Left => "left",
                Align::Middle => "center",
                Align::Right => "right",
            });
        }
        if let Some(ink) = label.halo {
            self.stroked(Edge::solid(ink, 3.0), alpha);
            let _ = self.surface.context.stroke_text(&label.text, label.x.into(), label.y.into());
        }
        self.filled(label.ink, alpha);
        let _ = self.surface.context.fill_text(&label.text, label.x.into(), label.y.into());
    }
}

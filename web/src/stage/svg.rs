//! The same scene as an SVG document.
//!
//! Colours stay names of tokens (`var(--ink)`), so inside the page a drawing follows the theme;
//! [`document`] adds the values of one theme, so that a saved file stands alone.

use super::ink::Ink;
use super::paint::{Ground, Pen, paint};
use super::shape::{Align, Area, Edge, Label, Scene};

/// A scene as a document of its own. `color` gives a token's value in the theme to export.
pub fn document(scene: &Scene, color: impl Fn(Ink) -> String) -> String {
    let mut pen = SvgPen::default();
    paint(&scene.shapes, &mut pen);
    let size = |n: f32| short(n);
    let (w, h) = (size(scene.width), size(scene.height));
    let mut out = [
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"",
        &w,
        "\" height=\"",
        &h,
        "\" viewBox=\"0 0 ",
        &w,
        " ",
        &h,
        "\"><style>:root{",
    ]
    .concat();
    for &ink in Ink::ALL {
        for piece in [ink.token(), ":", &color(ink), ";"] {
            out.push_str(piece);
        }
    }
    out.push_str("}text{font-family:Inter,system-ui,\"Noto Sans CJK SC\",sans-serif;font-variant-numeric:tabular-nums}.o{font-family:ui-monospace,monospace}</style>");
    out.push_str(&pen.defs());
    out.push_str("<rect width=\"100%\" height=\"100%\" fill=\"var(--stage)\"/>");
    out.push_str(&pen.body);
    out.push_str("</svg>");
    out
}

/// A pen that writes elements.
#[derive(Debug, Default)]
pub struct SvgPen {
    body: String,
    grounds: Vec<(bool, Ink)>,
}

/// At most two decimals, no trailing zeros.
fn short(n: f32) -> String {
    let hundredths = (f64::from(n) * 100.0).round() as i64;
    let (sign, all) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    let whole = (all / 100).to_string();
    match all % 100 {
        0 => [sign, &whole].concat(),
        rest if rest % 10 == 0 => [sign, &whole, ".", &(rest / 10).to_string()].concat(),
        rest if rest < 10 => [sign, &whole, ".0", &rest.to_string()].concat(),
        rest => [sign, &whole, ".", &rest.to_string()].concat(),
    }
}

fn var(ink: Ink) -> String {
    ["var(", ink.token(), ")"].concat()
}

impl SvgPen {
    fn defs(&self) -> String {
        let mut out = String::from("<defs>");
        for &(weave, ink) in &self.grounds {
            let (size, path, width) =
                if weave { ("6", "M0 0V6M0 0H6", "1.1") } else { ("5", "M0 0V5", "1.6") };
            for piece in [
                "<pattern id=\"",
                &Self::ground_id(weave, ink),
                "\" width=\"",
                size,
                "\" height=\"",
                size,
                "\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"",
                path,
                "\" stroke=\"",
                &var(ink),
                "\" stroke-width=\"",
                width,
                "\"/></pattern>",
            ] {
                out.push_str(piece);
            }
        }
        out.push_str("</defs>");
        out
    }

    fn ground_id(weave: bool, ink: Ink) -> String {
        [if weave { "w" } else { "h" }, ink.token()].concat()
    }

    fn open(&mut self, name: &str) {
        self.body.push('<');
        self.body.push_str(name);
    }

    fn attr(&mut self, name: &str, value: &str) {
        for piece in [" ", name, "=\"", value, "\""] {
            self.body.push_str(piece);
        }
    }

    fn num(&mut self, name: &str, value: f32) {
        self.attr(name, &short(value));
    }

    fn close(&mut self, alpha: f32) {
        if alpha < 0.999 {
            self.num("opacity", alpha);
        }
        self.body.push_str("/>");
    }

    fn area(&mut self, area: Area, radius: f32) {
        for (name, value) in [("x", area.x), ("y", area.y), ("width", area.w), ("height", area.h)] {
            self.num(name, value);
        }
        if radius > 0.0 {
            self.num("rx", radius);
        }
    }

    fn edge(&mut self, edge: Edge) {
        self.attr("stroke", &var(edge.ink));
        self.num("stroke-width", edge.width);
        if edge.dash[0] > 0.0 {
            self.attr(
                "stroke-dasharray",
                &[short(edge.dash[0]).as_str(), " ", &short(edge.dash[1])].concat(),
            );
        }
    }

    fn path(points: &[[f32; 2]]) -> String {
        let mut d = String::new();
        for (i, point) in points.iter().enumerate() {
            d.push(if i == 0 { 'M' } else { 'L' });
            d.push_str(&short(point[0]));
            d.push(' ');
            d.push_str(&short(point[1]));
        }
        d
    }
}

impl Pen for SvgPen {
    fn fill(&mut self, area: Area, radius: f32, ground: Ground, alpha: f32) {
        let fill = match ground {
            Ground::Flat(ink) => var(ink),
            Ground::Hatch(ink) | Ground::Weave(ink) => {
                let weave = matches!(ground, Ground::Weave(_));
                if !self.grounds.contains(&(weave, ink)) {
                    self.grounds.push((weave, ink));
                }
                ["url(#", &Self::ground_id(weave, ink), ")"].concat()
            }
        };
        self.open("rect");
        self.area(area, radius);
        self.attr("fill", &fill);
        self.close(alpha);
    }

    fn outline(&mut self, area: Area, radius: f32, edge: Edge, alpha: f32) {
        self.open("rect");
        self.area(area, radius);
        self.attr("fill", "none");
        self.edge(edge);
        self.close(alpha);
    }

    fn line(&mut self, points: &[[f32; 2]], edge: Edge, alpha: f32) {
        self.open("path");
        self.attr("d", &Self::path(points));
        self.attr("fill", "none");
        self.attr("stroke-linejoin", "round");
        self.edge(edge);
        self.close(alpha);
    }

    fn solid(&mut self, points: &[[f32; 2]], ink: Ink, alpha: f32) {
        self.open("path");
        let mut d = Self::path(points);
        d.push('z');
        self.attr("d", &d);
        self.attr("fill", &var(ink));
        self.close(alpha);
    }

    fn dot(&mut self, at: [f32; 2], r: f32, fill: Option<Ink>, edge: Option<Edge>, alpha: f32) {
        self.open("circle");
        for (name, value) in [("cx", at[0]), ("cy", at[1]), ("r", r)] {
            self.num(name, value);
        }
        let fill = fill.map_or_else(|| "none".to_owned(), var);
        self.attr("fill", &fill);
        if let Some(edge) = edge {
            self.edge(edge);
        }
        self.close(alpha);
    }

    fn arc(&mut self, x0: f32, x1: f32, y: f32, h: f32, edge: Edge, alpha: f32) {
        let (from, to, base, top) = (short(x0), short(x1), short(y), short(y + h * 1.25));
        self.open("path");
        let d = ["M", &from, " ", &base, "C", &from, " ", &top, " ", &to, " ", &top, " ", &to, " ", &base]
            .concat();
        self.attr("d", &d);
        self.attr("fill", "none");
        self.edge(edge);
        self.close(alpha);
    }

    fn text(&mut self, label: &Label, alpha: f32) {
        self.open("text");
        self.num("x", label.x);
        self.num("y", label.y);
        self.attr("fill", &var(label.ink));
        self.num("font-size", label.size);
        if label.weight != 400 {
            self.attr("font-weight", &label.weight.to_string());
        }
        match label.align {
            Align::Left => {}
            Align::Middle => self.attr("text-anchor", "middle"),
            Align::Right => self.attr("text-anchor", "end"),
        }
        if label.mono {
            self.attr("class", "o");
        }
        if let Some(ink) = label.halo {
            self.attr("paint-order", "stroke");
            self.attr("stroke", &var(ink));
            self.attr("stroke-width", "3");
            self.attr("stroke-linejoin", "round");
        }
        if alpha < 0.999 {
            self.num("opacity", alpha);
        }
        self.body.push('>');
        for c in label.text.chars() {
            match c {
                '<' => self.body.push_str("&lt;"),
                '&' => self.body.push_str("&amp;"),
                c => self.body.push(c),
            }
        }
        self.body.push_str("</text>");
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(short(1.5), "1.5");
        assert_eq!(short(-0.25), "-0.25");
        assert_eq!(short(3.04), "3.04");
        assert_eq!(short(7.0), "7");
    }
}

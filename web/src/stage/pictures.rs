//! Looking at the work without a browser's page: `STAGE_PICTURES=dir STAGE_TOKENS=tokens.css
//! cargo test -p tabletop-web pictures` writes every picture as SVG in both themes.

use super::axis::{Geometry, Viewport};
use super::ink::Ink;
use super::layout::layout;
use super::shape::Scene;
use super::{Selection, StageMode, sample, svg};
use tabletop_core::base::PathId;

/// Value of a token: the first block is light, the second dark.
fn token(css: &str, dark: bool, name: &str) -> String {
    let css = if dark { &css[css.find("[data-theme=\"dark\"]").unwrap_or(0)..] } else { css };
    let at = css.find(&format!("{name}:")).map_or(0, |i| i + name.len() + 1);
    css[at..].split(';').next().unwrap_or("").trim().to_owned()
}

pub(super) fn write(name: &str, scene: &Scene) {
    let (Ok(dir), Ok(tokens)) = (std::env::var("STAGE_PICTURES"), std::env::var("STAGE_TOKENS")) else {
        return;
    };
    let css = std::fs::read_to_string(tokens).expect("tokens.css");
    for (theme, dark) in [("light", false), ("dark", true)] {
        let out = svg::document(scene, |ink: Ink| token(&css, dark, ink.token()));
        std::fs::write(format!("{dir}/{name}-{theme}.svg"), out).expect("writable");
    }
}

#[test]
fn pictures() {
    let desktop = Geometry { width: 880.0, height: 540.0, scale: 1.0, phone: false, zh: false };
    let phone = Geometry { width: 390.0, height: 320.0, phone: true, zh: true, ..desktop };
    let near = Viewport { offset: 380.0, zoom: 2.4 };
    let all = Viewport::default();
    let wide = Geometry { width: 1270.0, height: 712.0, scale: 1.25, ..desktop };
    let small = Geometry { width: 808.0, height: 430.0, ..desktop };
    let zh = Geometry { zh: true, ..desktop };
    let many = sample::synthetic_view(10_000);
    let steady = sample::steady();
    for (name, view, geometry, viewport, selected, mode) in [
        ("map", &steady, desktop, all, None, StageMode::Map),
        ("map-path", &steady, desktop, all, Some(Selection::Path(PathId(6))), StageMode::Map),
        ("map-version", &steady, desktop, all, Some(Selection::Version(27)), StageMode::Map),
        ("map-zh", &steady, zh, all, None, StageMode::Map),
        ("map-near", &steady, desktop, near, None, StageMode::Map),
        ("map-wide", &steady, wide, all, None, StageMode::Map),
        ("map-1024", &steady, small, all, None, StageMode::Map),
        ("graph", &steady, desktop, all, None, StageMode::Graph),
        ("phone", &steady, phone, all, None, StageMode::Map),
        ("phone-graph", &steady, phone, all, None, StageMode::Graph),
        ("imported", &sample::imported(), desktop, all, None, StageMode::Map),
        ("fresh", &sample::fresh(), desktop, all, None, StageMode::Map),
        ("many", &many, desktop, all, None, StageMode::Map),
        ("many-near", &many, desktop, Viewport { offset: 60_000.0, zoom: 60.0 }, None, StageMode::Map),
        ("many-graph", &many, desktop, all, None, StageMode::Graph),
    ] {
        let scene = layout(view, &geometry, viewport, 0, selected, mode, None);
        assert!(scene.shapes.len() < 12_000, "{name}: {}", scene.shapes.len());
        assert!(scene.shapes.windows(2).all(|w| w[0].layer <= w[1].layer));
        write(name, &scene);
    }
}

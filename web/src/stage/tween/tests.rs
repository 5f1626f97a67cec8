//! The ends of a tween are exact; in between, keys stay.

use super::{Story, between};
use crate::stage::axis::{Geometry, Viewport};
use crate::stage::layout::layout;
use crate::stage::shape::{Form, Key, Look, Mark, Scene, Shape};
use crate::stage::{StageMode, sample};
use tabletop_core::base::{PathId, RowsetId, SimTime, VersionRange};
use tabletop_core::view::tablet::{Brick, Heat, StalePathView, TabletView};

fn scene(view: &TabletView) -> Scene {
    let geometry = Geometry { width: 880.0, height: 540.0, scale: 1.0, phone: false, zh: false };
    layout(view, &geometry, Viewport::default(), 0, None, StageMode::Map, None)
}

/// Merges the last three live rowsets of the sample.
fn merged(before: &TabletView) -> TabletView {
    let mut view = before.clone();
    let members = view.live.split_off(view.live.len() - 3);
    let (first, last) = (members[0].clone(), members[2].clone());
    let range = VersionRange::new(first.range.start, last.range.end);
    let output = Brick {
        id: RowsetId(777),
        range,
        x1: last.x1,
        bytes: Some(64 << 20),
        heat: Heat::Cumulative,
        overlapping: false,
        ..first.clone()
    };
    view.stale.push(StalePathView {
        id: PathId(12),
        row: 1,
        range,
        x0: first.x0,
        x1: last.x1,
        members,
        stale_since: view.now,
        expires_at: Some(view.now + SimTime::from_secs(300)),
        time_known: true,
    });
    view.live.push(output);
    view.point = Some((52, last.x1));
    view
}

fn find(shapes: &[Shape], key: Key) -> &Shape {
    shapes.iter().find(|shape| shape.key == key).expect("shape")
}

fn top(shapes: &[Shape], id: u64) -> (f32, Look) {
    match &find(shapes, Key::new(Mark::Rowset, id)).form {
        Form::Brick(brick) => (brick.area.y, brick.look),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_ends_are_exact() {
    let view = sample::steady();
    let (before, after) = (scene(&view), scene(&merged(&view)));
    for story in [Story::Fade, Story::Load, Story::Merge, Story::Sweep, Story::Read, Story::Fail] {
        assert_eq!(between(&before.shapes, &after, story, 0.0), before.shapes);
        assert_eq!(between(&before.shapes, &after, story, 1.0), after.shapes);
    }
}

#[test]
fn inputs_rise_and_the_output_grows() {
    let view = sample::steady();
    let (before, after) = (scene(&view), scene(&merged(&view)));
    let input = 50_050;
    let (start, end) = (top(&before.shapes, input).0, top(&after.shapes, input).0);
    assert!(end < start);
    let half = between(&before.shapes, &after, Story::Merge, 0.35);
    let (y, _) = top(&half, input);
    assert!(y > end && y < start, "{end} < {y} < {start}");
    assert_eq!(top(&between(&before.shapes, &after, Story::Merge, 0.2), input).1, Look::Live);
    assert_eq!(top(&between(&before.shapes, &after, Story::Merge, 0.9), input).1, Look::Stale);
    let height =
        |p: f32| match &find(&between(&before.shapes, &after, Story::Merge, p), Key::new(Mark::Rowset, 777))
            .form
        {
            Form::Brick(brick) => brick.area.h,
            other => panic!("{other:?}"),
        };
    assert!(height(0.2) < 0.01 && height(0.5) > height(0.35) && height(0.5) <= height(0.9));
    for p in [0.1, 0.5, 0.75] {
        super::super::pictures::write(
            &format!("merge-{}", (p * 100.0) as u32),
            &Scene { shapes: between(&before.shapes, &after, Story::Merge, p), ..after.clone() },
        );
    }
}

#[test]
fn a_swept_path_fades_from_the_left() {
    let before = sample::steady();
    let mut after = before.clone();
    after.stale.retain(|path| path.id != PathId(11));
    let (before, after) = (scene(&before), scene(&after));
    let mid = between(&before.shapes, &after, Story::Sweep, 0.45);
    let alpha = |id| find(&mid, Key::new(Mark::Rowset, id)).alpha;
    assert!(alpha(39_039) < alpha(43_043), "{} {}", alpha(39_039), alpha(43_043));
}

#[test]
fn a_seek_keeps_what_is_the_same() {
    let view = sample::steady();
    let mut later = view.clone();
    later.live.pop();
    let (before, after) = (scene(&view), scene(&later));
    let mid = between(&before.shapes, &after, Story::Fade, 0.5);
    let base = find(&mid, Key::new(Mark::Rowset, 23));
    assert!((base.alpha - 1.0).abs() < f32::EPSILON);
    assert!(find(&mid, Key::new(Mark::Rowset, 51_051)).alpha < 0.9);
}

//! Sizes by table, and the rules that hold for every size.

use image::metadata::Orientation;

use super::{Area, Canvas, Plan, Size, is_step, plan, upright_size};
use crate::spec::{Fit, Gravity, Output};

fn output(fit: Fit, (width, height): Size) -> Output {
    Output { fit, ..Output::inside(width, height) }
}

fn fitted(fit: Fit, picture: Size, frame: Size) -> Size {
    upright_size(picture, &output(fit, frame))
}

fn enlarged(fit: Fit, picture: Size, frame: Size) -> Size {
    upright_size(picture, &Output { enlarge: true, ..output(fit, frame) })
}

fn planned(picture: Size, output: &Output) -> Plan {
    plan(picture, Orientation::NoTransforms, output, |_, _| (0.0, 0.0))
}

#[test]
fn a_picture_that_fits_keeps_its_size() {
    assert_eq!(fitted(Fit::Inside, (100, 50), (100, 50)), (100, 50));
    assert_eq!(fitted(Fit::Inside, (1, 1), (16_383, 16_383)), (1, 1));
    assert_eq!(enlarged(Fit::Inside, (100, 50), (300, 300)), (300, 150));
    assert_eq!(fitted(Fit::Contain, (100, 50), (300, 300)), (100, 50));
    assert_eq!(enlarged(Fit::Contain, (100, 50), (300, 300)), (300, 150));
}

#[test]
fn the_side_that_sticks_out_most_fills_the_box() {
    assert_eq!(fitted(Fit::Inside, (4000, 3000), (256, 256)), (256, 192));
    assert_eq!(fitted(Fit::Inside, (3000, 4000), (256, 256)), (192, 256));
    assert_eq!(fitted(Fit::Inside, (300, 300), (256, 100)), (100, 100));
    assert_eq!(fitted(Fit::Inside, (200, 10), (100, 100)), (100, 5));
}

#[test]
fn sides_are_rounded_to_the_nearest_pixel() {
    assert_eq!(fitted(Fit::Inside, (1000, 667), (256, 256)), (256, 171)); // 170.75
    assert_eq!(fitted(Fit::Inside, (1000, 665), (256, 256)), (256, 170)); // 170.24
    assert_eq!(fitted(Fit::Inside, (200, 101), (100, 100)), (100, 51)); // 50.5 goes up
}

#[test]
fn a_hair_of_a_picture_keeps_one_pixel() {
    assert_eq!(fitted(Fit::Inside, (65_535, 1), (256, 256)), (256, 1));
    assert_eq!(fitted(Fit::Inside, (1, u32::MAX), (1, 1)), (1, 1));
}

#[test]
fn outside_covers_the_box_and_is_no_larger_than_the_picture() {
    assert_eq!(fitted(Fit::Outside, (4000, 3000), (256, 256)), (341, 256));
    assert_eq!(fitted(Fit::Outside, (3000, 4000), (256, 100)), (256, 341));
    assert_eq!(fitted(Fit::Outside, (300, 200), (256, 256)), (300, 200));
    assert_eq!(enlarged(Fit::Outside, (300, 200), (256, 256)), (384, 256));
    assert_eq!(enlarged(Fit::Outside, (100, 50), (256, 256)), (512, 256));
}

#[test]
fn outside_is_never_larger_than_formats_can_hold() {
    assert_eq!(enlarged(Fit::Outside, (1, 60_000), (256, 256)), (1, 16_383));
    assert_eq!(fitted(Fit::Outside, (40_000, 4), (1, 4)), (16_383, 2));
}

#[test]
fn fill_is_the_box_whatever_the_picture() {
    for picture in [(1, 1), (3000, 5), (256, 100)] {
        assert_eq!(fitted(Fit::Fill, picture, (256, 100)), (256, 100));
    }
}

#[test]
fn cover_has_the_shape_of_the_box_and_cuts_the_least() {
    let plan = planned((400, 100), &output(Fit::Cover, (50, 50)));
    assert_eq!(plan.size, (50, 50));
    assert_eq!(plan.kept, Area { x: 150.0, y: 0.0, width: 100.0, height: 100.0 });
    // Too small for the box: its shape, at the picture's own resolution, on whole pixels.
    let plan = planned((41, 30), &output(Fit::Cover, (200, 200)));
    assert_eq!(plan.size, (30, 30));
    assert_eq!(plan.kept, Area { x: 5.0, y: 0.0, width: 30.0, height: 30.0 });
    let plan = planned((40, 30), &Output { enlarge: true, ..output(Fit::Cover, (200, 200)) });
    assert_eq!(plan.size, (200, 200));
}

#[test]
fn gravity_says_what_is_kept_and_where_the_picture_lies() {
    use Gravity as G;
    let places = [
        (G::NorthWest, 0, 0),
        (G::North, 1, 0),
        (G::NorthEast, 2, 0),
        (G::West, 0, 1),
        (G::Center, 1, 1),
        (G::East, 2, 1),
        (G::SouthWest, 0, 2),
        (G::South, 1, 2),
        (G::SouthEast, 2, 2),
    ];
    let square = Area { x: 0.0, y: 0.0, width: 20.0, height: 20.0 };
    let mut cases = 0;
    for (gravity, right, down) in places {
        let cut = |picture| {
            let output = Output { gravity, ..output(Fit::Cover, (10, 10)) };
            planned(picture, &output).kept
        };
        assert_eq!(
            cut((40, 20)),
            Area { x: f64::from(right) * 10.0, y: 0.0, ..square },
            "{gravity:?}"
        );
        assert_eq!(
            cut((20, 40)),
            Area { x: 0.0, y: f64::from(down) * 10.0, ..square },
            "{gravity:?}"
        );
        let output = Output { gravity, ..output(Fit::Contain, (20, 30)) };
        let canvas = planned((10, 10), &output).canvas;
        assert_eq!(canvas, Some(Canvas { size: (20, 30), x: right * 5, y: down * 10 }));
        cases += 1;
    }
    assert_eq!(cases, 9);
}

#[test]
fn smart_gravity_asks_where_to_cut_and_stays_inside() {
    let output = Output { gravity: Gravity::Smart, ..output(Fit::Cover, (10, 10)) };
    for (answer, x) in [(33.0, 33.0), (-5.0, 0.0), (1000.0, 300.0)] {
        let plan = plan((400, 100), Orientation::NoTransforms, &output, |picture, part| {
            assert_eq!((picture, part), ((400, 100), (100.0, 100.0)));
            (answer, 0.0)
        });
        assert_eq!(plan.kept, Area { x, y: 0.0, width: 100.0, height: 100.0 });
    }
}

#[test]
fn what_is_cut_is_decided_upright_and_cut_as_stored() {
    use Orientation as O;
    // Where the upright picture's left upper corner is stored, by EXIF's table.
    let corners: [(O, f64, f64); 8] = [
        (O::NoTransforms, 0.0, 0.0),
        (O::FlipHorizontal, 30.0, 0.0),
        (O::Rotate180, 30.0, 30.0),
        (O::FlipVertical, 0.0, 30.0),
        (O::Rotate90FlipH, 0.0, 0.0),
        (O::Rotate90, 0.0, 30.0),
        (O::Rotate270FlipH, 30.0, 30.0),
        (O::Rotate270, 30.0, 0.0),
    ];
    for (orientation, x, y) in corners {
        let output = Output { gravity: Gravity::NorthWest, ..output(Fit::Cover, (20, 10)) };
        let sideways = super::Turn::of(orientation).swaps;
        // Square and stored as such: the box's shape shows which way it was turned.
        let plan = plan((40, 40), orientation, &output, |_, _| (0.0, 0.0));
        let (width, height) = if sideways { (20.0, 40.0) } else { (40.0, 20.0) };
        let x = if sideways { x.min(20.0) } else { 0.0 };
        let y = if sideways { 0.0 } else { y.min(20.0) };
        assert_eq!(plan.kept, Area { x, y, width, height }, "{orientation:?}");
        assert_eq!(plan.size, if sideways { (10, 20) } else { (20, 10) });
    }
}

#[test]
fn a_thumbnail_is_made_from_another_one_if_that_is_twice_as_large_both_ways_or_of_the_same_size() {
    let larger = (200, 101);
    for size in [(200, 101), (100, 50), (1, 1)] {
        assert!(is_step(larger, size), "{size:?}");
    }
    for size in [(101, 50), (100, 51), (200, 50), (100, 101), (201, 101)] {
        assert!(!is_step(larger, size), "{size:?}");
    }
}

#[test]
fn every_size_keeps_the_rules_of_its_fit() {
    let sides = [1, 2, 3, 7, 99, 100, 101, 255, 256, 257, 4000, 16_383, 65_535, u32::MAX];
    let boxes = [1, 2, 50, 100, 256, 16_383];
    let mut cases = 0;
    for picture in sides.iter().flat_map(|&w| sides.map(|h| (w, h))) {
        for frame in boxes.iter().flat_map(|&w| boxes.map(|h| (w, h))) {
            let (w, h) = fitted(Fit::Inside, picture, frame);
            assert!((1..=frame.0.min(picture.0)).contains(&w));
            assert!((1..=frame.1.min(picture.1)).contains(&h));
            let exact_height = f64::from(w) * f64::from(picture.1) / f64::from(picture.0);
            let exact_width = f64::from(h) * f64::from(picture.0) / f64::from(picture.1);
            assert!(
                (f64::from(h) - exact_height).abs() <= 0.5 + 1e-6
                    || (f64::from(w) - exact_width).abs() <= 0.5 + 1e-6
                    || w == 1
                    || h == 1,
                "{picture:?} in {frame:?} became {w}x{h}"
            );
            for fit in [Fit::Cover, Fit::Contain, Fit::Outside] {
                let (w, h) = fitted(fit, picture, frame);
                assert!((1..=picture.0).contains(&w) && (1..=picture.1).contains(&h), "{fit:?}");
                let Area { x, y, width, height } = planned(picture, &output(fit, frame)).kept;
                assert!(x >= 0.0 && x + width <= f64::from(picture.0) + 1e-6, "{fit:?}");
                assert!(y >= 0.0 && y + height <= f64::from(picture.1) + 1e-6, "{fit:?}");
            }
            assert_eq!(enlarged(Fit::Cover, picture, frame), frame);
            cases += 1;
        }
    }
    assert_eq!(cases, 14 * 14 * 6 * 6);
}

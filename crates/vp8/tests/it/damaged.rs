//! What is decoded of damaged frames: the rows of macroblocks that are there, and grey for the rest.

use crate::{Writing, ours};
use scaled_vp8::{Decoder, Error, Scale};

const KINDS: [Writing; 3] = {
    let plain = Writing::of(90, 150);
    [plain, Writing { is_simple: true, quality: 20, ..plain }, Writing { filter: (0, 0), ..plain }]
};

/// The pixels of a damaged frame.
fn left(frame: &[u8], scale: Scale) -> Result<Vec<u8>, Error> {
    let decoder = Decoder::of_damaged(frame)?;
    let mut pixels = Vec::new();
    decoder.decode(scale, |row| pixels.extend_from_slice(row))?;
    let count = scale.side(decoder.width()) * scale.side(decoder.height()) * 3;
    assert_eq!(pixels.len(), count as usize);
    Ok(pixels)
}

#[test]
fn a_sound_frame_is_decoded_as_ever() {
    for writing in KINDS {
        let source = writing.frame();
        for scale in [Scale::Full, Scale::Half] {
            assert_eq!(left(&source, scale), ours(&source, scale), "{writing:?}");
        }
    }
}

#[test]
fn a_cut_frame_shows_its_rows_and_then_grey() {
    let mut cases = 0;
    for writing in KINDS {
        let source = writing.frame();
        // The modes of all macroblocks come first.
        let tag = u32::from_le_bytes([source[0], source[1], source[2], 0]);
        let head = 10 + (tag >> 5) as usize;
        for percent in [30, 50, 75, 95] {
            let cut = &source[..head + (source.len() - head) * percent / 100];
            for scale in [Scale::Full, Scale::Half] {
                assert_eq!(ours(cut, scale), Err(Error::Truncated));
                let (whole, shown) = (ours(&source, scale).unwrap(), left(cut, scale).unwrap());
                let (row, height) = (scale.side(90) as usize * 3, scale.side(150) as usize);
                let pairs = shown.chunks(row).zip(whole.chunks(row));
                let alike = pairs.take_while(|(one, other)| one == other).count() * 100 / height;
                let is_grey = |row: &&[u8]| row.iter().all(|sample| sample.abs_diff(128) <= 1);
                let grey = shown.chunks(row).rev().take_while(is_grey).count() * 100 / height;
                let what = format!("{writing:?} {percent} {scale:?}: {alike} {grey}");
                assert!(alike.abs_diff(percent) < 25, "{what}");
                assert!(grey > 0 && alike + grey > 90, "{what}");
                cases += 1;
            }
        }
    }
    assert_eq!(cases, 3 * 4 * 2);
}

#[test]
fn planes_end_in_grey_too() {
    let source = KINDS[0].frame();
    let cut = &source[..source.len() / 2];
    let mut planes = [Vec::new(), Vec::new(), Vec::new()];
    let decoder = Decoder::of_damaged(cut).unwrap();
    decoder.decode_planes(|component, row| planes[component].extend_from_slice(row)).unwrap();
    for (plane, grey) in planes.iter().zip([126, 128, 128]) {
        assert_eq!(plane.len(), 45 * 75);
        assert!(plane.iter().rev().take(45).all(|&sample| sample == grey));
        assert!(plane.iter().take(45).any(|&sample| sample != grey));
    }
}

#[test]
fn every_cut_and_many_a_change_has_the_right_size_or_is_refused() {
    let mut random = fastrand::Rng::with_seed(9);
    let (mut shown, mut refused) = (0, 0);
    for writing in [KINDS[0], Writing { partitions: 3, method: 2, ..KINDS[0] }] {
        let source = writing.frame();
        let cuts = (0..source.len()).step_by(11).map(|length| source[..length].to_vec());
        let changes = (0..100).map(|_| {
            let mut source = source.clone();
            let at = random.usize(10..source.len());
            source[at] = random.u8(..);
            source
        });
        for source in cuts.chain(changes) {
            let outcomes = [Scale::Full, Scale::Half].map(|scale| left(&source, scale));
            assert_eq!(outcomes[0].is_ok(), outcomes[1].is_ok());
            match &outcomes[0] {
                Ok(_) => shown += 1,
                Err(_) => refused += 1,
            }
            if let Ok(whole) = ours(&source, Scale::Full) {
                assert!(outcomes[0].as_ref() == Ok(&whole));
            }
        }
    }
    assert!(shown > 100 && refused > 10, "{shown} {refused}");
}

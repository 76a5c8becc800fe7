fn main() {
    let t = std::time::Instant::now();
    let s = support::pictures::sample_set();
    println!("{:?}", t.elapsed());
    for x in s {
        let p = std::path::Path::new("/tmp/samples").join(x.path);
        std::fs::create_dir_all(p.parent().unwrap()).unwrap();
        println!("{:8} {}", x.bytes.len(), x.path);
        std::fs::write(p, x.bytes).unwrap();
    }
    let t = std::time::Instant::now();
    let p = support::pictures::landscape(4000, 3000, 0);
    println!("draw {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let b = support::pictures::photo_jpeg(4000, 3000, 1);
    println!("draw+enc {:?} {}", t.elapsed(), b.len());
    for (w, h) in [(160, 120), (640, 480)] {
        let a = image::load_from_memory(&support::pictures::photo_jpeg(w, h, 2))
            .unwrap()
            .to_rgb8();
        let b = image::load_from_memory(&support::pictures::progressive_jpeg(w, h, 2))
            .unwrap()
            .to_rgb8();
        let l = support::pictures::landscape(w, h, 2);
        let d = |a: &image::RgbImage, b: &image::RgbImage| {
            a.as_raw()
                .iter()
                .zip(b.as_raw())
                .map(|(a, b)| a.abs_diff(*b) as u64)
                .sum::<u64>() as f64
                / a.as_raw().len() as f64
        };
        println!(
            "{w} base/prog {} base/orig {} prog/orig {}",
            d(&a, &b),
            d(&a, &l),
            d(&b, &l)
        );
        a.save("/tmp/base.png").unwrap();
        b.save("/tmp/prog.png").unwrap();
    }
    drop(p);
}

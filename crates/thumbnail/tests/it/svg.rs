//! SVG: what is drawn, what is ignored, and what is refused.

use crate::{ROOMY, pixels, recipe};
use thumbnail::{FormatChoice, Limits, SourceFormat, memory_to_render, render};

fn shown(text: &str) -> image::RgbaImage {
    let rendering = render(text.as_bytes(), &recipe(500, 500, FormatChoice::Png), &ROOMY);
    let rendering = rendering.unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(rendering.source_format, SourceFormat::Svg);
    pixels(&rendering.thumbnails[0]).into_rgba8()
}

fn reason(text: &str) -> &'static str {
    let refusal = render(text.as_bytes(), &recipe(9, 9, FormatChoice::Png), &ROOMY);
    refusal.map(|_| ()).unwrap_err().reason()
}

fn svg(content: &str) -> String {
    let namespaces =
        "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'";
    format!("<svg {namespaces} width='40' height='30'>{content}</svg>")
}

const RED: [u8; 4] = [255, 0, 0, 255];
const NOTHING: [u8; 4] = [0; 4];

#[test]
fn a_drawing_is_as_large_as_it_says_and_transparent_where_nothing_is_drawn() {
    let made = shown(&svg("<rect x='20' width='20' height='30' fill='red'/>"));
    assert_eq!(made.dimensions(), (40, 30));
    assert_eq!((made.get_pixel(5, 5).0, made.get_pixel(30, 5).0), (NOTHING, RED));
    let by_view = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 6'/>";
    assert_eq!(shown(by_view).dimensions(), (8, 6));
    // Half-covered pixels keep their colour.
    let faded = shown(&svg("<rect width='40' height='30' fill='red' opacity='.5'/>"));
    let [red, green, blue, alpha] = faded.get_pixel(9, 9).0;
    assert!(red >= 254 && green == 0 && blue == 0 && alpha.abs_diff(128) <= 1);
}

#[test]
fn an_svg_is_recognised_behind_whatever_may_come_first() {
    let first = "<?xml version='1.0'?>\n<!-- a < b -->\n";
    let kinds = "<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://www.w3.org/x.dtd'>";
    let entities = "<!DOCTYPE svg [<!ENTITY c 'red'>]>";
    let mut cases = 0;
    for before in ["", "\u{FEFF}", " \n", first, kinds, entities, &format!("{first}{kinds}")] {
        assert_eq!(shown(&format!("{before}{}", svg(""))).dimensions(), (40, 30), "{before}");
        cases += 1;
    }
    assert_eq!(cases, 7);
    for other in
        ["<svgs/>", "<html><svg/></html>", "<?xml version='1.0'?><rss/>", "svg", "<!-- <svg "]
    {
        assert_eq!(SourceFormat::from_first_bytes(other.as_bytes()), None, "{other}");
    }
}

#[test]
fn nothing_outside_of_the_file_is_looked_at() {
    let folder = std::env::temp_dir().join(format!("svg-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("red.png");
    image::RgbImage::from_pixel(40, 30, image::Rgb([255, 0, 0])).save(&file).unwrap();
    let file = file.to_str().unwrap();
    let mut cases = 0;
    for target in [file, &format!("file://{file}"), "http://127.0.0.1:9/red.png", "red.png"] {
        for name in ["href", "xlink:href"] {
            let image = format!("<image {name}='{target}' width='40' height='30'/>");
            assert_eq!(shown(&svg(&image)).get_pixel(9, 9).0, NOTHING, "{image}");
            let used = format!("<use {name}='{target}#a'/>");
            assert_eq!(shown(&svg(&used)).get_pixel(9, 9).0, NOTHING, "{used}");
            cases += 1;
        }
        let entity = format!("<!DOCTYPE svg [<!ENTITY e SYSTEM '{target}'>]>");
        let outcome = render(
            format!("{entity}{}", svg("<text>&e;</text>")).as_bytes(),
            &recipe(9, 9, FormatChoice::Png),
            &ROOMY,
        );
        assert!(outcome.is_err() || outcome.unwrap().thumbnails.len() == 1);
    }
    assert_eq!(cases, 8);
    std::fs::remove_dir_all(&folder).unwrap();
    let script = "<script>document.rootElement.setAttribute('fill','red')</script>";
    assert_eq!(shown(&svg(script)).get_pixel(9, 9).0, NOTHING);
}

#[test]
fn pictures_inside_show_unless_they_are_drawings_or_have_too_many_pixels() {
    use base64::Engine as _;
    let image = |kind: &str, bytes: &[u8]| {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        svg(&format!("<image href='data:image/{kind};base64,{data}' width='40' height='30'/>"))
    };
    let png = crate::write(
        &image::RgbImage::from_pixel(4, 3, image::Rgb([255, 0, 0])).into(),
        image::ImageFormat::Png,
    );
    assert_eq!(shown(&image("png", &png)).get_pixel(20, 15).0, RED);
    let drawing = svg("<rect width='40' height='30' fill='red'/>");
    assert_eq!(shown(&image("svg+xml", drawing.as_bytes())).get_pixel(20, 15).0, NOTHING);
    let mut huge = png;
    huge[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
    assert_eq!(shown(&image("png", &huge)).get_pixel(20, 15).0, NOTHING);
}

#[test]
fn what_comes_to_too_much_is_refused_before_it_is_made() {
    let nested = |count: usize| "<g>".repeat(count) + &"</g>".repeat(count);
    let laughs: Vec<String> = (1..30)
        .map(|level| {
            let uses = format!("<use href='#a{}'/>", level - 1).repeat(10);
            format!("<g id='a{level}'>{uses}</g>")
        })
        .collect();
    let laughs = laughs.concat();
    let layers =
        "<g opacity='.5'>".repeat(150) + "<rect width='2000' height='2000'/>" + &"</g>".repeat(150);
    let tile = "<pattern id='p' width='1' height='1'><rect width='1' height='1'/></pattern>";
    let tiles =
        format!("<g transform='scale(1e5)'>{tile}<rect width='1' height='1' fill='url(#p)'/></g>");
    let marked = format!(
        "<marker id='m'>{}</marker><path marker-mid='url(#m)' d='{}'/>",
        "<rect/>".repeat(1000),
        "L1 1".repeat(20_000)
    );
    let large = "<svg xmlns='http://www.w3.org/2000/svg' width='2048' height='2048'>";
    let mut cases = 0;
    for (file, expected) in [
        (svg(&nested(5000)), "unsupported"),
        (svg(&format!("<rect id='a0'/>{laughs}")), "too_many_parts"),
        (format!("{large}{layers}</svg>"), "too_many_parts"),
        (svg(&tiles), "too_many_parts"),
        (svg(&marked), "too_many_parts"),
        (svg(&"<g/>".repeat(300_000)), "undecodable"),
        (svg("<g>"), "undecodable"),
    ] {
        assert_eq!(reason(&file), expected, "{}", &file[..file.len().min(200)]);
        cases += 1;
    }
    assert_eq!(cases, 7);
    // An element that refers to itself is not drawn, and does no harm.
    shown(&svg("<g id='a'><use href='#a'/></g>"));
    shown(&svg(&nested(100)));
}

#[test]
fn large_drawings_are_drawn_smaller_and_count_by_what_is_drawn() {
    let file = |side: u64| {
        format!("<svg xmlns='http://www.w3.org/2000/svg' width='{side}' height='{side}'/>")
    };
    for side in [3000, 1_000_000, 1_000_000_000_000] {
        let file = file(side);
        let rendering = render(file.as_bytes(), &recipe(9, 9, FormatChoice::Png), &ROOMY).unwrap();
        assert_eq!((rendering.source_width, rendering.source_height), (2048, 2048));
    }
    let few = Limits { max_pixels: 2048 * 2048 - 1 };
    let refusal = render(file(9999).as_bytes(), &recipe(9, 9, FormatChoice::Png), &few);
    assert_eq!(refusal.map(|_| ()).unwrap_err().reason(), "too_many_pixels");
    let needed = memory_to_render(file(9999).as_bytes(), &recipe(9, 9, FormatChoice::Png), &ROOMY);
    assert!(needed.unwrap() > 2048 * 2048 * 4);
}

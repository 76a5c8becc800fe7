//! Cameras' raw files around JPEGs: what they tell of their previews, and nothing of what a sensor
//! saw. Directories as in TIFF 6.0, section 2; boxes as in ISO/IEC 14496-12.

use crate::heif::{self, Item, boxed};

/// A directory: fields in the order of their tags.
#[derive(Debug, Clone, Default)]
pub struct Directory(pub Vec<(u16, Value)>);

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    /// Numbers of 16 bits.
    Short(Vec<u16>),
    /// Numbers of 32 bits.
    Long(Vec<u32>),
    /// Bytes without meaning.
    Bytes(Vec<u8>),
    /// Where these bytes are in the file.
    Place(Vec<u8>),
    /// Where these directories are in the file.
    Directories(Vec<Directory>),
}

/// A file of directories, each of which tells where the next one is. `start` is what is there before
/// the position of the first.
#[must_use]
pub fn tree(start: [u8; 4], directories: &[Directory]) -> Vec<u8> {
    let mut file = [&start[..], &[0; 4]].concat();
    write_all(&mut file, 4, directories);
    file
}

/// Appends directories, and puts the position of the first at `pointer`.
fn write_all(file: &mut Vec<u8>, mut pointer: usize, directories: &[Directory]) {
    for directory in directories {
        let place = write(file, directory);
        put(file, pointer, place);
        pointer = place + 2 + directory.0.len() * 12;
    }
}

/// Appends a directory after what its fields refer to, and returns its position.
fn write(file: &mut Vec<u8>, Directory(fields): &Directory) -> usize {
    let is_big = file.starts_with(b"MM");
    let short = |value: u16| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let long = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut entries = Vec::new();
    for (tag, value) in fields {
        let (kind, count, mut content): (u16, usize, Vec<u8>) = match value {
            Value::Short(values) => {
                (3, values.len(), values.iter().flat_map(|&value| short(value)).collect())
            }
            Value::Long(values) => {
                (4, values.len(), values.iter().flat_map(|&value| long(value)).collect())
            }
            Value::Bytes(bytes) => (7, bytes.len(), bytes.clone()),
            Value::Place(bytes) => {
                let place = file.len();
                file.extend(bytes);
                (4, 1, long(count_of(place)).to_vec())
            }
            Value::Directories(directories) => {
                let places: Vec<_> =
                    directories.iter().map(|directory| write(file, directory)).collect();
                let places = places.into_iter().flat_map(|place| long(count_of(place)));
                (13, directories.len(), places.collect())
            }
        };
        if content.len() > 4 {
            let place = file.len();
            file.append(&mut content);
            content = long(count_of(place)).to_vec();
        }
        content.resize(4, 0);
        entries.extend([&short(*tag)[..], &short(kind), &long(count_of(count)), &content].concat());
    }
    let place = file.len();
    file.extend(short(u16::try_from(fields.len()).unwrap_or(0)));
    file.extend(entries);
    file.extend([0; 4]);
    place
}

/// Puts a number at a position.
fn put(file: &mut [u8], at: usize, number: usize) {
    let number = count_of(number);
    let number = if file.starts_with(b"MM") { number.to_be_bytes() } else { number.to_le_bytes() };
    file.iter_mut().skip(at).zip(number).for_each(|(to, byte)| *to = byte);
}

fn count_of(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The fields of a JPEG that is the strip of a directory.
fn strip(jpeg: &[u8]) -> [(u16, Value); 2] {
    [(273, Value::Place(jpeg.to_vec())), (279, Value::Long(vec![count_of(jpeg.len())]))]
}

/// The fields of a JPEG that lies somewhere in the file.
fn interchange(jpeg: &[u8]) -> [(u16, Value); 2] {
    [(513, Value::Place(jpeg.to_vec())), (514, Value::Long(vec![count_of(jpeg.len())]))]
}

fn short(tag: u16, value: u16) -> (u16, Value) {
    (tag, Value::Short(vec![value]))
}

/// A directory of a sensor's samples, which are none that could be shown.
fn sensor() -> Directory {
    let samples = vec![0x55; 64];
    let fields = [short(256, 8), short(257, 8), short(259, 1), short(262, 32_803)];
    Directory([&fields[..], &strip(&samples)].concat())
}

/// A directory of pixels that are not compressed: grey, 4 x 4.
fn tiny() -> Vec<(u16, Value)> {
    let size = [short(254, 1), short(256, 4), short(257, 4), short(258, 8), short(259, 1)];
    let pixels = [(273, Value::Place(vec![99; 16])), short(277, 1), short(278, 4)];
    [&size[..], &[short(262, 1)], &pixels, &[(279, Value::Long(vec![16]))]].concat()
}

fn sorted(mut fields: Vec<(u16, Value)>) -> Directory {
    fields.sort_by_key(|(tag, _)| *tag);
    Directory(fields)
}

/// A DNG with a tiny picture first, then a sensor's samples and previews.
#[must_use]
pub fn dng(previews: &[Vec<u8>], orientation: u16, is_big: bool) -> Vec<u8> {
    let preview =
        |jpeg: &Vec<u8>| sorted([&[short(259, 7), short(262, 6)][..], &strip(jpeg)].concat());
    let directories = [sensor()].into_iter().chain(previews.iter().map(preview)).collect();
    let more = [
        short(274, orientation),
        (330, Value::Directories(directories)),
        (50_706, Value::Bytes(vec![1, 4, 0, 0])),
    ];
    let first = sorted([tiny().as_slice(), &more].concat());
    tree(if is_big { *b"MM\0*" } else { *b"II*\0" }, &[first])
}

/// A CR2 of Canon: the first directory is the preview, and the others follow it.
#[must_use]
pub fn cr2(preview: &[u8], small: &[u8], orientation: u16) -> Vec<u8> {
    let first = [short(259, 6), short(274, orientation)];
    let first = sorted([&first[..], &strip(preview)].concat());
    let second = Directory(interchange(small).to_vec());
    // The samples are in JPEG, too, but in its lossless kind.
    let lossless =
        [&b"\xFF\xD8\xFF\xC3\0\x0B\x0E\xFF\xFF\xFF\xFF\x01\x01\x11\0"[..], &[0; 32]].concat();
    let third = Directory([&[short(259, 6)][..], &strip(&lossless)].concat());
    let mut file = [&b"II*\0\0\0\0\0CR\x02\0"[..], &[0; 4]].concat();
    write_all(&mut file, 4, &[first, second, third]);
    file
}

/// An NEF of Nikon: a tiny picture, and directories of the preview and of the sensor's samples.
#[must_use]
pub fn nef(preview: &[u8], orientation: u16) -> Vec<u8> {
    let preview = Directory([&[short(259, 6)][..], &interchange(preview)].concat());
    let more = [short(274, orientation), (330, Value::Directories(vec![preview, sensor()]))];
    tree(*b"MM\0*", &[sorted([tiny().as_slice(), &more].concat())])
}

/// A PEF of Pentax: the sensor's samples come first, and the preview is in another directory.
#[must_use]
pub fn pef(preview: &[u8], orientation: u16) -> Vec<u8> {
    let mut first = sensor();
    first.0.insert(4, short(274, orientation));
    tree(*b"MM\0*", &[sorted(first.0), Directory(interchange(preview).to_vec())])
}

/// An RW2 of Panasonic: the preview is the value of a field.
#[must_use]
pub fn rw2(preview: &[u8], orientation: u16) -> Vec<u8> {
    let fields = vec![(46, Value::Bytes(preview.to_vec())), short(274, orientation)];
    tree(*b"IIU\0", &[Directory(fields)])
}

/// An ORF of Olympus: the preview is in the maker's notes.
#[must_use]
pub fn orf(preview: &[u8], orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, value: usize| {
        let count = 1_u32.to_le_bytes();
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count, &count_of(value).to_le_bytes()]
            .concat()
    };
    // The directory at 12 tells of the one at 30, which tells of the preview at 60.
    let notes = [
        b"OLYMPUS\0II\x03\0\x01\0".to_vec(),
        entry(0x2020, 13, 30),
        b"\0\0\0\0\x02\0".to_vec(),
        entry(0x101, 4, 60),
        entry(0x102, 4, preview.len()),
        vec![0; 4],
        preview.to_vec(),
    ];
    let exif = Directory(vec![(37_500, Value::Bytes(notes.concat()))]);
    let mut first = sensor();
    first.0.extend([short(274, orientation), (34_665, Value::Directories(vec![exif]))]);
    tree(*b"IIRO", &[sorted(first.0)])
}

/// An RAF of Fujifilm.
#[must_use]
pub fn raf(preview: &[u8]) -> Vec<u8> {
    let mut file = b"FUJIFILMCCD-RAW 0201FF389501X-T5".to_vec();
    file.resize(84, 0);
    file.extend(160_u32.to_be_bytes());
    file.extend(count_of(preview.len()).to_be_bytes());
    file.resize(160, 0);
    [file, preview.to_vec(), vec![0x55; 99]].concat()
}

/// A CR3 of Canon: with a thumbnail, a preview, and a JPEG of the picture's size in a track.
#[must_use]
pub fn cr3(sizes: [&[u8]; 3], orientation: u16) -> Vec<u8> {
    let [thumbnail, preview, whole] = sizes;
    let metadata = tree(*b"II*\0", &[Directory(vec![short(274, orientation)])]);
    let length = |jpeg: &[u8]| count_of(jpeg.len()).to_be_bytes();
    let thumbnail = boxed(*b"THMB", &[&[0; 8], &length(thumbnail), &[0, 1, 0, 0], thumbnail]);
    let own = b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
    let own = boxed(*b"uuid", &[own, &boxed(*b"CMT1", &[&metadata]), &thumbnail]);
    let preview = boxed(*b"PRVW", &[&[0; 12], &length(preview), preview]);
    let other = b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";
    let preview = boxed(*b"uuid", &[other, &[0; 8], &preview]);
    let track = |data: &[u8]| Item {
        kind: *b"CRAW",
        data: data.to_vec(),
        properties: vec![heif::size(64, 64)],
        references: Vec::new(),
    };
    let film = heif::film_with(*b"crx ", &own, &[track(whole), track(&[0x55; 64])]);
    [film, preview].concat()
}

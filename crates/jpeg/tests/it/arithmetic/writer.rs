//! Writes pictures of made-up coefficients with arithmetic coding (ITU-T T.81, F.1.4 and G.1.3).

use super::coder::Coder;

/// What decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Conditioning {
    pub(super) dc: (u8, u8),
    pub(super) ac: u8,
}

/// That without a segment that sets another.
const USUAL: Conditioning = Conditioning { dc: (0, 1), ac: 5 };

/// A picture as quantized coefficients.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) components: Vec<Component>,
    pub(super) conditioning: Conditioning,
}

#[derive(Clone)]
pub(super) struct Component {
    /// Blocks in an MCU, across and down.
    mcu: (usize, usize),
    /// Blocks with any part of the picture, across and down.
    blocks: (usize, usize),
    /// Blocks in a row, up to the end of the last MCU.
    across: usize,
    /// Coefficients in zigzag order.
    values: Vec<[i32; 64]>,
}

impl std::fmt::Debug for Component {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{:?} of {:?}", self.mcu, self.blocks)
    }
}

/// A scan: its components, its band, and the bits that it codes.
struct Scan<'c> {
    components: &'c [usize],
    band: (usize, usize),
    high: u8,
    low: u8,
}

impl Picture {
    pub(super) fn of(width: u16, height: u16, sampling: &[(usize, usize)]) -> Self {
        let mut random = fastrand::Rng::with_seed(u64::from(width) << 16 | u64::from(height));
        let most_h = sampling.iter().map(|(h, _)| *h).max().unwrap();
        let most_v = sampling.iter().map(|(_, v)| *v).max().unwrap();
        let (w, h) = (usize::from(width), usize::from(height));
        let mcus = (w.div_ceil(8 * most_h), h.div_ceil(8 * most_v));
        let components = sampling.iter().map(|&(across, down)| {
            let count = mcus.0 * across * mcus.1 * down;
            let mut dc = 0;
            let values = (0..count).map(|_| {
                dc = (dc + random.i32(-40..=40)).clamp(-120, 120);
                let mut block = [0; 64];
                block[0] = dc;
                let last = if random.u8(..) < 20 { 64 } else { random.usize(1..20) };
                for (place, value) in block.iter_mut().enumerate().take(last).skip(1) {
                    let most = (60 / place + 1) as u8;
                    if random.u8(..) < 100 {
                        *value = i32::from(random.u8(..=2 * most)) - i32::from(most);
                    }
                }
                block
            });
            Component {
                mcu: (across, down),
                blocks: ((w * across).div_ceil(8 * most_h), (h * down).div_ceil(8 * most_v)),
                across: mcus.0 * across,
                values: values.collect(),
            }
        });
        Self { width, height, components: components.collect(), conditioning: USUAL }
    }

    fn mcus(&self) -> (usize, usize) {
        let first = &self.components[0];
        let across = first.across / first.mcu.0;
        (across, first.values.len() / first.across / first.mcu.1)
    }

    /// All in one scan.
    pub(super) fn sequential(&self, interval: usize) -> Vec<u8> {
        let all: Vec<_> = (0..self.components.len()).collect();
        self.file(0xC9, interval, &[Scan { components: &all, band: (0, 63), high: 0, low: 0 }])
    }

    /// A scan for each component.
    pub(super) fn in_parts(&self) -> Vec<u8> {
        let all: Vec<_> = (0..self.components.len()).collect();
        let scans = all.chunks(1);
        let scans = scans.map(|components| Scan { components, band: (0, 63), high: 0, low: 0 });
        self.file(0xC9, 0, &scans.collect::<Vec<_>>())
    }

    /// In scans of bands, and of single bits.
    pub(super) fn progressive(&self, interval: usize) -> Vec<u8> {
        let all: Vec<_> = (0..self.components.len()).collect();
        let mut scans = vec![Scan { components: &all, band: (0, 0), high: 0, low: 1 }];
        for components in all.chunks(1) {
            scans.push(Scan { components, band: (1, 5), high: 0, low: 2 });
            scans.push(Scan { components, band: (6, 63), high: 0, low: 2 });
            scans.push(Scan { components, band: (1, 63), high: 2, low: 1 });
        }
        scans.push(Scan { components: &all, band: (0, 0), high: 1, low: 0 });
        for components in all.chunks(1) {
            scans.push(Scan { components, band: (1, 63), high: 1, low: 0 });
        }
        self.file(0xCA, interval, &scans)
    }

    fn file(&self, frame: u8, interval: usize, scans: &[Scan<'_>]) -> Vec<u8> {
        let mut file = vec![0xFF, 0xD8];
        let mut segment = |marker: u8, body: &[u8]| {
            file.extend([0xFF, marker]);
            file.extend((body.len() as u16 + 2).to_be_bytes());
            file.extend(body);
        };
        segment(0xDB, &[&[0][..], &[3; 64]].concat());
        let [h1, h0] = self.height.to_be_bytes();
        let [w1, w0] = self.width.to_be_bytes();
        let mut header = vec![8, h1, h0, w1, w0, self.components.len() as u8];
        for (number, Component { mcu: (h, v), .. }) in self.components.iter().enumerate() {
            header.extend([number as u8 + 1, (h << 4 | v) as u8, 0]);
        }
        segment(frame, &header);
        if self.conditioning != USUAL {
            let Conditioning { dc: (lower, upper), ac } = self.conditioning;
            segment(0xCC, &[0, upper << 4 | lower, 0x10, ac, 1, upper << 4 | lower, 0x11, ac]);
        }
        if interval > 0 {
            segment(0xDD, &(interval as u16).to_be_bytes());
        }
        for scan in scans {
            let mut header = vec![scan.components.len() as u8];
            for &component in scan.components {
                header.extend([component as u8 + 1, table(component) << 4 | table(component)]);
            }
            header.extend([scan.band.0 as u8, scan.band.1 as u8, scan.high << 4 | scan.low]);
            segment(0xDA, &header);
        }
        // The data of each scan follow its header.
        let mut whole = Vec::new();
        let mut rest = file.as_slice();
        for scan in scans {
            let start = rest.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
            let end = start + 2 + usize::from(rest[start + 3]);
            whole.extend(&rest[..end]);
            rest = &rest[end..];
            whole.extend(self.data(scan, interval));
        }
        whole.extend([0xFF, 0xD9]);
        whole
    }

    fn data(&self, scan: &Scan<'_>, interval: usize) -> Vec<u8> {
        let is_alone = scan.components.len() == 1;
        let (across, down) =
            if is_alone { self.components[scan.components[0]].blocks } else { self.mcus() };
        let mut state = State::new(self.conditioning);
        let (mut data, mut restarts) = (Vec::new(), 0);
        for mcu in 0..across * down {
            if interval > 0 && mcu > 0 && mcu % interval == 0 {
                data.extend(
                    std::mem::replace(&mut state, State::new(self.conditioning)).coder.finish(),
                );
                data.extend([0xFF, 0xD0 + restarts % 8]);
                restarts += 1;
            }
            let (row, column) = (mcu / across, mcu % across);
            for &number in scan.components {
                let component = &self.components[number];
                let (h, v) = if is_alone { (1, 1) } else { component.mcu };
                for (y, x) in (0..v).flat_map(|y| (0..h).map(move |x| (y, x))) {
                    let at = (row * v + y) * component.across + column * h + x;
                    state.block(scan, number, &component.values[at]);
                }
            }
        }
        data.extend(state.coder.finish());
        data
    }
}

/// Luma has tables of its own.
fn table(component: usize) -> u8 {
    u8::from(component > 0)
}

/// What the encoder has learned since the start or the last restart.
struct State {
    coder: Coder,
    conditioning: Conditioning,
    dc: [[u8; 64]; 2],
    ac: [[u8; 256]; 2],
    prediction: [i32; 3],
    context: [usize; 3],
}

impl State {
    fn new(conditioning: Conditioning) -> Self {
        Self {
            coder: Coder::new(),
            conditioning,
            dc: [[0; 64]; 2],
            ac: [[0; 256]; 2],
            prediction: [0; 3],
            context: [0; 3],
        }
    }

    fn block(&mut self, scan: &Scan<'_>, component: usize, values: &[i32; 64]) {
        let (first, last) = scan.band;
        match (first, scan.high) {
            (0, 0) => self.dc(component, values[0] >> scan.low),
            (0, _) => self.coder.even_bit(values[0] >> scan.low & 1 == 1),
            _ => {}
        }
        let band = (first.max(1), last);
        if band.0 > band.1 {
            return;
        }
        // AC coefficients lose their lowest bits towards zero.
        let shifted = values.map(|value| value.signum() * (value.abs() >> scan.low));
        if scan.high == 0 {
            self.ac(component, &shifted, band);
        } else {
            self.refine(component, &shifted, band);
        }
    }

    fn dc(&mut self, component: usize, value: i32) {
        let Self { coder, conditioning, .. } = self;
        let bins = &mut self.dc[usize::from(table(component))];
        let difference = value - self.prediction[component];
        self.prediction[component] = value;
        let context = self.context[component];
        coder.bit(&mut bins[context], difference != 0);
        if difference == 0 {
            self.context[component] = 0;
            return;
        }
        let is_negative = difference < 0;
        coder.bit(&mut bins[context + 1], is_negative);
        let below = difference.abs() - 1;
        let first = context + if is_negative { 3 } else { 2 };
        coder.bit(&mut bins[first], below > 0);
        let mut highest = 0;
        if below > 0 {
            highest = 1 << below.ilog2();
            magnitude(coder, bins, 20, 1, below);
        }
        let (lower, upper) = conditioning.dc;
        let offset = if is_negative { 4 } else { 0 };
        self.context[component] = if highest < (1 << lower) >> 1 {
            0
        } else if highest > (1 << upper) >> 1 {
            12 + offset
        } else {
            4 + offset
        };
    }

    fn ac(&mut self, component: usize, values: &[i32; 64], (first, last): (usize, usize)) {
        let bins = &mut self.ac[usize::from(table(component))];
        let end = (first..=last).rev().find(|&place| values[place] != 0).map_or(first, |p| p + 1);
        let mut place = first;
        while place < end {
            self.coder.bit(&mut bins[3 * (place - 1)], false);
            while values[place] == 0 {
                self.coder.bit(&mut bins[3 * (place - 1) + 1], false);
                place += 1;
            }
            self.coder.bit(&mut bins[3 * (place - 1) + 1], true);
            self.coder.even_bit(values[place] < 0);
            let below = values[place].abs() - 1;
            let at = 3 * (place - 1) + 2;
            self.coder.bit(&mut bins[at], below > 0);
            if below > 0 {
                self.coder.bit(&mut bins[at], below > 1);
            }
            if below > 1 {
                let is_low = place <= usize::from(self.conditioning.ac);
                magnitude(&mut self.coder, bins, if is_low { 189 } else { 217 }, 2, below);
            }
            place += 1;
        }
        if place <= last {
            self.coder.bit(&mut bins[3 * (place - 1)], true);
        }
    }

    /// `values` with the bit that is coded as the lowest one.
    fn refine(&mut self, component: usize, values: &[i32; 64], (first, last): (usize, usize)) {
        let bins = &mut self.ac[usize::from(table(component))];
        let ends = |most: i32| (first..=last).rev().find(|&place| values[place].abs() > most);
        let (known_end, end) = (ends(1).unwrap_or(0), ends(0).map_or(first, |place| place + 1));
        let mut place = first;
        while place < end {
            if place > known_end {
                self.coder.bit(&mut bins[3 * (place - 1)], false);
            }
            while values[place] == 0 {
                self.coder.bit(&mut bins[3 * (place - 1) + 1], false);
                place += 1;
            }
            let at = 3 * (place - 1) + 1;
            if values[place].abs() > 1 {
                self.coder.bit(&mut bins[at + 1], values[place].abs() & 1 == 1);
            } else {
                self.coder.bit(&mut bins[at], true);
                self.coder.even_bit(values[place] < 0);
            }
            place += 1;
        }
        if place <= last {
            self.coder.bit(&mut bins[3 * (place - 1)], true);
        }
    }
}

fn magnitude(coder: &mut Coder, bins: &mut [u8], start: usize, least: u32, below: i32) {
    let length = below.ilog2() + 1;
    let mut at = start;
    for _ in least..length {
        coder.bit(&mut bins[at], true);
        at += 1;
    }
    coder.bit(&mut bins[at], false);
    for bit in (0..length - 1).rev() {
        coder.bit(&mut bins[at + 14], below >> bit & 1 == 1);
    }
}

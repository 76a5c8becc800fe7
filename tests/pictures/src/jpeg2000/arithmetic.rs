//! The arithmetic encoder of JPEG 2000, MQ (ISO/IEC 15444-1, annex C).

/// For each state: the probability of the less likely symbol, the states after the more and the less
/// likely one, and whether they change places then (table C.2).
const STATES: [(u32, usize, usize, bool); 47] = [
    (0x5601, 1, 1, true),
    (0x3401, 2, 6, false),
    (0x1801, 3, 9, false),
    (0x0AC1, 4, 12, false),
    (0x0521, 5, 29, false),
    (0x0221, 38, 33, false),
    (0x5601, 7, 6, true),
    (0x5401, 8, 14, false),
    (0x4801, 9, 14, false),
    (0x3801, 10, 14, false),
    (0x3001, 11, 17, false),
    (0x2401, 12, 18, false),
    (0x1C01, 13, 20, false),
    (0x1601, 29, 21, false),
    (0x5601, 15, 14, true),
    (0x5401, 16, 14, false),
    (0x5101, 17, 15, false),
    (0x4801, 18, 16, false),
    (0x3801, 19, 17, false),
    (0x3401, 20, 18, false),
    (0x3001, 21, 19, false),
    (0x2801, 22, 19, false),
    (0x2401, 23, 20, false),
    (0x2201, 24, 21, false),
    (0x1C01, 25, 22, false),
    (0x1801, 26, 23, false),
    (0x1601, 27, 24, false),
    (0x1401, 28, 25, false),
    (0x1201, 29, 26, false),
    (0x1101, 30, 27, false),
    (0x0AC1, 31, 28, false),
    (0x09C1, 32, 29, false),
    (0x08A1, 33, 30, false),
    (0x0521, 34, 31, false),
    (0x0441, 35, 32, false),
    (0x02A1, 36, 33, false),
    (0x0221, 37, 34, false),
    (0x0141, 38, 35, false),
    (0x0111, 39, 36, false),
    (0x0085, 40, 37, false),
    (0x0049, 41, 38, false),
    (0x0025, 42, 39, false),
    (0x0015, 43, 40, false),
    (0x0009, 44, 41, false),
    (0x0005, 45, 42, false),
    (0x0001, 45, 43, false),
    (0x5601, 46, 46, false),
];

/// The encoder, with the state and the more likely symbol of each of 19 contexts.
pub(super) struct Encoder {
    contexts: [(usize, bool); 19],
    interval: u32,
    code: u32,
    /// Shifts until a byte is complete.
    left: u32,
    /// The first byte is before the data.
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        let mut contexts = [(0, false); 19];
        contexts[0] = (4, false);
        contexts[17] = (3, false);
        contexts[18] = (46, false);
        Self { contexts, interval: 0x8000, code: 0, left: 12, bytes: vec![0] }
    }

    /// Codes a symbol in a context.
    pub(super) fn code(&mut self, context: usize, symbol: bool) {
        let Some(&(state, likely)) = self.contexts.get(context) else { return };
        let Some(&(chance, after, after_other, is_switched)) = STATES.get(state) else { return };
        self.interval -= chance;
        let is_likely = symbol == likely;
        let is_short = self.interval < chance;
        // The larger part is for the likely symbol.
        if is_likely == is_short {
            self.interval = chance;
        } else {
            self.code += chance;
        }
        let next = match (is_likely, self.interval & 0x8000 == 0) {
            (true, false) => return,
            (true, true) => (after, likely),
            (false, _) => (after_other, likely != is_switched),
        };
        if let Some(context) = self.contexts.get_mut(context) {
            *context = next;
        }
        while self.interval & 0x8000 == 0 {
            self.interval <<= 1;
            self.code <<= 1;
            self.left -= 1;
            if self.left == 0 {
                self.put();
            }
        }
    }

    fn put(&mut self) {
        let is_full = self.bytes.last() == Some(&0xFF);
        if !is_full && self.code >= 0x800_0000 {
            if let Some(last) = self.bytes.last_mut() {
                *last += 1;
            }
            self.code &= 0x7FF_FFFF;
        }
        // After a byte of ones, a bit is left for what is carried.
        let (shift, left) = if self.bytes.last() == Some(&0xFF) { (20, 7) } else { (19, 8) };
        self.bytes.push((self.code >> shift).to_le_bytes()[0]);
        self.code &= (1 << shift) - 1;
        self.left = left;
    }

    /// The coded bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let most = self.code + self.interval;
        self.code |= 0xFFFF;
        if self.code >= most {
            self.code -= 0x8000;
        }
        for _ in 0..2 {
            self.code <<= self.left;
            self.put();
        }
        if self.bytes.last() == Some(&0xFF) {
            self.bytes.pop();
        }
        self.bytes.drain(..1);
        self.bytes
    }
}

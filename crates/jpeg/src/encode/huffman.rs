//! Huffman codes that are made for the bytes to be coded (ITU-T T.81, K.2). The more often a byte
//! occurs, the shorter its code. A code has at most 16 bits.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The longest code, in bits.
const LONGEST: usize = 16;

/// The codes of bytes.
#[derive(Debug)]
pub(super) struct Codes {
    /// How many codes of each length there are, starting with 1 bit.
    pub(super) counts: [u8; LONGEST],
    /// The bytes that have codes, shortest code first.
    pub(super) symbols: Vec<u8>,
    /// For each byte, its code and the number of bits of the code; 0 if it has none.
    pub(super) by_symbol: [(u16, u8); 256],
}

impl Codes {
    /// The best codes for bytes with these frequencies.
    pub(super) fn of(frequencies: &[u32; 256]) -> Self {
        // One code more than needed is made, and the longest is not used, because a code of all
        // 1-bits is not allowed (C.2).
        let mut by_length = [0_usize; 258];
        for length in lengths(frequencies) {
            if let Some(count) = by_length.get_mut(length) {
                *count += 1;
            }
        }
        shorten(&mut by_length);
        let mut symbols: Vec<u8> = (0..=u8::MAX).collect();
        let frequency = |symbol: u8| frequencies.get(usize::from(symbol)).copied().unwrap_or(0);
        symbols.retain(|&symbol| frequency(symbol) > 0);
        symbols.sort_by_key(|&symbol| Reverse(frequency(symbol)));

        let mut counts = [0_u8; LONGEST];
        let mut codes = [(0, 0); 256];
        let mut next = 0_u16;
        let mut given = symbols.iter();
        for ((length, count), &wanted) in (1_u8..).zip(&mut counts).zip(by_length.iter().skip(1)) {
            next <<= 1;
            for &symbol in given.by_ref().take(wanted) {
                if let Some(code) = codes.get_mut(usize::from(symbol)) {
                    *code = (next, length);
                }
                *count += 1;
                next += 1;
            }
        }
        Self { counts, symbols, by_symbol: codes }
    }
}

/// The best code length for each byte that occurs, and for one more code that is not used.
fn lengths(frequencies: &[u32; 256]) -> Vec<usize> {
    let used = frequencies.iter().filter(|&&frequency| frequency > 0);
    let leaves: Vec<u64> = used.map(|&frequency| u64::from(frequency)).chain([1]).collect();
    // The two rarest nodes are joined, again and again. Each joined node is added at the end.
    let mut parents = vec![0; leaves.len()];
    let mut heap: BinaryHeap<_> =
        leaves.iter().enumerate().map(|(node, &weight)| Reverse((weight, node))).collect();
    while let (Some(Reverse(one)), Some(Reverse(other))) = (heap.pop(), heap.pop()) {
        let joined = parents.len();
        parents.push(joined);
        for (_, node) in [one, other] {
            if let Some(parent) = parents.get_mut(node) {
                *parent = joined;
            }
        }
        heap.push(Reverse((one.0 + other.0, joined)));
    }
    let mut depths = vec![0; parents.len()];
    for node in (0..parents.len().saturating_sub(1)).rev() {
        let parent = parents.get(node).copied().unwrap_or_default();
        let depth = depths.get(parent).copied().unwrap_or_default() + 1;
        if let Some(to) = depths.get_mut(node) {
            *to = depth;
        }
    }
    depths.truncate(leaves.len());
    depths
}

/// Shortens codes that are longer than [`LONGEST`] (K.2, figure K.3). Of two such codes, one
/// becomes the prefix that both had. The other and a shorter code become two codes that start with
/// that shorter code. Finally, one of the longest codes is removed: the one that is not used.
fn shorten(by_length: &mut [usize; 258]) {
    for length in (LONGEST + 1..by_length.len()).rev() {
        while by_length.get(length).is_some_and(|&count| count > 0) {
            let shorter = (1..length - 1).rev();
            let shorter =
                shorter.into_iter().find(|&at| by_length.get(at).is_some_and(|&count| count > 0));
            let Some(shorter) = shorter else { return };
            let changes = [(length, -2), (length - 1, 1), (shorter + 1, 2), (shorter, -1)];
            for (at, change) in changes {
                if let Some(count) = by_length.get_mut(at) {
                    *count = count.saturating_add_signed(change);
                }
            }
        }
    }
    if let Some(longest) = by_length.iter_mut().rev().find(|count| **count > 0) {
        *longest -= 1;
    }
}

#[cfg(test)]
mod tests;

//! What codes must be, whatever they are made for.

use super::Codes;

#[test]
fn no_code_is_longer_than_sixteen_bits_or_of_ones_alone() {
    // Each byte comes as often as the two before it together: codes would grow by a bit with each.
    let mut frequencies = [0_u32; 256];
    let (mut one, mut other) = (1_u32, 1_u32);
    for frequency in frequencies.iter_mut().take(40) {
        *frequency = one;
        (one, other) = (other, one + other);
    }
    let codes = Codes::of(&frequencies);
    assert_eq!(codes.symbols.len(), 40);
    assert_eq!(codes.counts.iter().map(|&count| usize::from(count)).sum::<usize>(), 40);
    let lengths = codes.symbols.iter().map(|&symbol| codes.by_symbol[usize::from(symbol)]);
    let mut share = 0;
    for (code, length) in lengths {
        assert!((1..=16).contains(&length), "{length} bits");
        assert!(u32::from(code) < (1_u32 << length) - 1, "{code:b} of {length} bits");
        share += 1_u32 << (16 - length);
    }
    assert!(share < 1 << 16, "a code is left that no byte has");
}

#[test]
fn one_byte_alone_gets_a_code_of_one_bit() {
    let mut frequencies = [0_u32; 256];
    frequencies[7] = 5;
    let codes = Codes::of(&frequencies);
    assert_eq!((codes.symbols.as_slice(), codes.by_symbol[7]), ([7].as_slice(), (0, 1)));
}

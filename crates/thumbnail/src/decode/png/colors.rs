//! The chunks that tell what colours samples stand for (PNG, third edition, 4.3 and 11.3.2). If
//! there are several, `cICP` counts before `iCCP`, that before `sRGB`, and that before `gAMA` and
//! `cHRM`. What is broken is ignored: a picture shows without it.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::chunks::Chunk;
use crate::color::kind::Kind;
use crate::color::profile::Profile;

/// The largest profile that is inflated, in bytes: profiles for printing presses have about 2 MB.
const MAX_PROFILE_BYTES: u64 = 8 << 20;

/// The highest compression ratio of deflate.
const MOST_INFLATED: u64 = 1032;

/// `gAMA` and `cHRM` store numbers times this.
const UNIT: f32 = 100_000.0;

/// The payload of the first chunk of each kind.
#[derive(Default)]
pub(super) struct Colors<'a> {
    numbers: Option<&'a [u8; 4]>,
    profile: Option<&'a [u8]>,
    is_srgb: bool,
    gamma: Option<&'a [u8; 4]>,
    chromaticities: Option<&'a [u8; 32]>,
}

impl<'a> Colors<'a> {
    /// Notes a chunk, if it is about colours.
    pub(super) fn note(&mut self, chunk: &Chunk<'a>) {
        let payload = chunk.payload;
        match chunk.name {
            b"cICP" if chunk.is_sound() => {
                self.numbers = self.numbers.or(payload.as_array());
            }
            b"iCCP" if chunk.is_sound() => self.profile = self.profile.or(Some(payload)),
            b"sRGB" => self.is_srgb |= chunk.is_sound(),
            b"gAMA" if chunk.is_sound() => self.gamma = self.gamma.or(payload.as_array()),
            b"cHRM" if chunk.is_sound() => {
                self.chromaticities = self.chromaticities.or(payload.as_array());
            }
            _ => {}
        }
    }

    /// The most bytes that the profile has.
    pub(super) fn profile_bytes(&self) -> u64 {
        let deflated = self.profile.map_or(0, <[u8]>::len) as u64;
        deflated.saturating_mul(MOST_INFLATED).min(MAX_PROFILE_BYTES)
    }

    /// The profile of pixels of `kind`; `None` for sRGB.
    pub(super) fn profile(&self, kind: Kind) -> Option<Profile> {
        if let Some((primaries, transfer)) = self.numbers() {
            return Profile::by_numbers(primaries.into(), transfer.into(), kind);
        }
        let profile = self.profile.and_then(inflated);
        if let Some(profile) = profile.and_then(|icc| Profile::parse_for(&icc, kind)) {
            return Some(profile);
        }
        if self.is_srgb {
            return None;
        }
        let exponent = self.gamma.map(|&gamma| UNIT / number(gamma));
        let chromaticities = self.chromaticities.map(|payload| {
            let mut numbers = payload.as_chunks::<4>().0.iter().map(|&bytes| number(bytes) / UNIT);
            [(); 4].map(|()| [(); 2].map(|()| numbers.next().unwrap_or_default()))
        });
        Profile::by_chromaticities(exponent, chromaticities, kind)
    }

    /// The code points for primaries and transfer characteristics, if both are known (ITU-T H.273,
    /// 8.1 and 8.2). Samples that do not use their whole range are not known.
    fn numbers(&self) -> Option<(u8, u8)> {
        match self.numbers {
            Some(&[primaries @ (1 | 4..=12 | 22), transfer @ (1 | 4..=18), 0, 1]) => {
                Some((primaries, transfer))
            }
            _ => None,
        }
    }
}

fn number(bytes: [u8; 4]) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "five digits count")]
    let number = u32::from_be_bytes(bytes) as f32;
    number
}

/// Inflates the profile in the payload of an `iCCP` chunk: a name, a zero byte, the compression
/// method, which is always 0, and the profile.
fn inflated(payload: &[u8]) -> Option<Vec<u8>> {
    let name = payload.iter().position(|&byte| byte == 0)?;
    let deflated = payload.get(name + 1..)?.strip_prefix(&[0])?;
    let mut profile = Vec::new();
    // One byte more shows that a profile is too long.
    let mut inflater = ZlibDecoder::new(deflated).take(MAX_PROFILE_BYTES + 1);
    inflater.read_to_end(&mut profile).ok()?;
    (profile.len() as u64 <= MAX_PROFILE_BYTES).then_some(profile)
}

//! A colour as people write it: `#rrggbb`, or `#rrggbbaa` with how opaque it is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An sRGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct Color {
    /// Red, green and blue.
    pub rgb: [u8; 3],
    /// How opaque it is: 0 is not at all, 255 entirely.
    pub alpha: u8,
}

/// What was taken for a colour and is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no colour; expected #rrggbb or #rrggbbaa in hexadecimal digits")]
pub struct ColorError(pub String);

impl Color {
    /// Opaque white.
    pub const WHITE: Self = Self { rgb: [255; 3], alpha: 255 };
}

impl TryFrom<String> for Color {
    type Error = ColorError;

    fn try_from(text: String) -> Result<Self, ColorError> {
        let parse = || {
            let digits = text.strip_prefix('#')?;
            let hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            let number = u32::from_str_radix(digits, 16).ok().filter(|_| hexadecimal)?;
            let [red, green, blue, alpha] = match digits.len() {
                6 => (number << 8 | 0xFF).to_be_bytes(),
                8 => number.to_be_bytes(),
                _ => return None,
            };
            Some(Self { rgb: [red, green, blue], alpha })
        };
        parse().ok_or(ColorError(text))
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.rgb;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")?;
        if self.alpha < u8::MAX { write!(formatter, "{:02x}", self.alpha) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::Color;

    #[test]
    fn a_color_reads_back_as_it_is_shown() {
        for text in ["#ffffff", "#00ff7f", "#12345600", "#abcdef80"] {
            assert_eq!(Color::try_from(text.to_owned()).unwrap().to_string(), text);
        }
        assert_eq!(Color::try_from("#FFFFFFff".to_owned()).unwrap(), Color::WHITE);
    }

    #[test]
    fn what_is_no_color_is_refused() {
        for text in ["", "#", "white", "#fff", "#+12345", "#1234567", "#gggggg", "123456"] {
            let error = Color::try_from(text.to_owned()).unwrap_err();
            assert!(error.to_string().contains("#rrggbb"), "{error}");
        }
    }
}

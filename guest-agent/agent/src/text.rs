//! Text for messages.

use std::borrow::Cow;

/// Returns the text, cut to at most this many bytes.
pub fn shortened(text: &str, max_bytes: usize) -> Cow<'_, str> {
    if text.len() <= max_bytes {
        return text.into();
    }
    let end = (0..=max_bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    format!("{}...", &text[..end]).into()
}

/// The number of bytes of a value that a message shows.
const MAX_QUOTED_BYTES: usize = 300;

/// Returns the value in quotes for a message: cut if it is long, and with escapes for what is not printable.
pub fn quoted(value: &str) -> String {
    format!("\"{}\"", shortened(value, MAX_QUOTED_BYTES).escape_default())
}

/// Returns why this cannot be an absolute path of the box, if it cannot.
pub fn not_a_path(path: &str) -> Option<String> {
    let most = libc::PATH_MAX as usize - 1;
    if !path.starts_with('/') {
        Some("is not absolute".to_owned())
    } else if path.contains('\0') {
        Some("contains a NUL byte".to_owned())
    } else if path.len() > most {
        Some(format!("is longer than {most} bytes"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("abcd", 3), "abc...");
        assert_eq!(shortened("aü", 2), "a...");
    }

    #[test]
    fn a_quoted_value_is_short_and_printable() {
        assert_eq!(quoted("a\0b"), "\"a\\u{0}b\"");
        assert!(quoted(&"\u{10ffff}".repeat(1 << 20)).len() < 1000);
    }
}

//! Byte offsets to lines and columns.

/// Walks the text once for offsets that come in ascending order.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Places<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    /// Line and column of an offset not before the last one. Columns count characters; a byte
    /// that is part of no character counts as part of the one before.
    pub(super) fn of(&mut self, at: usize) -> (u32, u32) {
        let to = at.min(self.text.len()).max(self.at);
        for &byte in &self.text[self.at..to] {
            if byte == b'\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else if byte & 0xc0 != 0x80 {
                self.column = self.column.saturating_add(1);
            }
        }
        self.at = to;
        (self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut places = Places::new("aé中\nb".as_bytes());
        assert_eq!(places.of(0), (1, 1));
        assert_eq!(places.of(3), (1, 3));
        assert_eq!(places.of(7), (2, 1));
        assert_eq!(places.of(99), (2, 2));
    }
}

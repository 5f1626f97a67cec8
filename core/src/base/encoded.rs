//! How many bytes does a value take in our encoding?

use serde::Serialize;

/// Bytes of a value in our encoding (postcard), counted only; 0 where it has none, as a list that does not know its length.
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> usize {
    postcard::serialize_with_flavor(value, postcard::ser_flavors::Size::default()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::string::ToString;
    use serde::Serializer;
    use serde::ser::SerializeSeq;

    #[test]
    fn counts_what_is_written() {
        let map: BTreeMap<u64, _> =
            (0..300).map(|at| (at * 77, (at as i64 - 150, Some('水'), at.to_string()))).collect();
        assert_eq!(encoded_len(&map), postcard::to_allocvec(&map).expect("has a length").len());
    }

    #[test]
    fn a_list_of_unknown_length_has_none() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_seq(None)?.end()
            }
        }
        assert_eq!(encoded_len(&Endless), 0);
        assert!(postcard::to_allocvec(&Endless).is_err());
    }
}

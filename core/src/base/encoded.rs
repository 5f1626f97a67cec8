//! How many bytes does a value take in our encoding (postcard), without encoding it?
//!
//! Postcard has a counter of its own (`ser_flavors::Size`), which makes the bytes of every number and counts them; here
//! the length of a number is computed. The cluster lab asks for it with every message.

use postcard::{Error, Result};
use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Bytes of a value in our encoding; 0 where it has none (a list that does not know its length, a float).
pub fn encoded_len<T: Serialize + ?Sized>(value: &T) -> usize {
    let mut length = Length(0);
    value.serialize(&mut length).map_or(0, |()| length.0)
}

/// Bytes of a number: seven of its bits each.
const fn varint(number: u64) -> usize {
    let bits = u64::BITS - (number | 1).leading_zeros();
    // ⌈bits / 7⌉ up to 64 bits.
    (bits as usize * 9 + 64) / 64
}

/// Signs go into the lowest bit.
const fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

/// What was counted so far.
struct Length(usize);

impl Length {
    fn begins(&mut self, len: Option<usize>) -> Result<&mut Self> {
        self.0 += varint(len.ok_or(Error::SerializeSeqLengthUnknown)? as u64);
        Ok(self)
    }

    const fn variant(&mut self, number: u32) -> &mut Self {
        self.0 += varint(number as u64);
        self
    }
}

/// Parts of a value, one after the other.
macro_rules! parts {
    ($($of:ident $each:ident ($($name:ident)?)),* $(,)?) => {$(
        impl $of for &mut Length {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $each<T: Serialize + ?Sized>(&mut self, $($name: &'static str,)? value: &T) -> Result<()> {
                $(let _ = $name;)?
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<()> {
                Ok(())
            }
        }
    )*};
}

parts! {
    SerializeSeq serialize_element (),
    SerializeTuple serialize_element (),
    SerializeTupleStruct serialize_field (),
    SerializeTupleVariant serialize_field (),
    SerializeStruct serialize_field (_key),
    SerializeStructVariant serialize_field (_key),
}

impl SerializeMap for &mut Length {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

/// Numbers that are written as others of the same kind.
macro_rules! numbers {
    ($($name:ident $type:ty => |$number:ident| $bytes:expr),* $(,)?) => {$(
        #[inline]
        fn $name(self, $number: $type) -> Result<()> {
            self.0 += $bytes;
            Ok(())
        }
    )*};
}

impl Serializer for &mut Length {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    numbers! {
        serialize_bool bool => |_number| 1,
        serialize_u8 u8 => |_number| 1,
        serialize_i8 i8 => |_number| 1,
        serialize_u16 u16 => |number| varint(number.into()),
        serialize_u32 u32 => |number| varint(number.into()),
        serialize_u64 u64 => |number| varint(number),
        serialize_i16 i16 => |number| varint(zigzag(number.into())),
        serialize_i32 i32 => |number| varint(zigzag(number.into())),
        serialize_i64 i64 => |number| varint(zigzag(number)),
    }

    // Nothing in core has floats.
    fn serialize_f32(self, _: f32) -> Result<()> {
        Err(Error::WontImplement)
    }

    fn serialize_f64(self, _: f64) -> Result<()> {
        Err(Error::WontImplement)
    }

    fn serialize_u128(self, number: u128) -> Result<()> {
        self.0 += (u128::BITS - (number | 1).leading_zeros()).div_ceil(7) as usize;
        Ok(())
    }

    fn serialize_i128(self, number: i128) -> Result<()> {
        self.serialize_u128((number << 1 ^ number >> 127) as u128)
    }

    fn serialize_char(self, one: char) -> Result<()> {
        self.0 += 1 + one.len_utf8();
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.serialize_bytes(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<()> {
        self.0 += varint(bytes.len() as u64) + bytes.len();
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        self.0 += 1;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, number: u32, _: &'static str) -> Result<()> {
        self.variant(number);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self.variant(number))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Self> {
        self.begins(len)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self> {
        Ok(self.variant(number))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Self> {
        self.begins(len)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self> {
        Ok(self.variant(number))
    }

    fn collect_str<T: core::fmt::Display + ?Sized>(self, value: &T) -> Result<()> {
        self.serialize_str(&alloc::format!("{value}"))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[derive(Serialize)]
    enum Kind {
        Unit,
        One(i64),
        Two(u32, Option<char>),
        Named { text: String, bytes: Vec<u8> },
    }

    #[derive(Serialize)]
    struct Unit;

    #[derive(Serialize)]
    struct Number(u128);

    #[derive(Serialize)]
    struct Pair(i8, u16);

    fn holds<T: Serialize>(value: &T) {
        let bytes = postcard::to_allocvec(value).expect("has a length");
        assert_eq!(encoded_len(value), bytes.len());
    }

    #[test]
    fn counts_what_postcard_writes() {
        for shift in 0..64 {
            for near in -1..=1 {
                let number = (1_u64 << shift).wrapping_add_signed(near);
                holds(&(number, number as i64, number as u32, number as i32, number as u16, number as i16));
                holds(&(u128::from(number) << 64, Number(u128::from(number)), i128::from(number) << 50));
                holds(&(-(i128::from(number)), number as u8, number as i8, -i128::from(number as i64)));
            }
        }
        holds(&(true, (), Unit, Pair(-3, 300)));
        holds(&['a', 'é', '水', '🂡']);
        holds(&[Some("texts, also of more than one byte: é水"), None]);
        let kinds = [
            Kind::Unit,
            Kind::One(i64::MIN),
            Kind::Two(u32::MAX, Some('水')),
            Kind::Two(0, None),
            Kind::Named { text: "x".repeat(127), bytes: alloc::vec![7; 128] },
        ];
        holds(&kinds);
        let map: BTreeMap<u64, Vec<&Kind>> =
            (0..300).map(|at| (at * 77, kinds.iter().take(at as usize % 6).collect())).collect();
        holds(&map);
    }

    #[test]
    fn a_list_of_unknown_length_has_none() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                serializer.serialize_seq(None)?.end()
            }
        }
        assert_eq!(encoded_len(&Endless), 0);
        assert!(postcard::to_allocvec(&Endless).is_err());
    }
}

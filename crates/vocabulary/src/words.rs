//! Closed sets of words, and how to read a word that a newer version has written and this version does not know.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word from a closed set, with a stable spelling in rows, JSON and events.
pub trait Word: Copy + 'static {
    const ALL: &'static [Self];

    fn as_str(self) -> &'static str;

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.as_str() == text)
    }
}

/// A word as stored in a row. Two versions of the server may share a database, so a row with a word that this version
/// does not know can still be read, and the word is passed on unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored<W> {
    Known(W),
    Unknown(Box<str>),
}

impl<W: Word> Stored<W> {
    pub fn new(text: &str) -> Stored<W> {
        W::parse(text).map_or_else(|| Stored::Unknown(text.into()), Stored::Known)
    }

    /// The word, if this version knows it.
    pub fn known(&self) -> Option<W> {
        match self {
            Stored::Known(word) => Some(*word),
            Stored::Unknown(_) => None,
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Stored::Known(word) => word.as_str(),
            Stored::Unknown(text) => text,
        }
    }
}

impl<W: Word + PartialEq> PartialEq<W> for Stored<W> {
    fn eq(&self, other: &W) -> bool {
        self.known().as_ref() == Some(other)
    }
}

impl<W: Word> From<W> for Stored<W> {
    fn from(word: W) -> Stored<W> {
        Stored::Known(word)
    }
}

impl<W: Word> fmt::Display for Stored<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<W: Word> Serialize for Stored<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, W: Word> Deserialize<'de> for Stored<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Stored::new(&String::deserialize(deserializer)?))
    }
}

/// Both engines store a word as text.
#[cfg(feature = "sqlx")]
mod row {
    use sqlx::encode::IsNull;
    use sqlx::error::BoxDynError;
    use sqlx::{Database, Decode, Encode, Type};

    use super::{Stored, Word};

    impl<W: Word, DB: Database> Type<DB> for Stored<W>
    where
        String: Type<DB>,
    {
        fn type_info() -> DB::TypeInfo {
            String::type_info()
        }

        fn compatible(info: &DB::TypeInfo) -> bool {
            String::compatible(info)
        }
    }

    impl<'r, W: Word, DB: Database> Decode<'r, DB> for Stored<W>
    where
        &'r str: Decode<'r, DB>,
    {
        fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
            Ok(Stored::new(<&str as Decode<DB>>::decode(value)?))
        }
    }

    impl<'q, W: Word, DB: Database> Encode<'q, DB> for Stored<W>
    where
        String: Encode<'q, DB>,
    {
        fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
            self.as_str().to_owned().encode_by_ref(buffer)
        }
    }
}

/// Writes an enum of words: spelling, parsing, JSON, and a schema where the API is described.
macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant),+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The word with this spelling, if there is one.
            pub fn parse(text: &str) -> Option<$name> {
                <$name as $crate::words::Word>::parse(text)
            }
        }

        // Written by hand, because utoipa's derive does not see a rename that a macro passes on.
        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let words = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::String);
                let description = concat!($($doc),*).trim();
                let words = words.description((!description.is_empty()).then_some(description));
                words.enum_values(Some([$($text),+])).into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }

        #[cfg(feature = "sqlx")]
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                String::type_info()
            }
        }

        #[cfg(feature = "sqlx")]
        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                self.as_str().to_owned().encode_by_ref(buffer)
            }
        }

        impl $crate::words::Word for $name {
            const ALL: &'static [$name] = $name::ALL;

            fn as_str(self) -> &'static str {
                $name::as_str(self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ThreadState;

    #[test]
    fn a_word_of_a_newer_version_is_passed_on_and_matches_nothing() {
        let newer: Stored<ThreadState> = Stored::new("snoozed");
        assert_eq!((newer.known(), newer.as_str()), (None, "snoozed"));
        assert_eq!(serde_json::to_value(&newer).expect("text"), "snoozed");
        let open: Stored<ThreadState> = Stored::new("open");
        assert!(open == ThreadState::Open && newer != ThreadState::Open);
    }
}

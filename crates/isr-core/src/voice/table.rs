//! Lists of words that are written side by side in both languages.
//!
//! Owns what such a list becomes: a name for each word, and the words of one language. Must not know the words. Cannot fail.

/// Makes a list of words from one table: variant, name in a language file, English, German.
macro_rules! word_table {
    (
        $(#[$word_doc:meta])* $vis:vis word $Word:ident;
        $(#[$words_doc:meta])* words $Words:ident;
        prefix $prefix:literal;
        $($variant:ident $name:literal $english:literal $german:literal)*
    ) => {
        $(#[$word_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $Word {
            $(#[doc = $english] $variant,)*
        }

        /// Name, English, German, in the order of the words.
        const TABLE: &[(&str, &str, &str)] = &[$((concat!($prefix, $name), $english, $german),)*];

        $(#[$words_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Words(Vec<String>);

        impl $Words {
            /// English.
            #[must_use]
            pub fn english() -> Self {
                Self(TABLE.iter().map(|(_, english, _)| (*english).to_owned()).collect())
            }

            /// German.
            #[must_use]
            pub fn german() -> Self {
                Self(TABLE.iter().map(|(_, _, german)| (*german).to_owned()).collect())
            }

            /// The names of all of them, each with the beginning that belongs to this list.
            pub fn names() -> impl Iterator<Item = &'static str> {
                TABLE.iter().map(|(name, _, _)| *name)
            }

            /// The place of a word.
            pub fn named(&mut self, name: &str) -> Option<&mut String> {
                let at = Self::names().position(|known| known == name)?;
                self.0.get_mut(at)
            }

            /// A word.
            #[must_use]
            $vis fn get(&self, word: $Word) -> &str {
                self.0.get(word as usize).map_or("", String::as_str)
            }

            /// A word with its parts, which are finished text.
            #[must_use]
            $vis fn fill(&self, word: $Word, parts: &[(&str, &str)]) -> String {
                $crate::text::fill(self.get(word), parts)
            }
        }
    };
}

pub(super) use word_table;

#[cfg(test)]
pub(super) use for_tests::{assert_complete, parts};

#[cfg(test)]
mod for_tests {
    use std::collections::BTreeSet;

    /// The parts in braces of a sentence, sorted.
    pub(in crate::voice) fn parts(sentence: &str) -> Vec<&str> {
        let mut parts: Vec<_> = sentence
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect();
        parts.sort_unstable();
        parts
    }

    /// Every word has a name of its own, and says the same parts in both languages.
    pub(in crate::voice) fn assert_complete(table: &[(&str, &str, &str)]) {
        let mut names = BTreeSet::new();
        for (name, english, german) in table {
            assert_eq!(parts(english), parts(german), "{name}");
            assert!(!english.is_empty() && !german.is_empty(), "{name}");
            assert!(names.insert(name), "{name} is there twice");
        }
    }
}

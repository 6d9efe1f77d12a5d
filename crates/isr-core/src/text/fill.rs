//! A sentence of a language with its parts put in.
//!
//! Owns the form `{name}`. What a part holds is never read as a part of the sentence. Must not know languages. Cannot
//! fail: a part that a sentence does not name is left out, braces that name nothing stay.

/// Puts parts into a sentence, in one pass: what a part holds is not looked at.
pub(crate) fn fill(sentence: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(sentence.len() + 64);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let known = parts.iter().find_map(|(name, value)| {
            let after = after.strip_prefix(name)?.strip_prefix('}')?;
            Some((value, after))
        });
        match known {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_put_in_once_and_other_braces_stay() {
        assert_eq!(fill("{ {player {count}", &[("count", "2")]), "{ {player 2");
        assert_eq!(fill("{a}{b}", &[("a", "{b}"), ("b", "x")]), "{b}x");
    }
}

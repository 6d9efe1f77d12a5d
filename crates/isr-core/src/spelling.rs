//! "Did you mean": the nearest known word.
//!
//! Owns the distance and the threshold. Must not know what the words are for. Nothing here fails.

/// The longest word that is compared: longer ones are no typing mistakes, and the work stays bounded.
const LONGEST: usize = 64;

/// The known word that `word` was probably meant to be, if one is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = normalised(word);
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let allowed = (word.len() / 4).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(&word, &normalised(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The remedy for an unknown word: the nearest one, else all of them.
#[must_use]
pub fn remedy(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of: {}", known.join(", ")),
    }
}

/// Case and the choice between `-`, `_` and space do not make words differ.
fn normalised(word: &str) -> Vec<char> {
    word.chars()
        .take(LONGEST + 1)
        .map(|c| {
            if matches!(c, '-' | ' ') {
                '_'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}

/// Edits between two words: insert, delete, replace, and swap of neighbours, one each.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let mut best = (last[column] + usize::from(a != b))
                .min(last[column + 1] + 1)
                .min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *a == right[column - 1] && left[row - 1] == *b;
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let known = ["log_path", "game_log", "time_zone"];
        assert_eq!(nearest("log_pth", known), Some("log_path"));
        assert_eq!(nearest("LOG-PATH", known), Some("log_path"));
        assert_eq!(nearest("timezone", known), Some("time_zone"));
        assert_eq!(nearest("gaem_log", known), Some("game_log"));
        assert_eq!(nearest("webhook", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"x".repeat(100_000), known), None);
    }
}

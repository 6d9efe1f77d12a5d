//! Sets of numbers, small for long runs of neighbours.
//!
//! Owns a bit per number in pages of 65,536; a full page costs no bits. Ten million neighbours fit in a few KiB once
//! complete, at most 1.3 MB while they are not. Cannot fail.

use std::collections::BTreeMap;

const PAGE: u64 = 1 << 16;
const WORDS: usize = (PAGE / 64) as usize;

/// A set of numbers.
#[derive(Debug, Default, Clone)]
pub(super) struct IdSet {
    pages: BTreeMap<u64, Page>,
    len: u64,
}

#[derive(Debug, Clone)]
enum Page {
    Full,
    Part { bits: Box<[u64; WORDS]>, count: u32 },
}

impl IdSet {
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        match self.pages.get(&(id / PAGE)) {
            None => false,
            Some(Page::Full) => true,
            Some(Page::Part { bits, .. }) => bits[word(id)] & bit(id) != 0,
        }
    }

    /// Adds a number; false when it was there.
    pub(super) fn insert(&mut self, id: u64) -> bool {
        let page = self.pages.entry(id / PAGE).or_insert_with(|| Page::Part {
            bits: Box::new([0; WORDS]),
            count: 0,
        });
        let Page::Part { bits, count } = page else {
            return false;
        };
        if bits[word(id)] & bit(id) != 0 {
            return false;
        }
        bits[word(id)] |= bit(id);
        *count += 1;
        if u64::from(*count) == PAGE {
            *page = Page::Full;
        }
        self.len += 1;
        true
    }

    /// Takes a number out; false when it was not there.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        if !self.contains(id) {
            return false;
        }
        let page = self.pages.entry(id / PAGE).or_insert(Page::Full);
        if let Page::Full = page {
            *page = Page::Part {
                bits: Box::new([u64::MAX; WORDS]),
                count: WORDS as u32 * 64,
            };
        }
        if let Page::Part { bits, count } = page {
            bits[word(id)] &= !bit(id);
            *count -= 1;
        }
        self.len -= 1;
        true
    }

    /// The numbers, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.pages.iter().flat_map(|(page, content)| {
            let first = page * PAGE;
            (first..=first + (PAGE - 1)).filter(move |id| match content {
                Page::Full => true,
                Page::Part { bits, .. } => bits[word(*id)] & bit(*id) != 0,
            })
        })
    }
}

const fn word(id: u64) -> usize {
    ((id % PAGE) / 64) as usize
}

const fn bit(id: u64) -> u64 {
    1 << (id % 64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use std::collections::BTreeSet;

    #[test]
    fn it_behaves_as_a_set() {
        let (mut ids, mut model, mut rng) = (IdSet::default(), BTreeSet::new(), Rng::new(4));
        for _ in 0..20_000 {
            let id = rng.below(200_000) + rng.below(2) * (u64::MAX - 200_000);
            assert_eq!(ids.insert(id), model.insert(id));
            let gone = rng.below(200_000);
            assert_eq!(ids.remove(gone), model.remove(&gone));
        }
        assert_eq!(ids.len(), model.len() as u64);
        assert!(ids.iter().eq(model.iter().copied()));
        assert!((0..200_000).all(|id| ids.contains(id) == model.contains(&id)));
    }

    #[test]
    fn a_full_page_costs_no_bits() {
        let mut ids = IdSet::default();
        (0..3 * PAGE).for_each(|id| assert!(ids.insert(id)));
        assert!(ids.pages.values().all(|page| matches!(page, Page::Full)));
        assert!(!ids.insert(5) && ids.contains(5) && ids.len() == 3 * PAGE);
        assert!(ids.remove(5) && !ids.contains(5) && ids.contains(6) && ids.len() == 3 * PAGE - 1);
        assert!(ids.insert(5) && matches!(ids.pages[&0], Page::Full));
    }
}

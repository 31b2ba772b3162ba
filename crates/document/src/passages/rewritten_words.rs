//! A word that is mostly new has one author, whichever letters of the old word an editor kept.

use super::changes::Change;

impl Change {
    /// Letters that stayed, but in a word that is mostly new: editors keep the common first and last letters of a text
    /// that is written over, so `nefu` becomes `nox` around its `n`. Each letter is paired with the nearest new letter
    /// of its word, because both were written together.
    pub(crate) fn written_over(&self) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut from = 0;
        while from < self.new.len() {
            let to = self.new.word_end(from);
            let is_fresh = |at: &usize| self.from[*at].is_none();
            let fresh: Vec<usize> = (from..to).filter(is_fresh).collect();
            if 2 * fresh.len() > to - from {
                let kept = (from..to).filter(|at| self.from[*at].is_some_and(|old| self.is_broken(old)));
                let nearest = |at: usize| fresh.iter().copied().min_by_key(|fresh| fresh.abs_diff(at));
                found.extend(kept.filter_map(|at| Some((at, nearest(at)?))));
            }
            from = to;
        }
        found
    }

    /// Whether an old letter was part of a word that has lost letters.
    fn is_broken(&self, old: usize) -> bool {
        let is_gone = |at: &usize| self.to[*at].is_none();
        let before = (0..old).rev().take_while(|at| !self.old.is_edge(at + 1));
        before.into_iter().any(|at| is_gone(&at)) || (old..self.old.word_end(old)).any(|at| is_gone(&at))
    }
}

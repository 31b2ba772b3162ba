//! Typos: when words with wrong letters are searched, and how many wrong letters a word may have.

/// With fewer results than this, words with wrong letters are searched too.
const FEW: usize = 3;

/// Whether words with wrong letters are searched too, given the number of results without them.
pub fn are_worth_a_search(results: usize) -> bool {
    results < FEW
}

/// How many letters may be wrong in this word.
pub fn typos_in(folded: &str) -> u8 {
    match folded.chars().count() {
        0..5 => 0,
        5..9 => 1,
        _ => 2,
    }
}

/// Whether two words differ by at most `most` letters that are missing, added, changed, or swapped with the next.
pub fn is_near(one: &str, other: &str, most: u8) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let most = usize::from(most);
    if one.len().abs_diff(other.len()) > most {
        return false;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, theirs) in other.iter().enumerate() {
            let mut cost =
                (last[column] + usize::from(letter != theirs)).min(last[column + 1] + 1).min(next[column] + 1);
            if row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *theirs {
                cost = cost.min(before[column - 1] + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().is_some_and(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [FIND-6] One wrong letter from five letters on, two from nine.
    #[test]
    fn near_words_are_near() {
        assert_eq!([typos_in("plan"), typos_in("plans"), typos_in("strategie"), typos_in("strategi")], [0, 1, 2, 1]);
        for (one, other, most, near) in [
            ("strategy", "stratgy", 1, true),
            ("strategy", "strategyy", 1, true),
            ("strategy", "srtategy", 1, true),
            ("strategy", "strxtxgy", 1, false),
            ("competitive", "competetiv", 2, true),
            ("plan", "plank", 0, false),
            ("", "", 0, true),
        ] {
            assert_eq!(is_near(one, other, most), near, "{one} {other}");
        }
    }
}

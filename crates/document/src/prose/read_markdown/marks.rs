//! The marks that are open. Any number of them may be, so no text looks at all of them.

use super::mark;
use crate::prose::tree::Mark;

#[derive(Default)]
pub(super) struct Marks {
    /// Those of Markdown; `None` for a mark that the editor does not have, which still has an end event.
    open: Vec<Option<Mark>>,
    /// How many of each are open, by name, with the outermost one.
    of_markdown: Vec<(Mark, usize)>,
    /// How many tags are open, by the name of their mark. They end with a tag, or with the line.
    of_html: Vec<(&'static str, usize)>,
}

impl Marks {
    pub(super) fn push(&mut self, mark: Option<Mark>) {
        if let Some(mark) = &mark {
            match self.of_markdown.iter_mut().find(|(known, _)| known.name == mark.name) {
                Some((_, count)) => *count += 1,
                None => self.of_markdown.push((mark.clone(), 1)),
            }
        }
        self.open.push(mark);
    }

    pub(super) fn pop(&mut self) {
        let Some(Some(mark)) = self.open.pop() else { return };
        if let Some((_, count)) = self.of_markdown.iter_mut().find(|(known, _)| known.name == mark.name) {
            *count -= 1;
        }
        self.of_markdown.retain(|(_, count)| *count > 0);
    }

    pub(super) fn tag(&mut self, name: &'static str, closes: bool) {
        match self.of_html.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) if closes => *count = count.saturating_sub(1),
            Some((_, count)) => *count += 1,
            None => self.of_html.push((name, usize::from(!closes))),
        }
    }

    pub(super) fn end_tags(&mut self) {
        self.of_html.clear();
    }

    /// Sorted, each name once.
    pub(super) fn now(&self) -> Vec<Mark> {
        let tags = self.of_html.iter().filter(|(_, count)| *count > 0).map(|(name, _)| mark(name));
        let mut marks: Vec<Mark> = self.of_markdown.iter().map(|(mark, _)| mark.clone()).chain(tags).collect();
        marks.sort_by(|a, b| a.name.cmp(&b.name));
        marks.dedup_by(|a, b| a.name == b.name);
        marks
    }
}

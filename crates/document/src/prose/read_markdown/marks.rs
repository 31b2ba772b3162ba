//! The marks that are open. Any number of marks may be open, so the marks of a text are found without walking over all
//! of them.

use crate::prose::tree::Mark;

#[derive(Default)]
pub(super) struct Marks {
    /// The open marks of Markdown; `None` for a mark that the editor does not have, but that has an end event.
    open: Vec<Option<Mark>>,
    /// The outermost open mark of each name, and the number of open marks with this name.
    of_markdown: Vec<(Mark, usize)>,
    /// The same for marks that are written as tags of HTML. They end with a tag, or with the line.
    of_html: Vec<(Mark, usize)>,
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

    pub(super) fn open_tag(&mut self, mark: Mark) {
        match self.of_html.iter_mut().find(|(known, _)| known.name == mark.name) {
            Some((_, count)) if *count > 0 => *count += 1,
            Some(closed) => *closed = (mark, 1),
            None => self.of_html.push((mark, 1)),
        }
    }

    /// Closes a tag; `false` if none with this name is open.
    pub(super) fn close_tag(&mut self, name: &str) -> bool {
        let open = self.of_html.iter_mut().find(|(known, count)| known.name == name && *count > 0);
        open.map(|(_, count)| *count -= 1).is_some()
    }

    pub(super) fn end_tags(&mut self) {
        self.of_html.clear();
    }

    /// The marks of the text that is read now, sorted by name, each name once.
    pub(super) fn now(&self) -> Vec<Mark> {
        let tags = self.of_html.iter().filter(|(_, count)| *count > 0).map(|(mark, _)| mark.clone());
        let mut marks: Vec<Mark> = self.of_markdown.iter().map(|(mark, _)| mark.clone()).chain(tags).collect();
        marks.sort_by(|a, b| a.name.cmp(&b.name));
        marks.dedup_by(|a, b| a.name == b.name);
        marks
    }
}

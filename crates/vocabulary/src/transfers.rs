//! The kinds and states of imports and exports.

use crate::words::words;

words! {
    /// Where the files of an import come from.
    ImportKind {
        /// The kind is recognised from the files.
        Auto = "auto",
        /// Markdown and plain text, in folders; also exports of Outline and Obsidian.
        Markdown = "markdown",
        Html = "html",
        Docx = "docx",
        Notion = "notion",
        Confluence = "confluence",
        /// An export of Consilium itself.
        Consilium = "consilium",
    }
}

words! {
    /// The state of an import.
    ImportState {
        /// Files may be added.
        Open = "open",
        Waiting = "waiting",
        Working = "working",
        /// A dry run has ended: nothing was written.
        Checked = "checked",
        Done = "done",
        /// Nothing was written.
        Failed = "failed",
        Cancelled = "cancelled",
        /// The imported pages are in the trash.
        Undone = "undone",
    }
}

words! {
    /// The state of an export.
    ExportState {
        Waiting = "waiting",
        Working = "working",
        /// The file of the export can be downloaded for a day.
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

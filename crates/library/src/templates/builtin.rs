//! The templates that come with the program, one for each kind of document. Their texts are in the folder beside this
//! file.

use document::prose::{ContentError, Prose};

pub struct Builtin {
    /// The kind of document, which is also the id of the template.
    pub kind: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub icon: &'static str,
    markdown: &'static str,
}

impl Builtin {
    /// # Errors
    /// Never: a test reads all of them.
    pub fn text(&self) -> Result<Prose, ContentError> {
        Prose::from_markdown(self.markdown)
    }
}

pub fn find(id: &str) -> Option<&'static Builtin> {
    ALL.iter().find(|template| template.kind == id)
}

pub const ALL: [Builtin; 7] = [
    Builtin {
        kind: "strategy_plan",
        title: "Strategy plan",
        description: "Where to play, how to win, and what it takes, with measures, owners and risks.",
        icon: "🧭",
        markdown: include_str!("strategy_plan.md"),
    },
    Builtin {
        kind: "market_analysis",
        title: "Market analysis",
        description: "Size, segments, drivers and outlook of a market, and what follows for us.",
        icon: "📊",
        markdown: include_str!("market_analysis.md"),
    },
    Builtin {
        kind: "competitive_analysis",
        title: "Competitive analysis",
        description: "Who competes for the same customers, how they earn money, and what they may do next.",
        icon: "♟",
        markdown: include_str!("competitive_analysis.md"),
    },
    Builtin {
        kind: "case_study",
        title: "Case study",
        description: "What was done, what it achieved against a baseline, and what others can learn.",
        icon: "🔎",
        markdown: include_str!("case_study.md"),
    },
    Builtin {
        kind: "pitch_deck",
        title: "Pitch deck outline",
        description: "The claim of each slide, and the evidence that it needs.",
        icon: "📣",
        markdown: include_str!("pitch_deck.md"),
    },
    Builtin {
        kind: "operational_guide",
        title: "Operational guide",
        description: "A procedure with roles, checks, exceptions and measures.",
        icon: "⚙",
        markdown: include_str!("operational_guide.md"),
    },
    Builtin {
        kind: "research_report",
        title: "Research report",
        description: "A question, its answer, and findings with evidence and confidence.",
        icon: "🔬",
        markdown: include_str!("research_report.md"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::KINDS;

    /// [TPL-1] There is a template for each kind of document but the custom one. Each can be read, and is more than an
    /// outline.
    #[test]
    fn every_kind_has_a_template_that_the_editor_can_show() {
        let kinds: Vec<&str> = ALL.iter().map(|template| template.kind).chain(["custom"]).collect();
        assert_eq!(kinds, KINDS);
        for template in &ALL {
            let text = template.text().unwrap_or_else(|error| panic!("{}: {error}", template.kind));
            assert!(text.words() > 250, "{} has {} words", template.kind, text.words());
            let again = Prose::from_markdown(&text.to_markdown()).expect("Markdown");
            assert_eq!(again, text, "{}", template.kind);
            assert!(crate::spaces::is_icon(template.icon), "{}", template.icon);
        }
    }
}

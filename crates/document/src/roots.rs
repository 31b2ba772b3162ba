//! The declarations of an application about a document. Some roots are declared to be XML fragments, like our editor's
//! root. These roots and their elements may contain only XML nodes, and no element named `text`; anything else would
//! stop every page that opens the document. Another declaration is whether deleted content is kept, for apps that read
//! old states (`Y.snapshot`).

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::causal_gate::{Admission, Known};
use crate::update::{Block, Id, Kind, Parent, Update};
use crate::{ranges::ClockSet, refusal::Refusal};

/// Names of roots that are XML fragments. If none is declared, nothing is checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    xml: Arc<[String]>,
    keeps_deleted: bool,
}

impl Roots {
    pub fn xml(names: impl IntoIterator<Item = String>) -> Roots {
        Roots { xml: names.into_iter().collect(), keeps_deleted: false }
    }

    /// The same roots, in a document whose deleted content is kept or not.
    #[must_use]
    pub fn keeping_deleted(self, keeps_deleted: bool) -> Roots {
        Roots { keeps_deleted, ..self }
    }

    pub fn keeps_deleted(&self) -> bool {
        self.keeps_deleted
    }

    /// Whether this root is declared.
    pub fn has(&self, name: &str) -> bool {
        self.xml.iter().any(|root| root == name)
    }

    /// The declared names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.xml.iter().map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.xml.is_empty()
    }
}

/// The known parts of the trees under the declared roots.
#[derive(Clone, Debug, Default)]
pub(crate) struct XmlTree {
    roots: Roots,
    /// Every element of a list of nodes, deleted or not.
    listed: ClockSet,
    /// The XML elements among them, which have lists of their own.
    elements: ClockSet,
}

/// The parts that an update adds to the trees.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    listed: Vec<(u64, Range<u32>)>,
    elements: Vec<Id>,
}

/// One step towards finding the place of a block.
enum Step {
    Answer(bool),
    SameAs(usize),
}

const ELEMENT: u64 = 3;
const TEXT: u64 = 6;
/// The name that no element may have. Editors use it for text itself, so an element of this name stops them, as a value
/// would.
const NOT_A_NAME: &str = "text";

impl XmlTree {
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    pub(crate) fn new(roots: Roots) -> XmlTree {
        XmlTree { roots, ..XmlTree::default() }
    }

    /// Finds the places of the admitted blocks.
    ///
    /// # Errors
    /// [`Refusal::DoesNotFit`] when anything but an XML node would be placed among XML nodes.
    pub(crate) fn place(&self, update: &Update<'_>, admission: &Admission, known: &Known) -> Result<Placed, Refusal> {
        self.walk(update, admission, known, |fits| if fits { Ok(()) } else { Err(Refusal::DoesNotFit) })
    }

    /// Reads a whole stored state. Content that does not fit was admitted before the root was declared, and stays.
    pub(crate) fn read(&mut self, update: &Update<'_>, everything: &Admission) -> Result<(), Refusal> {
        let placed = self.walk(update, everything, &Known::default(), |_| Ok(()))?;
        self.accept(placed);
        Ok(())
    }

    pub(crate) fn accept(&mut self, placed: Placed) {
        placed.listed.into_iter().for_each(|(client, run)| self.listed.insert(client, run));
        placed.elements.into_iter().for_each(|id| self.elements.insert(id.client, id.clock..id.clock + 1));
    }

    fn walk(
        &self,
        update: &Update<'_>,
        admission: &Admission,
        known: &Known,
        judge: impl Fn(bool) -> Result<(), Refusal>,
    ) -> Result<Placed, Refusal> {
        let mut placed = Placed::default();
        if self.roots.is_empty() {
            return Ok(placed);
        }
        let mut answers = HashMap::new();
        for run in &admission.runs {
            for index in run.first..run.end {
                if !self.is_listed(update, known, run.client, index, &mut answers) {
                    continue;
                }
                let block = &update.blocks[index];
                let kind = update.type_of(block);
                let is_node = matches!(kind, Some(ELEMENT | TEXT)) && !block.has_key();
                let is_node = is_node && update.element_name(block) != Some(NOT_A_NAME);
                judge(is_node || matches!(block.kind, Kind::Deleted | Kind::Gc))?;
                placed.listed.push((run.client, block.clock..block.next_clock()));
                if kind == Some(ELEMENT) {
                    placed.elements.push(Id { client: run.client, clock: block.clock });
                }
            }
        }
        Ok(placed)
    }

    /// Whether a block is in a list of nodes. Each block is examined once, however long the chain is.
    fn is_listed(
        &self,
        update: &Update<'_>,
        known: &Known,
        client: u64,
        start: usize,
        answers: &mut HashMap<usize, bool>,
    ) -> bool {
        let mut path = Vec::new();
        let (mut client, mut at) = (client, start);
        let answer = loop {
            if let Some(answer) = answers.get(&at) {
                break *answer;
            }
            path.push(at);
            match self.step(update, known, Id { client, clock: update.blocks[at].clock }, &update.blocks[at]) {
                Step::Answer(answer) => break answer,
                Step::SameAs(next) => (client, at) = (update.client_of(next), next),
            }
        };
        answers.extend(path.into_iter().map(|index| (index, answer)));
        answer
    }

    fn step(&self, update: &Update<'_>, known: &Known, at: Id, block: &Block) -> Step {
        let first_new = known.clock(at.client);
        if block.clock < first_new {
            // A part of the block is known, and the rest is next to that part.
            return Step::Answer(self.listed.contains(at.client, first_new - 1));
        }
        let new = |id: Id| if id.clock < known.clock(id.client) { None } else { update.block_of(id) };
        match (block.parent, block.origin.or(block.right_origin)) {
            (Parent::Root, _) => {
                Step::Answer(update.root_of(block).is_some_and(|name| self.roots.xml.iter().any(|root| root == name)))
            }
            // An attribute is not in a list of nodes.
            (Parent::Item(_), _) if block.has_key() => Step::Answer(false),
            (Parent::Item(parent), _) => match new(parent) {
                Some(index) if update.type_of(&update.blocks[index]) == Some(ELEMENT) => Step::SameAs(index),
                Some(_) => Step::Answer(false),
                None => Step::Answer(self.elements.contains(parent.client, parent.clock)),
            },
            (Parent::Inherited, Some(neighbour)) => match new(neighbour) {
                Some(index) if matches!(update.blocks[index].kind, Kind::Type | Kind::Deleted) => Step::SameAs(index),
                Some(_) => Step::Answer(false),
                None => Step::Answer(self.listed.contains(neighbour.client, neighbour.clock)),
            },
            (Parent::Inherited, None) => Step::Answer(false),
        }
    }
}

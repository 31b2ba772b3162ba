//! Nesting depth of shared types. The depth is limited on admission, because yrs deletes and collects nested types
//! recursively: a chain of a hundred thousand would overflow the stack.

use std::collections::HashMap;

use crate::causal_gate::{Admission, Known};
use crate::refusal::Refusal;
use crate::update::{Id, Kind, Parent, Update};

/// Largest depth. A paragraph in a cell of a table in a list in a quote is 12 deep; 128 is enough for any editor and
/// fits the stack of any thread.
pub const MAX_NESTING: usize = 128;

/// `type -> depth`; a child of a root has depth 1.
#[derive(Clone, Debug, Default)]
pub struct Nesting(HashMap<Id, u16>);

/// The kind of the parents that an update names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parents {
    Types,
    /// At least one parent is deleted and of unknown kind. It must be collected before anything is inserted into it.
    Collected,
}

/// One step of walking up from a block to its container.
#[derive(Clone, Copy)]
enum Step {
    /// The container of this block has this depth.
    Container(u16),
    /// The container is that of another block of the update.
    SameAs(usize),
    /// The container is another block of the update.
    Inside(usize),
}

impl Nesting {
    /// Depth of every admitted shared type. `container_of` returns the type that contains an element which is outside
    /// of the update and not itself a type (`None` for a root, or if it is no longer known).
    ///
    /// # Errors
    /// [`Refusal::TooDeep`] past [`MAX_NESTING`].
    pub fn measure(
        &self,
        update: &Update<'_>,
        admission: &Admission,
        known: &Known,
        mut container_of: impl FnMut(Id) -> Option<Id>,
    ) -> Result<Vec<(Id, u16)>, Refusal> {
        let mut containers: HashMap<usize, u16> = HashMap::new();
        let mut measured = Vec::new();
        for run in &admission.runs {
            for index in (run.first..run.end).filter(|index| update.blocks[*index].kind == Kind::Type) {
                let lookup = Lookup { nesting: self, update, known };
                let depth = lookup.container(run.client, index, &mut containers, &mut container_of)? + 1;
                if usize::from(depth) > MAX_NESTING {
                    return Err(Refusal::TooDeep(MAX_NESTING));
                }
                measured.push((Id { client: run.client, clock: update.blocks[index].clock }, depth));
            }
        }
        Ok(measured)
    }

    /// Checks that every named parent is a shared type, because otherwise yrs fails in the middle of a transaction. A
    /// parent that was collected can be anything; content inserted into it is collected too.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when a parent is something else.
    pub fn check_parents(&self, update: &Update<'_>, admission: &Admission, known: &Known) -> Result<Parents, Refusal> {
        let lookup = Lookup { nesting: self, update, known };
        let mut parents = Parents::Types;
        for run in &admission.runs {
            for block in &update.blocks[run.first..run.end] {
                let Parent::Item(parent) = block.parent else {
                    continue;
                };
                if block.clock < known.clock(run.client) || self.0.contains_key(&parent) {
                    continue;
                }
                match lookup.new_block(parent) {
                    Some(index) if update.blocks[index].kind == Kind::Type => {}
                    None if known.deleted.contains(parent.client, parent.clock) => parents = Parents::Collected,
                    Some(index) if matches!(update.blocks[index].kind, Kind::Gc | Kind::Deleted) => {}
                    _ => return Err(Refusal::Malformed("a parent is not a shared type")),
                }
            }
        }
        Ok(parents)
    }

    /// Adds the measured depths.
    pub fn accept(&mut self, measured: Vec<(Id, u16)>) {
        self.0.extend(measured);
    }
}

struct Lookup<'a> {
    nesting: &'a Nesting,
    update: &'a Update<'a>,
    known: &'a Known,
}

impl Lookup<'_> {
    /// Depth of the container of a block: walks up inside the update, then looks it up in the known types.
    fn container(
        &self,
        client: u64,
        start: usize,
        containers: &mut HashMap<usize, u16>,
        container_of: &mut impl FnMut(Id) -> Option<Id>,
    ) -> Result<u16, Refusal> {
        let mut path: Vec<(usize, u16)> = Vec::new();
        let (mut client, mut at) = (client, start);
        let mut depth = loop {
            if let Some(depth) = containers.get(&at) {
                break *depth;
            }
            match self.step(client, at, container_of) {
                Step::Container(depth) => {
                    containers.insert(at, depth);
                    break depth;
                }
                Step::SameAs(next) => {
                    path.push((at, 0));
                    (client, at) = (self.update.client_of(next), next);
                }
                Step::Inside(next) => {
                    path.push((at, 1));
                    (client, at) = (self.update.client_of(next), next);
                }
            }
        };
        for (index, deeper) in path.into_iter().rev() {
            depth += deeper;
            if usize::from(depth) > MAX_NESTING {
                return Err(Refusal::TooDeep(MAX_NESTING));
            }
            containers.insert(index, depth);
        }
        Ok(depth)
    }

    fn step(&self, client: u64, at: usize, container_of: &mut impl FnMut(Id) -> Option<Id>) -> Step {
        let block = &self.update.blocks[at];
        let known_to = self.known.clock(client);
        if block.clock < known_to {
            // A part of the block is known, so use its known neighbour instead of its header.
            return Step::Container(self.beside(Id { client, clock: known_to - 1 }, container_of));
        }
        match (block.parent, block.origin.or(block.right_origin)) {
            (Parent::Root, _) => Step::Container(0),
            (Parent::Item(parent), _) => match self.new_block(parent) {
                Some(index) => Step::Inside(index),
                None => Step::Container(self.nesting.0.get(&parent).copied().unwrap_or(0)),
            },
            (Parent::Inherited, Some(neighbour)) => match self.new_block(neighbour) {
                Some(index) => Step::SameAs(index),
                None => Step::Container(self.beside(neighbour, container_of)),
            },
            (Parent::Inherited, None) => Step::Container(0),
        }
    }

    /// Depth of the container of an element that is already known.
    fn beside(&self, id: Id, container_of: &mut impl FnMut(Id) -> Option<Id>) -> u16 {
        match self.nesting.0.get(&id) {
            Some(depth) => depth - 1,
            None => container_of(id).and_then(|container| self.nesting.0.get(&container).copied()).unwrap_or(0),
        }
    }

    /// The block of this update that contains `id`, unless `id` is already known.
    fn new_block(&self, id: Id) -> Option<usize> {
        if id.clock < self.known.clock(id.client) { None } else { self.update.block_of(id) }
    }
}

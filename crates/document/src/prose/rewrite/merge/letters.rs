//! The marks of a character: the live marks, the marks as Markdown shows them, and the wanted marks.

use serde_json::{Map, Value};
use yrs::Any;
use yrs::types::Attrs;

use crate::prose::markdown::inline::{can_say, said_marks};
use crate::prose::rewrite::item::any;
use crate::prose::tree::{Mark, marks};

/// The part of the marks that Markdown expresses.
pub(super) fn said(marks: &[Mark]) -> Vec<Mark> {
    if marks.is_empty() { Vec::new() } else { said_marks(marks) }
}

/// The stored keys and values of marks of this name.
fn stored<'a>(attributes: &'a Attrs, name: &'a str) -> impl Iterator<Item = (std::sync::Arc<str>, Mark)> + 'a {
    attributes.iter().filter_map(move |(key, value)| {
        let mark = marks(&Attrs::from([(key.clone(), value.clone())])).pop()?;
        (mark.name == name).then(|| (key.clone(), mark))
    })
}

fn find<'a>(marks: &'a [Mark], name: &str) -> Option<&'a Mark> {
    marks.iter().find(|mark| mark.name == name)
}

/// The attributes to set on a character that stays; `null` removes one.
pub(super) fn reformatted(live: &Attrs, had: &[Mark], wants: &[Mark]) -> Attrs {
    let (had, said_wanted) = (said(had), said(wants));
    let mut changes = Attrs::new();
    for mark in had.iter().filter(|mark| find(&said_wanted, &mark.name).is_none()) {
        changes.extend(stored(live, &mark.name).map(|(key, _)| (key, Any::Null)));
    }
    for mark in said_wanted.iter().filter(|mark| find(&had, &mark.name) != Some(mark)) {
        match stored(live, &mark.name).next() {
            // Attributes that Markdown does not express, such as the target of a link, stay.
            Some((key, there)) => changes.insert(key, any(&overlaid(there.attributes, &mark.attributes))),
            None => {
                let wanted = find(wants, &mark.name).unwrap_or(mark);
                changes.insert(wanted.name.as_str().into(), any(&wanted.attributes))
            }
        };
    }
    changes
}

fn overlaid(live: Value, said: &Value) -> Value {
    let mut attributes = if let Value::Object(attributes) = live { attributes } else { Map::new() };
    ["href", "title", "color"].into_iter().for_each(|name| drop(attributes.remove(name)));
    attributes.extend(said.as_object().cloned().unwrap_or_default());
    Value::Object(attributes)
}

/// The attributes of a character that is added beside or in place of others. `sources` are the live attributes of those
/// others, and their marks as Markdown shows them.
pub(super) fn inserted(wants: &[Mark], sources: &[(&Attrs, &[Mark])], takes_own: bool) -> Attrs {
    let mut attributes = Attrs::new();
    if let Some(((first, _), others)) = sources.split_first()
        && takes_own
    {
        for (key, value) in first.iter() {
            let is_own = marks(&Attrs::from([(key.clone(), value.clone())])).first().is_some_and(|mark| !can_say(mark));
            if is_own && others.iter().all(|(other, _)| other.get(key) == Some(value)) {
                attributes.insert(key.clone(), value.clone());
            }
        }
    }
    let said_wanted = said(wants);
    for mark in wants.iter().filter(|mark| find(&said_wanted, &mark.name).is_some()) {
        let same = sources.iter().find(|(_, had)| find(&said(had), &mark.name) == find(&said_wanted, &mark.name));
        match same.map(|(live, _)| stored(live, &mark.name).next()) {
            Some(Some((key, there))) => drop(attributes.insert(key, any(&there.attributes))),
            // Markdown shows a mark that the live text does not have, such as code in a code block.
            Some(None) => {}
            None => drop(attributes.insert(mark.name.as_str().into(), any(&mark.attributes))),
        };
    }
    attributes
}

//! Steps of an approval: the people who may decide now, and the result of a decision. Pure: steps in, steps out.

use crate::approvals::rows::Approval;
use chrono::{DateTime, Days, Utc};

use serde::{Deserialize, Serialize};
use vocabulary::AccountId;

/// How many of a step's people must approve: one (`any`) or all (`all`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// One approval is enough.
    #[default]
    Any,
    All,
}

/// One step, with the people who may decide.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Step {
    pub name: String,
    pub rule: Rule,
    pub seats: Vec<Seat>,
    pub within_days: Option<u32>,
    /// The due time, set when the step begins.
    pub due_at: Option<DateTime<Utc>>,
}

/// A person who may decide in a step, and whether they have approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Seat {
    pub account: AccountId,
    pub approved: bool,
}

/// The result of one person's approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The step still waits for other people.
    Waits,
    /// The next step has begun.
    Step(usize),
    Approved,
}

impl Step {
    fn is_done(&self) -> bool {
        match self.rule {
            Rule::Any => self.seats.iter().any(|seat| seat.approved),
            Rule::All => self.seats.iter().all(|seat| seat.approved),
        }
    }

    /// The people whose decision is still open.
    pub fn asked(&self) -> Vec<AccountId> {
        self.seats.iter().filter(|seat| !seat.approved).map(|seat| seat.account).collect()
    }

    /// Begins the step.
    pub fn begin(&mut self, now: DateTime<Utc>) {
        self.due_at = self.within_days.map(|days| now + Days::new(days.into()));
    }
}

/// Reads the stored steps of an approval.
///
/// # Errors
/// When the stored steps are damaged.
pub fn steps_of(approval: &Approval) -> serde_json::Result<Vec<Step>> {
    serde_json::from_str(&approval.steps)
}

/// Whether an account is asked in the current step.
pub fn is_asked(steps: &[Step], on: usize, account: AccountId) -> bool {
    steps.get(on).is_some_and(|step| step.seats.iter().any(|seat| seat.account == account && !seat.approved))
}

/// Records an account's approval; `None` when the account is not asked now.
pub fn approve(steps: &mut [Step], on: usize, account: AccountId, now: DateTime<Utc>) -> Option<Next> {
    let step = steps.get_mut(on)?;
    let seat = step.seats.iter_mut().find(|seat| seat.account == account && !seat.approved)?;
    seat.approved = true;
    if !step.is_done() {
        return Some(Next::Waits);
    }
    match steps.get_mut(on + 1) {
        Some(next) => {
            next.begin(now);
            Some(Next::Step(on + 1))
        }
        None => Some(Next::Approved),
    }
}

/// The earlier of the due date of the request and that of the current step.
pub fn earlier(request: Option<DateTime<Utc>>, step: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    match (request, step) {
        (Some(request), Some(step)) => Some(request.min(step)),
        (request, step) => request.or(step),
    }
}

/// Begins with the first step again, as if nobody had decided. Places that were delegated stay with the delegates.
pub fn begin_again(steps: &mut [Step], now: DateTime<Utc>) {
    for step in steps.iter_mut() {
        step.due_at = None;
        step.seats.iter_mut().for_each(|seat| seat.approved = false);
    }
    if let Some(first) = steps.first_mut() {
        first.begin(now);
    }
}

/// Moves a person's place to another person, who must not have a place in the step; `None` when that is not possible.
pub fn delegate(steps: &mut [Step], on: usize, from: AccountId, to: AccountId) -> Option<()> {
    let step = steps.get_mut(on)?;
    if step.seats.iter().any(|seat| seat.account == to) {
        return None;
    }
    let seat = step.seats.iter_mut().find(|seat| seat.account == from && !seat.approved)?;
    seat.account = to;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(rule: Rule, people: &[AccountId]) -> Step {
        let seats = people.iter().map(|account| Seat { account: *account, approved: false }).collect();
        Step { name: "Board".into(), rule, seats, within_days: Some(3), due_at: None }
    }

    /// [APPR-2] Steps are decided in order, by one or by all of their people; nobody can decide twice or out of turn.
    #[test]
    fn steps_are_taken_in_order() {
        let [ana, ben, carl] = [AccountId::new(), AccountId::new(), AccountId::new()];
        let mut steps = [step(Rule::Any, &[ana, ben]), step(Rule::All, &[ben, carl])];
        let now = Utc::now();
        assert_eq!(approve(&mut steps, 0, carl, now), None);
        assert_eq!(approve(&mut steps, 0, ben, now), Some(Next::Step(1)));
        assert_eq!(steps[1].due_at, Some(now + Days::new(3)));
        assert_eq!(approve(&mut steps, 1, ana, now), None);
        assert_eq!(approve(&mut steps, 1, carl, now), Some(Next::Waits));
        assert_eq!(approve(&mut steps, 1, carl, now), None);
        assert_eq!(steps[1].asked(), [ben]);
        assert_eq!(approve(&mut steps, 1, ben, now), Some(Next::Approved));
        assert_eq!(approve(&mut steps, 2, ben, now), None);
    }

    #[test]
    fn the_earlier_date_counts() {
        let (now, later) = (Utc::now(), Utc::now() + Days::new(1));
        assert_eq!(earlier(Some(now), Some(later)), Some(now));
        assert_eq!(earlier(Some(later), Some(now)), Some(now));
        assert_eq!(earlier(None, Some(later)), Some(later));
        assert_eq!(earlier(Some(later), None), Some(later));
        assert_eq!(earlier(None, None), None);
    }

    /// [APPR-7] A request that is moved begins again with its first step, as if nobody had decided.
    #[test]
    fn steps_begin_again() {
        let [ana, ben, carl] = [AccountId::new(), AccountId::new(), AccountId::new()];
        let mut steps = [step(Rule::All, &[ana, ben]), step(Rule::Any, &[carl])];
        let now = Utc::now();
        approve(&mut steps, 0, ana, now);
        approve(&mut steps, 0, ben, now);
        begin_again(&mut steps, now);
        assert_eq!((steps[0].asked(), steps[0].due_at), (vec![ana, ben], Some(now + Days::new(3))));
        assert_eq!((steps[1].asked(), steps[1].due_at), (vec![carl], None));
    }

    /// [APPR-2] A place can be delegated only by its holder, to a person without a place in the step.
    #[test]
    fn places_are_given_away() {
        let [ana, ben, carl] = [AccountId::new(), AccountId::new(), AccountId::new()];
        let mut steps = [step(Rule::All, &[ana, ben])];
        assert_eq!(delegate(&mut steps, 0, ana, ben), None);
        assert_eq!(delegate(&mut steps, 0, carl, ana), None);
        assert_eq!(delegate(&mut steps, 0, ana, carl), Some(()));
        assert!(is_asked(&steps, 0, carl) && !is_asked(&steps, 0, ana));
        assert_eq!(approve(&mut steps, 0, ana, Utc::now()), None);
    }
}

//! Whether two keys can be equal, decided for all sources at once.
//!
//! A pattern is a small automaton over characters: a chain of literals and fields. Each field is a
//! language of its own (folders end in slashes, an extension has neither slash nor dot). Two
//! patterns meet when their automata accept a common key; a pattern is ambiguous when its automaton
//! accepts a key in two ways. Both are searches over the few pairs of states. Fields count as
//! independent of each other: some harmless patterns are refused, but no harmful one is accepted.

use std::collections::HashSet;

use super::part::{Field, Part};

/// A class of characters that the automaton treats alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Symbol {
    /// A character of a literal, a slash or a dot.
    Known(char),
    /// Any other character; no pattern tells these apart.
    Other,
}

/// The reader's position in a pattern. In a literal, `within` is the index of the next character.
/// In a field, it is 0 before anything is read, then 1 if the field may end here, and 2 if not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct State {
    part: usize,
    within: usize,
}

const START: State = State { part: 0, within: 0 };

/// Whether two different sources always have different keys.
pub(in crate::object) fn tells_apart(parts: &[Part]) -> bool {
    let has = |field| parts.contains(&Part::Field(field));
    let complete =
        has(Field::Path) || (has(Field::Folders) && has(Field::Stem) && has(Field::Extension));
    complete && !search(parts, parts, true)
}

/// Whether both patterns can make the same key.
pub(in crate::object) fn meet(one: &[Part], other: &[Part]) -> bool {
    search(one, other, false)
}

/// Whether both can read some key to the end; with `differently`, in two different ways.
fn search(one: &[Part], other: &[Part], differently: bool) -> bool {
    let symbols = symbols(one.iter().chain(other));
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    for first in closure(one, START) {
        for second in closure(other, START) {
            open.push((first, second, first != second));
        }
    }
    while let Some(pair) = open.pop() {
        if !seen.insert(pair) {
            continue;
        }
        let (first, second, differed) = pair;
        if first.part == one.len() && second.part == other.len() && (differed || !differently) {
            return true;
        }
        for &symbol in &symbols {
            let (Some(first), Some(second)) =
                (step(one, first, symbol), step(other, second, symbol))
            else {
                continue;
            };
            for first in closure(one, first) {
                for second in closure(other, second) {
                    open.push((first, second, differed || first != second));
                }
            }
        }
    }
    false
}

/// `state`, and all states that can be reached from it without reading a character.
fn closure(parts: &[Part], state: State) -> Vec<State> {
    let mut reached = vec![state];
    let mut at = state;
    while may_end(parts, at) {
        at = State { part: at.part + 1, within: 0 };
        reached.push(at);
    }
    reached
}

/// Whether the part may end here.
fn may_end(parts: &[Part], State { part, within }: State) -> bool {
    match parts.get(part) {
        None => false,
        Some(Part::Literal(literal)) => within == literal.chars().count(),
        Some(Part::Field(Field::Folders | Field::Extension)) => within < 2,
        Some(Part::Field(Field::Path | Field::Stem)) => within == 1,
    }
}

/// The state after reading `symbol`, if the part can go on with it.
fn step(parts: &[Part], State { part, within }: State, symbol: Symbol) -> Option<State> {
    let (slash, dot) = (symbol == Symbol::Known('/'), symbol == Symbol::Known('.'));
    let to = |within| Some(State { part, within });
    match parts.get(part)? {
        Part::Literal(literal) => {
            let next = literal.chars().nth(within)?;
            (symbol == Symbol::Known(next)).then_some(State { part, within: within + 1 })
        }
        // A path does not end in a slash: that would be a folder.
        Part::Field(Field::Path) => to(if slash { 2 } else { 1 }),
        Part::Field(Field::Folders) => to(if slash { 1 } else { 2 }),
        Part::Field(Field::Stem) => to(1).filter(|_| !slash),
        Part::Field(Field::Extension) => to(1).filter(|_| !slash && !dot),
    }
}

fn symbols<'a>(parts: impl Iterator<Item = &'a Part>) -> HashSet<Symbol> {
    let literals = parts.filter_map(|part| match part {
        Part::Literal(literal) => Some(literal.as_str()),
        Part::Field(_) => None,
    });
    let known = literals.flat_map(str::chars).chain(['/', '.']).map(Symbol::Known);
    known.chain([Symbol::Other]).collect()
}

//! Patterns that are tried at one place or on a few words, as most are: matched by walking their syntax, without an automaton. A compiled regex takes
//! tens of kilobytes and some hundred microseconds, for each pattern that a file's words happen to call for; its steps here are as cheap as the few
//! bytes they look at. What a shape finds is what the regex crate finds: the leftmost place, and there the first way in the order of preference.
//! (The syntax trees, and what leftmost-first means: docs.rs/regex-syntax and docs.rs/regex.)

use super::gate::{ByteSet, set_of};
use crate::text::Span;
use regex_syntax::hir::{Hir, HirKind, Literal, Look, Repetition};

/// Nodes of a shape at most; patterns that need more are left to the regex crate.
const NODES: usize = 400;
/// Steps that one search may take for each byte it may look at, and at least: patterns that go back over their steps more often are left to the regex crate.
const STEPS: usize = 32;

/// Fewer bytes at the beginning of every place do not make a search faster.
const SHORTEST_LEAD: usize = 6;
/// More different bytes are no sign of a token.
const WIDEST_LEAD: usize = 80;

/// One step of a shape; the next is the node behind, unless it says otherwise.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// Bytes of a set, as many as possible, or as few.
    Run {
        set: ByteSet,
        min: usize,
        max: usize,
        greedy: bool,
        /// Whether what can follow is none of the set, so that all of them have to be taken.
        all: bool,
    },
    /// The first of these nodes from where the rest matches.
    Branch(Vec<usize>),
    /// Goes on elsewhere.
    Jump(usize),
    /// What stands around, without taking a byte.
    Look(Look),
    /// Where the secret begins, or ends.
    Mark { end: bool },
    /// No byte of a token follows.
    Tail,
    /// The end.
    Accept,
}

/// A pattern to walk along.
#[derive(Debug)]
pub(super) struct Shape {
    nodes: Vec<Node>,
    /// What a place can begin with; `None`: anything, or nothing.
    first: Option<ByteSet>,
    /// So many bytes of a set begin every place.
    lead: Option<(ByteSet, usize)>,
}

/// A search has taken too many steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// A place: all of it, and the group of the secret.
pub(super) type Found = (Span, Option<Span>);

impl Shape {
    /// The shape of a pattern, if it is one; `tail`: no byte of a token may follow.
    pub(super) fn of(hir: &Hir, tail: bool) -> Option<Self> {
        let mut nodes = Vec::new();
        add(hir, &mut nodes)?;
        if tail {
            nodes.push(Node::Tail);
        }
        nodes.push(Node::Accept);
        let first = first_of(&nodes, 0, 0);
        let lead = lead_of(&nodes, 0, 0).filter(|(_, least)| *least >= SHORTEST_LEAD);
        for at in 0..nodes.len() {
            if let Node::Run { set, .. } = nodes[at] {
                let follow = first_of(&nodes, at + 1, 0);
                if let (Node::Run { all, .. }, Some(follow)) = (&mut nodes[at], follow) {
                    *all = !set.meets(follow);
                }
            }
        }
        Some(Shape { nodes, first, lead })
    }

    /// The leftmost place in `window` that begins at `from` or behind, and nowhere but where `allowed` says: the next place at the given one, or behind.
    ///
    /// # Errors
    /// Where that would take too many steps.
    pub(super) fn find(
        &self,
        text: &[u8],
        window: Span,
        from: usize,
        allowed: impl Fn(usize) -> usize,
    ) -> Result<Option<Found>, TooLong> {
        let mut walk = Walk {
            nodes: &self.nodes,
            text,
            window,
            steps: STEPS * (window.end - from.min(window.end) + STEPS),
            secret: (None, None),
        };
        let mut start = from;
        loop {
            if let Some((set, least)) = &self.lead {
                match walk.next_lead(set, *least, start)? {
                    Some(next) => start = next,
                    None => return Ok(None),
                }
            }
            let next = allowed(start);
            if next > window.end {
                return Ok(None);
            }
            if next > start && self.lead.is_some() {
                start = next;
                continue;
            }
            start = next;
            if let Some(first) = self.first {
                let rest = &text[start..window.end];
                match rest.iter().position(|byte| first.contains(*byte)) {
                    Some(0) => {}
                    Some(skipped) => {
                        start += skipped;
                        continue;
                    }
                    None => return Ok(None),
                }
            }
            walk.secret = (None, None);
            if let Some(end) = walk.from(0, start)? {
                let secret = match walk.secret {
                    (Some(start), Some(end)) => Some(Span::new(start, end)),
                    _ => None,
                };
                return Ok(Some((Span::new(start, end), secret)));
            }
            if self.nodes[0] == Node::Look(Look::Start) {
                return Ok(None);
            }
            start = self.next_start(text, window, start);
        }
    }

    /// The next place that may begin a match, `start` being none.
    fn next_start(&self, text: &[u8], window: Span, start: usize) -> usize {
        let Node::Run {
            set, min, max, all, ..
        } = &self.nodes[0]
        else {
            return start + 1;
        };
        let run = set.count(&text[start..window.end]);
        if run < *min {
            // Neither is there enough behind any of its bytes.
            start + run + 1
        } else if *all && run > *max {
            start + run - max
        } else {
            start + 1
        }
    }
}

/// A walk along a shape.
struct Walk<'s, 't> {
    nodes: &'s [Node],
    text: &'t [u8],
    window: Span,
    /// How many steps are left.
    steps: usize,
    secret: (Option<usize>, Option<usize>),
}

impl Walk<'_, '_> {
    /// The first place at `start` or behind from where `least` bytes are all of `set`. All of them hold the last byte of the window that is looked at, so most
    /// of a text is stepped over without a look.
    fn next_lead(
        &mut self,
        set: &ByteSet,
        least: usize,
        mut start: usize,
    ) -> Result<Option<usize>, TooLong> {
        let text = &self.text[..self.window.end];
        while let Some(part) = text.get(start..start + least) {
            let Some(other) = part.iter().rposition(|byte| !set.contains(*byte)) else {
                self.steps = self.steps.checked_sub(least / 8).ok_or(TooLong)?;
                return Ok(Some(start));
            };
            start += other + 1;
        }
        Ok(None)
    }

    /// Where the match ends that goes on with `node` at `at`.
    fn from(&mut self, mut node: usize, mut at: usize) -> Result<Option<usize>, TooLong> {
        loop {
            self.steps = self.steps.checked_sub(1).ok_or(TooLong)?;
            let fits = match &self.nodes[node] {
                Node::Run {
                    set,
                    min,
                    max,
                    greedy,
                    all,
                } => {
                    let rest = &self.text[at..self.window.end];
                    let there = set.count(&rest[..rest.len().min(*max)]);
                    self.steps = self.steps.saturating_sub(there / 8);
                    if there > *min && !*all {
                        return self.some_of(node, at, (*min, there), *greedy);
                    }
                    at += there;
                    there >= *min
                }
                Node::Branch(ways) => return self.one_of(ways, at),
                Node::Jump(target) => {
                    node = *target;
                    continue;
                }
                Node::Look(look) => self.looks(*look, at),
                Node::Mark { end } => return self.marked(node, at, *end),
                Node::Tail => !self.text.get(at).is_some_and(|byte| is_of_token(*byte)),
                Node::Accept => return Ok(Some(at)),
            };
            if !fits {
                return Ok(None);
            }
            node += 1;
        }
    }

    /// Between so many bytes of a run.
    fn some_of(
        &mut self,
        node: usize,
        at: usize,
        (min, most): (usize, usize),
        greedy: bool,
    ) -> Result<Option<usize>, TooLong> {
        for number in min..=most {
            let count = if greedy { most + min - number } else { number };
            if let Some(end) = self.from(node + 1, at + count)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    fn one_of(&mut self, ways: &[usize], at: usize) -> Result<Option<usize>, TooLong> {
        for way in ways {
            if let Some(end) = self.from(*way, at)? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Notes where the secret begins or ends, unless this way leads nowhere.
    fn marked(&mut self, node: usize, at: usize, end: bool) -> Result<Option<usize>, TooLong> {
        let before = self.secret;
        match end {
            true => self.secret.1 = Some(at),
            false => self.secret = (Some(at), None),
        }
        let found = self.from(node + 1, at)?;
        if found.is_none() {
            self.secret = before;
        }
        Ok(found)
    }

    fn looks(&self, look: Look, at: usize) -> bool {
        let Span { start, end } = self.window;
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let before = at > start && word(self.text[at - 1]);
        let behind = at < end && word(self.text[at]);
        match look {
            Look::Start => at == start,
            Look::End => at == end,
            Look::StartLF => at == start || self.text[at - 1] == b'\n',
            Look::EndLF => at == end || self.text[at] == b'\n',
            Look::WordAscii => before != behind,
            Look::WordAsciiNegate => before == behind,
            // No other is taken up into a shape.
            _ => false,
        }
    }
}

/// The characters of url-safe base64, which may not follow a whole token.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Appends the nodes of a syntax tree; `None` where they are too many, or of a kind that is none of a shape's.
fn add(hir: &Hir, nodes: &mut Vec<Node>) -> Option<()> {
    if nodes.len() > NODES {
        return None;
    }
    let one = |set: ByteSet, min: usize, max: usize, greedy: bool| Node::Run {
        set,
        min,
        max,
        greedy,
        all: false,
    };
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(Literal(bytes)) => {
            nodes.extend(bytes.iter().map(|byte| one(ByteSet::of(*byte), 1, 1, true)));
        }
        HirKind::Class(class) => nodes.push(one(set_of(class)?, 1, 1, true)),
        HirKind::Look(look) => match look {
            Look::Start
            | Look::End
            | Look::StartLF
            | Look::EndLF
            | Look::WordAscii
            | Look::WordAsciiNegate => nodes.push(Node::Look(*look)),
            _ => return None,
        },
        HirKind::Repetition(repetition) => match repetition.sub.kind() {
            HirKind::Class(class) => {
                let max = repetition.max.map_or(usize::MAX, |max| max as usize);
                let min = repetition.min as usize;
                nodes.push(one(set_of(class)?, min, max, repetition.greedy));
            }
            HirKind::Literal(Literal(bytes)) if bytes.len() == 1 => {
                let max = repetition.max.map_or(usize::MAX, |max| max as usize);
                let set = ByteSet::of(bytes[0]);
                nodes.push(one(set, repetition.min as usize, max, repetition.greedy));
            }
            _ => repeated(repetition, nodes)?,
        },
        HirKind::Capture(capture) => {
            let secret = matches!(capture.name.as_deref(), Some("secret" | "place"));
            if secret {
                nodes.push(Node::Mark { end: false });
            }
            add(&capture.sub, nodes)?;
            if secret {
                nodes.push(Node::Mark { end: true });
            }
        }
        HirKind::Concat(parts) => {
            for part in parts {
                add(part, nodes)?;
            }
        }
        HirKind::Alternation(ways) => {
            let branch = nodes.len();
            nodes.push(Node::Branch(Vec::new()));
            let (mut starts, mut jumps) = (Vec::new(), Vec::new());
            for way in ways {
                starts.push(nodes.len());
                add(way, nodes)?;
                jumps.push(nodes.len());
                nodes.push(Node::Jump(0));
            }
            let end = nodes.len();
            nodes[branch] = Node::Branch(starts);
            jumps
                .into_iter()
                .for_each(|jump| nodes[jump] = Node::Jump(end));
        }
    }
    Some(())
}

/// A group as often as it may come: each time beyond the least it may also end.
fn repeated(repetition: &Repetition, nodes: &mut Vec<Node>) -> Option<()> {
    // A group that can be empty has rules of its own.
    if repetition.sub.properties().minimum_len()? == 0 {
        return None;
    }
    for _ in 0..repetition.min {
        add(&repetition.sub, nodes)?;
    }
    let mut branches = Vec::new();
    for _ in repetition.min..repetition.max? {
        branches.push(nodes.len());
        nodes.push(Node::Branch(Vec::new()));
        add(&repetition.sub, nodes)?;
    }
    let end = nodes.len();
    for branch in branches {
        nodes[branch] = Node::Branch(match repetition.greedy {
            true => vec![branch + 1, end],
            false => vec![end, branch + 1],
        });
    }
    Some(())
}

/// How many bytes every way from `node` on begins with, and the set that all of them are of: as far as that stays a set that most text is not made of.
fn lead_of(nodes: &[Node], mut node: usize, depth: usize) -> Option<(ByteSet, usize)> {
    let (mut all, mut least) = (ByteSet::default(), 0);
    if depth > 16 {
        return None;
    }
    loop {
        let (set, more) = match &nodes[node] {
            Node::Run { set, min, .. } => (*set, *min),
            Node::Branch(ways) => {
                let leads = ways.iter().map(|way| lead_of(nodes, *way, depth + 1));
                let both = leads.reduce(|one, other| {
                    let ((mut set, len), (more, least)) = (one?, other?);
                    set.merge(more);
                    Some((set, len.min(least)))
                });
                match both.flatten() {
                    Some(lead) => lead,
                    None => break,
                }
            }
            Node::Mark { .. } => {
                node += 1;
                continue;
            }
            Node::Look(_) | Node::Jump(_) | Node::Tail | Node::Accept => break,
        };
        let mut both = all;
        both.merge(set);
        if more == 0 || both.len() > WIDEST_LEAD {
            break;
        }
        (all, least) = (both, least + more);
        // Behind a branch its ways go on by themselves.
        if matches!(nodes[node], Node::Branch(_)) {
            break;
        }
        node += 1;
    }
    (least > 0).then_some((all, least))
}

/// What the first byte from `node` on can be; `None` where there may be none, or any.
fn first_of(nodes: &[Node], mut node: usize, depth: usize) -> Option<ByteSet> {
    if depth > 16 {
        return None;
    }
    let mut all = ByteSet::default();
    loop {
        match &nodes[node] {
            Node::Run { set, min, .. } => {
                all.merge(*set);
                if *min > 0 {
                    return Some(all);
                }
            }
            Node::Branch(ways) => {
                for way in ways {
                    all.merge(first_of(nodes, *way, depth + 1)?);
                }
                return Some(all);
            }
            Node::Jump(target) => {
                node = *target;
                continue;
            }
            // They do not add to what the next byte can be.
            Node::Mark { .. } | Node::Look(_) => {}
            Node::Tail => {
                (0..=u8::MAX)
                    .filter(|byte| !is_of_token(*byte))
                    .for_each(|byte| all.insert(byte));
                return Some(all);
            }
            Node::Accept => return None,
        }
        node += 1;
    }
}

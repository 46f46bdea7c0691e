//! From a keyword to a claim: prefilter, candidate, checks in rising cost.

use super::assign::{Assignment, Link, Quote, assignment_at, in_name, name_around};
use super::barren::Vain;
use super::boundary;
use super::chosen;
use super::label::{label_of, names_credential, takes_credentials};
use super::name;
use super::place;
use super::placeholder;
use super::random::{self, Classes, looks_like_key, looks_random};
use super::region::{CAP, FARTHEST, New, lines_around};
use super::statement::{line_before, statement_around};
use super::table::{distant_values, values_of};
use super::{Considered, Copied, Detection, Detector, NEAR_LINES, Scratch, checks};
use crate::finding::RawFinding;
use crate::rule::{Confidence, Hit, Kind, Neighbour, Rule, RuleId, Target, Within};
use crate::text::Span;

/// A keyword hit and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspect {
    pub(super) start: usize,
    pub(super) end: usize,
    layer: u32,
    keyword: u32,
}

/// What of a base was carried to its child, in the child's places.
#[derive(Default)]
pub(super) struct Carried {
    /// Evidence.
    pub(super) evidence: Vec<(u32, Span)>,
    /// Keywords of rules that reach far; `None` where it is not known what the base has of them.
    pub(super) far: Option<Vec<(RuleId, Span)>>,
    /// Every keyword of the child, sorted; `None` where it is not known what the base has of them.
    pub(super) hits: Option<Vec<Suspect>>,
}

/// A claim that still waits for the evidence of the whole blob.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) raw: RawFinding,
}

/// Shortest bare token that any rule names.
const SHORTEST_BARE: usize = 20;

/// Why a candidate is none.
type Refusal = &'static str;

/// Bytes at the start of a blob in which a zero byte makes it binary.
pub(super) const BINARY_WINDOW: usize = 8192;
/// Lines that a label may stand above its value.
const LABEL_LINES: usize = crate::rule::LABEL_LINES as usize;

/// Whether a blob is binary: a zero byte near its start. (UTF-16 text has been turned into UTF-8 before.)
pub(super) fn is_binary(text: &[u8]) -> bool {
    memchr::memchr(0, &text[..text.len().min(BINARY_WINDOW)]).is_some()
}

/// How many lines a rule looks at, above or below its keyword.
pub(super) fn lines_of(rule: &Rule) -> usize {
    rule.meta.lines as usize
}

/// The hits that begin within `region`, of sorted ones.
fn starting_in(hits: &[Suspect], region: Span) -> &[Suspect] {
    let from = hits.partition_point(|hit| hit.start < region.start);
    let len = hits[from..].partition_point(|hit| hit.start < region.end);
    &hits[from..from + len]
}

/// How many lines from its keyword something may change without a claim of the rule hearing of it.
fn depends_on(rule: &Rule) -> usize {
    // What borders on a line counts as well: whether it is one of a block.
    let lines = lines_of(rule) + 1;
    match rule.meta.kind {
        // The neighbours of a value are counted from there.
        Kind::Assign if lines_of(rule) > LABEL_LINES || rule.spec.neighbours().next().is_some() => {
            lines + LABEL_LINES
        }
        _ => lines,
    }
}

/// The surroundings of what changed, in lower case, as far as so many lines.
type Surroundings = (usize, Vec<(Span, Vec<u8>)>);

impl Detector {
    /// All claims whose keyword stands in one of `regions` and near enough to what is `new` to depend on it, with evidence found there and `carried`. Where
    /// it is not known what the base has of keywords, these are searched for, those of rules that reach far also in the far surroundings of what is new.
    pub(super) fn detect_in(
        &self,
        text: &[u8],
        regions: &[Span],
        new: New<'_>,
        carried: Carried,
        scratch: &mut Scratch,
    ) -> Detection {
        scratch.far.clear();
        scratch.hits.clear();
        scratch.pending.clear();
        scratch.barren.clear();
        scratch.evidence.clear();
        scratch.kinds.clear();
        for (kind, extent) in carried.evidence {
            scratch.note_evidence(kind, extent);
        }
        scratch.begin_decoding(text.len());
        let binary = is_binary(text);
        for region in regions {
            match &carried.hits {
                Some(known) => scratch.hits.extend_from_slice(starting_in(known, *region)),
                None => self.collect_hits(text, *region, &mut scratch.hits),
            }
        }
        scratch.runs.collect(text, regions);
        let hits = std::mem::take(&mut scratch.hits);
        // Of most pieces of encoded text nobody asks.
        let asked = match hits.is_empty() {
            true => &[],
            false => regions,
        };
        scratch.lines.collect(text, asked);
        for suspect in &hits {
            let hit = Span::new(suspect.start, suspect.end);
            let lines = scratch.lines.lines_to_new(text, hit, new);
            let layer = &self.rules.layers()[suspect.layer as usize];
            for target in layer.targets(suspect.keyword as usize) {
                match target {
                    Target::Rule(id) => {
                        let rule = self.rules.rule(id);
                        if lines_of(rule) > NEAR_LINES && self.rules.is_enabled(id) {
                            scratch.far.push((id, hit));
                        }
                        if lines <= depends_on(rule) {
                            self.consider(text, id, hit, binary, scratch);
                        }
                    }
                    Target::Evidence(kind) if lines == 0 && !scratch.same_evidence => {
                        self.note_evidence(text, kind, hit, scratch);
                    }
                    Target::Evidence(_) => {}
                }
            }
        }
        scratch.hits = hits;
        self.known(text, regions, scratch);
        self.starts(text, binary, scratch);
        let far_is_known = carried.far.is_some();
        let fresh = match new {
            New::All => &[],
            New::Spans(fresh) => fresh,
        };
        match carried.far {
            Some(carried) => self.far_again(text, fresh, carried, binary, scratch),
            None => self.far_around(text, fresh, binary, scratch),
        }
        if !binary {
            self.runs(text, new, scratch);
            if !scratch.same_evidence {
                self.note_start(text, scratch);
            }
            self.each_line(text, regions, scratch);
            self.look_behind_escapes(text, regions, new, scratch);
            self.short_values(text, regions, scratch);
        }
        let mut detection = self.finish(text.len(), binary, scratch);
        detection.far = detection.far.filter(|_| far_is_known);
        detection.hits = carried.hits;
        detection
    }

    /// Every keyword of a text, sorted.
    pub(super) fn all_hits(&self, text: &[u8]) -> Vec<Suspect> {
        let mut hits = Vec::new();
        self.collect_hits(text, Span::new(0, text.len()), &mut hits);
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    /// Every keyword of a child, sorted, given those of its base, the pieces that were copied, and what is `fresh`: a keyword that was not copied whole holds
    /// something fresh, or a seam.
    pub(super) fn hits_of_child(
        &self,
        text: &[u8],
        fresh: &[Span],
        copies: &[Copied],
        base: &[Suspect],
    ) -> Vec<Suspect> {
        let mut hits = Vec::with_capacity(base.len() + 8);
        for copy in copies {
            let end = copy.base + copy.len;
            let within = starting_in(base, Span::new(copy.base, end)).iter();
            hits.extend(within.filter(|hit| hit.end <= end).map(|hit| Suspect {
                start: hit.start - copy.base + copy.child,
                end: hit.end - copy.base + copy.child,
                ..*hit
            }));
        }
        let mut found = Vec::new();
        let reach = self.longest_keyword;
        for near in fresh.chunk_by(|a, b| b.start <= a.end + 2 * reach) {
            let [first, ..] = near else { continue };
            let last = near.last().unwrap_or(first);
            let region = Span::new(first.start.saturating_sub(reach), last.end + reach);
            self.collect_hits(text, region, &mut found);
            hits.extend(found.drain(..).filter(|hit| {
                // What borders on a keyword counts as well: it may have been one of a repetition.
                let from = near.partition_point(|span| span.end < hit.start);
                near.get(from).is_some_and(|span| span.start <= hit.end)
            }));
        }
        // What was carried is in order already, and so is the rest.
        hits.sort();
        hits.dedup();
        hits.retain(|hit| !within_repetition(text, Span::new(hit.start, hit.end)));
        hits
    }

    /// Keywords of far-reaching rules that were carried from the base: what changed may lie within their reach.
    fn far_again(
        &self,
        text: &[u8],
        fresh: &[Span],
        carried: Vec<(RuleId, Span)>,
        binary: bool,
        scratch: &mut Scratch,
    ) {
        for (id, hit) in &carried {
            let near = |reach: Span| fresh.iter().any(|fresh| fresh.touches(reach));
            let most = Span::new(hit.start.saturating_sub(FARTHEST), hit.end + FARTHEST);
            // The lines are only counted where the bytes do not tell.
            if near(most) {
                let lines = lines_of(self.rules.rule(*id));
                if near(lines_around(text, *hit, lines, FARTHEST)) {
                    self.consider(text, *id, *hit, binary, scratch);
                }
            }
        }
        scratch.far.extend(carried);
    }

    /// Where nothing is known of the base, the keywords of far-reaching rules are looked for around what changed.
    fn far_around(&self, text: &[u8], fresh: &[Span], binary: bool, scratch: &mut Scratch) {
        let mut surroundings: Option<Surroundings> = None;
        for (finder, id) in &self.far {
            // In the order of lines: many rules share one number.
            let lines = lines_of(self.rules.rule(*id));
            let (_, regions) = match surroundings.take() {
                Some(same) if same.0 == lines => surroundings.insert(same),
                _ => {
                    let regions = super::region::widen(text, fresh, lines, FARTHEST);
                    let lower = |region: Span| (region, region.of(text).to_ascii_lowercase());
                    surroundings.insert((lines, regions.into_iter().map(lower).collect()))
                }
            };
            for (region, lower) in &*regions {
                for at in finder.find_iter(lower) {
                    let start = region.start + at;
                    let hit = Span::new(start, start + finder.needle().len());
                    scratch.far.push((*id, hit));
                    self.consider(text, *id, hit, binary, scratch);
                }
            }
        }
    }

    /// The keywords of a region, without those within a repetition.
    fn collect_hits(&self, text: &[u8], region: Span, hits: &mut Vec<Suspect>) {
        for (number, layer) in (0..).zip(self.rules.layers()) {
            layer
                .prefilter
                .scan(text, region.start, region.end, &mut |hit: Hit| {
                    if !within_repetition(text, Span::new(hit.start, hit.end)) {
                        hits.push(Suspect {
                            start: hit.start,
                            end: hit.end,
                            layer: number,
                            keyword: hit.keyword as u32,
                        });
                    }
                });
        }
    }

    /// Keeps the claims whose evidence is there, sorts, and hands over.
    fn finish(&self, len: usize, binary: bool, scratch: &mut Scratch) -> Detection {
        scratch.evidence.sort_unstable();
        scratch.evidence.dedup();
        let mut raw = Vec::new();
        for claim in std::mem::take(&mut scratch.pending) {
            let rule = self.rules.rule(claim.raw.rule);
            let missing =
                rule.spec.requires.iter().any(|needed| {
                    !needed.evidence.is_empty() && !self.seen(scratch, &needed.evidence)
                });
            let present = rule
                .spec
                .forbids
                .iter()
                .any(|not| !not.evidence.is_empty() && self.seen(scratch, &not.evidence));
            let outcome = if missing {
                Err("the file holds no evidence that it is about this vendor")
            } else if present {
                Err("the file holds evidence that it is something else")
            } else {
                Ok(claim.raw.confidence)
            };
            trace(scratch, claim.raw.rule, claim.raw.span, outcome);
            if outcome.is_ok() {
                raw.push(claim.raw);
            }
        }
        raw.sort();
        raw.dedup();
        scratch.far.sort_unstable();
        scratch.far.dedup();
        Detection {
            raw,
            evidence: std::mem::take(&mut scratch.evidence),
            far: Some(std::mem::take(&mut scratch.far)),
            hits: None,
            binary,
            len,
        }
    }

    /// Whether the blob holds evidence of that name.
    pub(super) fn seen(&self, scratch: &Scratch, id: &str) -> bool {
        let evidence = self.rules.evidence();
        let named = |kind: u32| {
            let known = evidence.get(kind as usize);
            known.is_some_and(|known| known.spec.id == id)
        };
        scratch.kinds.iter().any(|(kind, _)| named(*kind))
    }

    fn note_evidence(&self, text: &[u8], kind: usize, hit: Span, scratch: &mut Scratch) {
        let Some(pattern) = self
            .rules
            .evidence()
            .get(kind)
            .and_then(|evidence| evidence.pattern())
        else {
            return;
        };
        let window = scratch.lines.around(text, hit, 0, pattern.reach.min(256));
        if pattern.is_match(window.of(text)) {
            scratch.note_evidence(kind as u32, window);
        }
    }

    /// Looks at one keyword hit with one rule.
    fn consider(&self, text: &[u8], id: RuleId, hit: Span, binary: bool, scratch: &mut Scratch) {
        if !self.rules.is_enabled(id) {
            return;
        }
        let rule = self.rules.rule(id);
        // How something is written in encoded text is nobody's style.
        if (binary && !rule.meta.unmistakable) || (scratch.depth > 0 && rule.meta.lint) {
            return;
        }
        match rule.meta.kind {
            Kind::Pattern => self.by_pattern(text, id, rule, hit, scratch),
            Kind::Value => self.by_value(text, id, rule, hit, scratch),
            Kind::Assign => self.by_name(text, id, rule, hit, scratch),
            Kind::Bare | Kind::Start | Kind::Line => {}
        }
    }

    /// A rule whose token carries its own mark: the leftmost place of its pattern that holds the keyword.
    fn by_pattern(&self, text: &[u8], id: RuleId, rule: &Rule, hit: Span, scratch: &mut Scratch) {
        let gate = rule.gate();
        if gate.leads && !gate.head_fits(&text[hit.start..]) {
            return;
        }
        // What borders on a longer word is refused in the end: most keywords of three letters do.
        let bordered = gate.leads && rule.spec.boundary != "none" && !rule.spec.lint && gate.whole;
        if bordered && scratch.trace.is_none() && !boundary::begins(text, hit.start) {
            return;
        }
        let Some(pattern) = rule.pattern() else {
            return;
        };
        let reach = rule.spec.reach as usize;
        // A pattern that begins with its keyword is tried there; others are searched for around it.
        let window = if gate.leads {
            Span::new(
                hit.start,
                scratch
                    .lines
                    .around(text, Span::new(hit.end, hit.end), reach, pattern.reach)
                    .end,
            )
        } else {
            scratch.lines.around(text, hit, reach, pattern.reach)
        };
        if !gate
            .run
            .is_none_or(|run| scratch.runs.may_hold(text, window, run))
        {
            return;
        }
        let mut at = window.start;
        // Bounded: every round begins further right, and none begins behind the keyword.
        while at <= hit.start {
            let Some(found) = pattern.find(text, window, at) else {
                return;
            };
            if found.whole.start > hit.start {
                return;
            }
            at = found.whole.start + 1;
            if found.whole.end < hit.end {
                continue;
            }
            let extent = scratch.lines.around(text, hit, reach, pattern.reach);
            if self.vet(text, id, rule, found.secret, extent, None, scratch) {
                return;
            }
        }
    }

    /// A rule whose token has no mark of its own: every whole token of the right shape on the lines near the keyword, if its label fits.
    fn by_value(&self, text: &[u8], id: RuleId, rule: &Rule, hit: Span, scratch: &mut Scratch) {
        let near = rule.spec.near as usize;
        let window = scratch.lines.around(text, hit, near, CAP / 2);
        // To explain is to say each time why.
        let traced = scratch.trace.is_some();
        let searched = Vain::Window(id, window);
        let holds = rule
            .gate()
            .run
            .is_none_or(|run| scratch.runs.may_hold(text, window, run));
        if !holds || !traced && scratch.barren.knows(searched) {
            return;
        }
        let Some(pattern) = rule.pattern() else {
            return;
        };
        // What begins within a word would be refused.
        let start = |at| match rule.spec.boundary.as_ref() {
            "none" => at,
            _ => boundary::next_beginning(text, at, window.end),
        };
        let mut at = window.start;
        let mut barren = true;
        while let Some(found) = pattern.find_from(text, window, at, start) {
            let next = found.whole.start + 1;
            at = next;
            let candidate = Vain::Candidate(id, found.secret);
            if !traced && scratch.barren.knows(candidate) {
                continue;
            }
            let extent = scratch.lines.around(text, hit, near + LABEL_LINES, CAP);
            if self.vet(text, id, rule, found.secret, extent, Some(hit), scratch) {
                at = found.whole.end.max(next);
                barren = false;
            } else {
                scratch.barren.note(candidate);
            }
        }
        if barren {
            scratch.barren.note(searched);
        }
    }

    /// A rule that goes by a name: the literal assigned to it.
    fn by_name(&self, text: &[u8], id: RuleId, rule: &Rule, hit: Span, scratch: &mut Scratch) {
        let reach = rule.spec.reach as usize;
        let wide = || lines_around(text, hit, reach, FARTHEST / 2);
        let found = match reach {
            0 => assigned(text, hit),
            _ => named(text, hit, |name| distant_values(text, name, wide())),
        };
        if found.is_empty() {
            return;
        }
        let extent = match reach {
            0 => scratch.lines.around(text, hit, LABEL_LINES, CAP / 2),
            _ => wide(),
        };
        for found in found {
            if found.value.end > extent.end || found.name.start < extent.start {
                continue;
            }
            let outcome = self
                .judge_assignment(text, rule, &found)
                .and_then(|confidence| {
                    self.neighbours(text, rule, found.value)
                        .map(|()| confidence)
                });
            match outcome {
                Ok(confidence) => {
                    let confidence = confidence.min(rule.spec.confidence);
                    self.claim(text, id, found.value, extent, confidence, scratch);
                }
                Err(refusal) => trace(scratch, id, found.value, Err(refusal)),
            }
        }
    }

    fn judge_assignment(
        &self,
        text: &[u8],
        rule: &Rule,
        found: &super::assign::Assignment,
    ) -> Result<Confidence, Refusal> {
        let name = found.name.of(text);
        if rule.names().is_some_and(|names| !names.is_match(name)) {
            return Err("the name does not fit this rule");
        }
        let by_look = |check: &str| matches!(check, "password" | "secret");
        if !rule.spec.checks.iter().any(|check| by_look(check)) {
            // The file is made for it: the checks say what the value may be.
            let code = found.quote == Quote::Doubtful || found.link == Link::Compare;
            let named = rule.names().is_some() || name::kind(name) == Some(name::Kind::Password);
            return match (code, named) {
                (true, _) => Err("may be code"),
                (_, false) => Err("the name announces no password"),
                _ => run_checks(text, rule, found.value),
            };
        }
        if place::is_file(text, found.name) {
            return Err("the name of a file");
        }
        let wanted = if rule.spec.checks.iter().any(|check| check == "password") {
            name::Kind::Password
        } else {
            name::Kind::Key
        };
        // The path of a file in a list of digests; what minified code calls its variables.
        let before = text[..found.name.start].last().copied();
        let short = name.len() <= 3 && found.quote != Quote::Quoted;
        let behind = found.value.start > found.name.start;
        if before == Some(b'/') && behind && found.value.of(text).iter().all(u8::is_ascii_hexdigit)
        {
            return Err("its label names a hash, an id or a file");
        }
        if short && before.is_some_and(|byte| matches!(byte, b'{' | b'}' | b';' | b',')) {
            return Err("may be code");
        }
        let Some(kind) = name::kind(name) else {
            let most = match wanted {
                name::Kind::Key => name::some_key(name),
                name::Kind::Password => None,
            };
            let most = most.ok_or("the name announces no credential")?;
            let value = found.value.of(text);
            // Bare hex digits under a name that says so little are digests and ids.
            let plain = name.eq_ignore_ascii_case(b"key");
            let field = matches!(text.get(found.name.end), Some(b'"' | b'\''));
            let bare = field || found.quote != Quote::Quoted;
            if plain && bare && value.iter().all(u8::is_ascii_hexdigit) {
                return Err("the name announces no credential");
            }
            chosen::clearly_a_key(value, found.quote, found.link)?;
            return Ok(most);
        };
        if kind == name::Kind::Key
            && name::marks_position(place::word_before(text, found.name), name)
        {
            return Err("the name of a place in a list");
        }
        if kind != wanted {
            return Err("the name announces another kind of credential");
        }
        if checks::known_sample(found.value.of(text)) {
            return Err("the sample of the vendor's documentation");
        }
        if found.link == Link::Prose && place::supposes(text, found.name) {
            return Err("an example in a sentence");
        }
        let confidence = chosen::judge(kind, name, found.value.of(text), found.quote, found.link)?;
        Ok(if place::in_documentation(text, found.name.start) {
            confidence.min(Confidence::Low)
        } else {
            confidence
        })
    }

    /// Notes a claim. It rests on `extent`, and on the lines its rule looks for neighbours on: when those change, it is no longer the same.
    pub(super) fn claim(
        &self,
        text: &[u8],
        id: RuleId,
        span: Span,
        extent: Span,
        confidence: Confidence,
        scratch: &mut Scratch,
    ) {
        let spec = &self.rules.rule(id).spec;
        let beside = spec
            .neighbours()
            .filter(|neighbour| !neighbour.pattern.is_empty());
        let extent = match beside.map(Neighbour::reach).max() {
            Some(lines) => {
                let around = lines_around(text, span, lines as usize, CAP);
                Span::new(extent.start.min(around.start), extent.end.max(around.end))
            }
            None => extent,
        };
        scratch.pending.push(Claim {
            raw: RawFinding {
                span,
                rule: id,
                extent,
                confidence,
                encoded: None,
            },
        });
    }

    /// Checks in rising cost. Whether the candidate became a claim.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn vet(
        &self,
        text: &[u8],
        id: RuleId,
        rule: &Rule,
        secret: Span,
        extent: Span,
        context: Option<Span>,
        scratch: &mut Scratch,
    ) -> bool {
        let outcome = self.checked(text, rule, secret, context);
        match outcome {
            Ok(confidence) => {
                self.claim(text, id, secret, extent, confidence, scratch);
                true
            }
            Err(refusal) => {
                trace(scratch, id, secret, Err(refusal));
                false
            }
        }
    }

    fn checked(
        &self,
        text: &[u8],
        rule: &Rule,
        secret: Span,
        context: Option<Span>,
    ) -> Result<Confidence, Refusal> {
        let spec = &rule.spec;
        let value = secret.of(text);
        if value.is_empty() && !spec.lint {
            return Err("empty");
        }
        if spec.boundary != "none"
            && !(boundary::begins(text, secret.start) && boundary::ends(text, secret.end))
            && !spec.lint
        {
            return Err("part of a longer word");
        }
        let after = text.get(secret.end..).unwrap_or_default();
        let templated = after.starts_with(b"{{")
            || after.starts_with(b"${")
            || text[..secret.start].ends_with(b"}}");
        if templated && !spec.lint {
            return Err("part of a template");
        }
        if (after.starts_with(b"***") || text[..secret.start].ends_with(b"***")) && !spec.lint {
            return Err("a part of it is masked");
        }
        if context.is_some() {
            self.contextual(text, rule, secret)?;
        }
        let own_judgement =
            spec.lint || spec.checks.iter().any(|check| checks::judges_alone(check));
        if !own_judgement {
            if let Some(reason) = placeholder::reason(value) {
                return Err(reason);
            }
            let least = if spec.entropy > 0.0 {
                spec.entropy
            } else if value.len() >= 16 {
                2.3
            } else {
                0.0
            };
            if random::entropy(value) < least {
                return Err("too little entropy");
            }
        }
        let confidence = run_checks(text, rule, secret)?;
        self.neighbours(text, rule, secret)?;
        if checks::known_sample(value) {
            return Err("the sample of the vendor's documentation");
        }
        Ok(confidence)
    }

    /// What a token without a mark of its own must satisfy beside its shape: a label that fits, and the look of a key.
    fn contextual(&self, text: &[u8], rule: &Rule, secret: Span) -> Result<(), Refusal> {
        let value = secret.of(text);
        if part_of_longer(text, secret) {
            return Err("part of a longer value");
        }
        if chosen::names_a_credential(value) {
            return Err("the name of a credential");
        }
        let structured = rule
            .spec
            .checks
            .iter()
            .any(|check| checks::judges_alone(check));
        if !structured && reads_like_words(value) {
            return Err("looks like words");
        }
        let label = label_of(text, secret);
        let words = label.text(text);
        let argument =
            || looks_like_key(value) && takes_credentials(text, secret, &rule.spec.vendor);
        match rule.names() {
            Some(names)
                if !names.is_match(&words)
                    && !names.is_match(label.nearest(text))
                    && !argument() =>
            {
                return Err("its label does not fit this rule");
            }
            None if !names_credential(&words) && !argument() => {
                return Err("its label names no credential");
            }
            _ => {}
        }
        if names_digest(&words) || names_file(label.nearest(text)) {
            return Err("its label names a hash, an id or a file");
        }
        Ok(())
    }

    /// `requires` and `forbids` that look at the lines around.
    fn neighbours(&self, text: &[u8], rule: &Rule, secret: Span) -> Result<(), Refusal> {
        let required = rule.spec.requires.len();
        let written = rule.spec.neighbours().zip(rule.neighbours());
        for (number, (neighbour, pattern)) in written.enumerate() {
            let Some(pattern) = pattern else {
                continue;
            };
            let window = match neighbour.within {
                Within::Lines => lines_around(text, secret, neighbour.lines as usize, CAP),
                Within::Statement => statement_around(text, secret),
                Within::Place => secret,
                Within::Before => line_before(text, secret.start),
            };
            let found = pattern.is_match(window.of(text));
            if number < required && !found {
                return Err("what the rule requires near by is missing");
            }
            if number >= required && found {
                return Err("something near by rules it out");
            }
        }
        Ok(())
    }

    /// Bare tokens and encoded text: every maximal run of base64 characters of some length that is near enough to what is new.
    fn runs(&self, text: &[u8], new: New<'_>, scratch: &mut Scratch) {
        for run in scratch.runs.base64(text) {
            if scratch.lines.lines_to_new(text, run, new) > self.run_lines {
                continue;
            }
            self.look_inside(text, run, scratch);
            let mut at = run.start;
            for part in run.of(text).split(|byte| !boundary::is_token_byte(*byte)) {
                self.consider_run(text, Span::new(at, at + part.len()), scratch);
                at += part.len() + 1;
            }
        }
    }

    fn consider_run(&self, text: &[u8], run: Span, scratch: &mut Scratch) {
        if run.len() > 80 || run.len() < SHORTEST_BARE {
            return;
        }
        let run = Span::new(
            boundary::after_escape(text, run.start, run.end - 1),
            run.end,
        );
        // `${NAME:-token}`: the dash belongs to the shell.
        let run = match text[..run.end].get(run.start) {
            Some(b'-') if run.start > 0 && text[run.start - 1] == b':' => {
                Span::new(run.start + 1, run.end)
            }
            _ => run,
        };
        let fits = |id: &&RuleId| {
            self.rules
                .rule(**id)
                .spec
                .bare
                .iter()
                .any(|len| *len as usize == run.len())
        };
        if !self.bare.iter().any(|id| fits(&id)) || !looks_random(run.of(text)) {
            return;
        }
        let label = label_of(text, run);
        let words = label.text(text);
        let extent = lines_around(text, run, LABEL_LINES, CAP / 2);
        for id in self.bare.iter().filter(fits) {
            let rule = self.rules.rule(*id);
            let outcome = self.judge_run(text, rule, run, &words);
            match outcome {
                Ok(confidence) => self.claim(text, *id, run, extent, confidence, scratch),
                Err(refusal) => trace(scratch, *id, run, Err(refusal)),
            }
        }
    }

    fn judge_run(
        &self,
        text: &[u8],
        rule: &Rule,
        run: Span,
        label: &[u8],
    ) -> Result<Confidence, Refusal> {
        match rule.names() {
            Some(names) => {
                if !names.is_match(label) {
                    return Err("its label does not fit this rule");
                }
                if text.get(run.end) == Some(&b'=')
                    && text.get(run.end + 1) != Some(&b'=')
                    && part_of_longer(text, run)
                {
                    return Err("part of a longer value");
                }
            }
            None => {
                if part_of_longer(text, run) {
                    return Err("part of a longer value");
                }
                if names_digest(label) || names_identifier(label) {
                    return Err("its label names a hash or an id");
                }
                if memchr::memmem::find(
                    lines_around(text, run, LABEL_LINES, CAP / 2).of(text),
                    b"\"kty\"",
                )
                .is_some()
                {
                    return Err("part of a public key in JSON");
                }
                if place::in_block(text, run) {
                    return Err("a piece of encoded data");
                }
                if dense_line(text, run) {
                    return Err("among other data or minified code");
                }
            }
        }
        if let Some(reason) = placeholder::reason(run.of(text)) {
            return Err(reason);
        }
        self.neighbours(text, rule, run)?;
        if checks::known_sample(run.of(text)) {
            return Err("the sample of the vendor's documentation");
        }
        Ok(rule.spec.confidence)
    }
}

/// Whether a keyword stands within a longer run of one character: it stands at the start and the end of the run as well, and looking at each of millions of
/// places would say nothing more.
fn within_repetition(text: &[u8], hit: Span) -> bool {
    let byte = text[hit.start];
    let before = hit.start.checked_sub(1).map(|before| text[before]);
    before == Some(byte)
        && text.get(hit.end) == Some(&byte)
        && hit.of(text).iter().all(|other| *other == byte)
}

/// How sure a rule is of a candidate after its checks.
fn run_checks(text: &[u8], rule: &Rule, secret: Span) -> Result<Confidence, Refusal> {
    let mut confidence = rule.spec.confidence;
    for check in rule.spec.checks.iter() {
        match checks::run(check, secret.of(text), text, secret) {
            checks::Outcome::Passed => confidence = Confidence::Certain,
            checks::Outcome::Unknown => {}
            checks::Outcome::Weak => confidence = confidence.min(Confidence::Low),
            checks::Outcome::Failed(why) => return Err(why),
        }
    }
    Ok(confidence)
}

fn trace(scratch: &mut Scratch, rule: RuleId, span: Span, outcome: Result<Confidence, Refusal>) {
    if let Some(trace) = &mut scratch.trace {
        trace.push(Considered {
            rule,
            span,
            outcome,
        });
    }
}

/// What is assigned to the name around `word`; where only a comma parts the two, the name may also be that of a column.
fn assigned(text: &[u8], word: Span) -> Vec<Assignment> {
    let found = assignment_at(text, word, text.len().min(word.end + CAP / 2));
    if found
        .as_ref()
        .is_some_and(|found| found.link != Link::Argument)
    {
        return found.into_iter().collect();
    }
    let columns = named(text, word, |name| columns(text, name));
    match columns.is_empty() {
        true => found.into_iter().collect(),
        false => columns,
    }
}

/// The values that `values` finds for the name around `word`.
fn named(text: &[u8], word: Span, values: impl Fn(Span) -> Vec<Span>) -> Vec<Assignment> {
    let Some(name) = name_around(text, in_name(text, word)) else {
        return Vec::new();
    };
    let assigned = values(name).into_iter().map(|value| Assignment {
        name,
        link: Link::Assign,
        value,
        quote: Quote::Quoted,
    });
    assigned.collect()
}

/// The values that a name names as a column.
fn columns(text: &[u8], name: Span) -> Vec<Span> {
    // Behind the name of a column stands what parts columns.
    let rest = &text[name.end..];
    let skip = rest
        .iter()
        .take(4)
        .take_while(|byte| matches!(byte, b'"' | b'`' | b'\'' | b' ' | b']'))
        .count();
    if !matches!(
        rest.get(skip),
        Some(b',' | b';' | b'|' | b'\t' | b')' | b'\r' | b'\n')
    ) {
        return Vec::new();
    }
    // Only as far as the claim's extent goes.
    let end = lines_around(text, name, LABEL_LINES, CAP / 2).end;
    values_of(&text[..end], name)
}

/// Whether the bytes beside a token say that it is a piece of something longer: base64 with `+`, `/` and `=`, a JWT, a path, a member access.
fn part_of_longer(text: &[u8], span: Span) -> bool {
    let before = span.start.checked_sub(1).map(|at| text[at]);
    let after = text.get(span.end).copied();
    let behind = text.get(span.end + 1).copied();
    let alnum = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    matches!(before, Some(b'+' | b'/' | b'.' | b'~' | b'$'))
        || matches!(after, Some(b'+' | b'/' | b'(' | b'~'))
        || (after == Some(b'=') && !alnum(behind))
        || (after == Some(b'.') && alnum(behind))
        || (before == Some(b':')
            && span.start >= 7
            && matches!(&text[span.start - 7..span.start], b"SHA256:" | b"sha256:"))
}

/// Whether a value that has the shape of a key reads like words all the same. Hex digits are judged as such: to the model of pairs they look like words.
fn reads_like_words(value: &[u8]) -> bool {
    let hex_run = value
        .split(|byte| !byte.is_ascii_hexdigit() && *byte != b'-')
        .filter(|run| run.iter().any(u8::is_ascii_digit))
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    if hex_run >= 10 && hex_run * 3 >= value.len() {
        return false;
    }
    let Some(score) = random::wordiness(value) else {
        return false;
    };
    let digits = Classes::of(value).digit;
    (digits == 0 && score > 5.0) || (value.len() >= 12 && score > 6.0 && !looks_like_key(value))
}

/// Whether a label says that the value is a digest or the like.
fn names_digest(label: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "sha1",
        "sha-1",
        "sha256",
        "sha-256",
        "sha384",
        "sha512",
        "md5",
        "checksum",
        "digest",
        "integrity",
        "etag",
        "commit",
        "revision",
        "fingerprint",
        "x5t",
        "thumbprint",
        "node_id",
        "nodeid",
        "challenge",
        "s256",
        "site-verification",
        "site_verification",
        "crc",
    ];
    WORDS.iter().any(|word| placeholder::contains(label, word))
}

/// Whether a label is the path of a file: lists of checksums have those.
fn names_file(label: &[u8]) -> bool {
    let ending = label
        .rsplit(|byte| *byte == b'.')
        .next()
        .unwrap_or_default();
    label.contains(&b'/')
        && label.contains(&b'.')
        && ending.len() <= 5
        && ending.iter().all(u8::is_ascii_alphanumeric)
}

/// Whether a label says that the value only identifies something.
fn names_identifier(label: &[u8]) -> bool {
    let words = name::words(label);
    const WORDS: &[&str] = &[
        "id",
        "ids",
        "uuid",
        "guid",
        "hash",
        "sha",
        "cursor",
        "nonce",
        "state",
        "kid",
        "jti",
        "sub",
        "nbf",
        "page",
        "version",
        "ref",
        "cache",
        "boundary",
        "signature",
        "sig",
        "csrf",
        "xsrf",
        "verifier",
        "src",
        "href",
        "url",
        "file",
        "path",
        "image",
        "img",
        "font",
        "chunk",
        "build",
        "etag",
        "class",
        "slug",
    ];
    words
        .last()
        .is_some_and(|last| WORDS.contains(&last.as_str()))
}

/// Whether a line is so long that a token on it is data among data.
fn dense_line(text: &[u8], span: Span) -> bool {
    let line = lines_around(text, span, 0, CAP / 2);
    line.len() > 600
}

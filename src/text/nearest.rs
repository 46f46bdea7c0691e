//! "Did you mean …?"

/// The candidate most like `word`, if one is like it at all.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Where clap draws the line for flags.
    const ALIKE: f64 = 0.7;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_most_alike_or_none() {
        let known = ["invoca-oauth-token", "github-pat", "slack-webhook"];
        assert_eq!(
            nearest("invoca-oath-token", known),
            Some("invoca-oauth-token")
        );
        assert_eq!(nearest("zzz", known), None);
    }
}

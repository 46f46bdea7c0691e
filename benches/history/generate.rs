//! Large realistic histories from source files at hand: commits of random edits, some on branches that are merged, with a few secrets that come and
//! (mostly) go. The same seed and sources give the same history.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a history is made of.
pub(crate) struct Plan {
    /// Where source files are collected from.
    pub(crate) sources: PathBuf,
    /// Number of commits.
    pub(crate) commits: usize,
    /// Number of files.
    pub(crate) files: usize,
    /// Number of secrets put in.
    pub(crate) secrets: usize,
    /// Seed of all choices.
    pub(crate) seed: u64,
}

/// xorshift64*: small, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 11) as usize) % end.max(1)
    }

    /// Between 0 and 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn token(&mut self, len: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..len)
            .map(|_| char::from(ALPHABET[self.below(ALPHABET.len())]))
            .collect()
    }
}

struct File {
    path: String,
    lines: Vec<Vec<u8>>,
    size: usize,
    first_size: usize,
    /// Lines of this file that hold a secret we put there.
    secrets: Vec<Vec<u8>>,
}

/// Writes the history into a new bare repository at `repository`, packed as git packs it by default.
pub(crate) fn generate(plan: &Plan, repository: &Path) -> io::Result<()> {
    git(
        repository.parent(),
        &["init", "--quiet", "--bare", &repository.to_string_lossy()],
    )?;
    let mut import = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["fast-import", "--quiet"])
        .stdin(Stdio::piped())
        .spawn()?;
    let input = import.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let mut writer = History::new(plan, BufWriter::with_capacity(1 << 20, input))?;
    writer.write(plan)?;
    writer.out.flush()?;
    drop(writer);
    if !import.wait()?.success() {
        return Err(io::Error::other("git fast-import failed"));
    }
    git(Some(repository), &["repack", "-a", "-d", "-f", "--quiet"])?;
    git(
        Some(repository),
        &["symbolic-ref", "HEAD", "refs/heads/main"],
    )?;
    git(Some(repository), &["pack-refs", "--all"])
}

fn git(at: Option<&Path>, arguments: &[&str]) -> io::Result<()> {
    let mut command = Command::new("git");
    if let Some(at) = at {
        command.arg("-C").arg(at);
    }
    if command.args(arguments).status()?.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("git {arguments:?} failed")))
    }
}

struct History<W: Write> {
    out: W,
    random: Random,
    files: Vec<File>,
    /// Sums of the weights by which files are chosen: a few are changed all the time, most seldom.
    weights: Vec<f64>,
    mark: usize,
    time: u64,
}

impl<W: Write> History<W> {
    fn new(plan: &Plan, out: W) -> io::Result<Self> {
        let mut random = Random::new(plan.seed);
        let mut sources: BTreeMap<String, PathBuf> = BTreeMap::new();
        collect(&plan.sources, &plan.sources, &mut sources)?;
        let mut sources: Vec<(String, PathBuf)> = sources.into_iter().collect();
        while sources.len() > plan.files {
            let at = random.below(sources.len());
            sources.swap_remove(at);
        }
        sources.sort();
        let mut files = Vec::new();
        for (path, place) in sources {
            let content = fs::read(place)?;
            let lines: Vec<Vec<u8>> = content
                .split_inclusive(|byte| *byte == b'\n')
                .map(<[u8]>::to_vec)
                .collect();
            files.push(File {
                path,
                lines,
                size: content.len(),
                first_size: content.len(),
                secrets: Vec::new(),
            });
        }
        let mut sum = 0.0;
        let mut order: Vec<usize> = (0..files.len()).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        let weights = order
            .iter()
            .map(|rank| {
                sum += 1.0 / (*rank as f64 + 20.0).powf(0.9);
                sum
            })
            .collect();
        Ok(History {
            out,
            random,
            files,
            weights,
            mark: 0,
            time: 1_300_000_000,
        })
    }

    fn write(&mut self, plan: &Plan) -> io::Result<()> {
        let all: Vec<usize> = (0..self.files.len()).collect();
        self.commit("refs/heads/main", None, &all)?;
        let every = (plan.commits / plan.secrets.max(1)).max(1);
        let mut at = 0;
        while at < plan.commits {
            if self.random.below(40) == 0 {
                at += self.branch()?;
            }
            let count = 1 + (-(1.0 - self.random.unit()).ln() * 2.6) as usize;
            let mut changed: Vec<usize> = (0..count.min(40)).map(|_| self.pick()).collect();
            changed.sort_unstable();
            changed.dedup();
            for file in &changed {
                self.edit(*file);
            }
            if at % every == every / 2 {
                self.plant(changed[0]);
            } else if self.random.below(3 * every) == 0 {
                changed.extend(self.remove_secret());
            }
            changed.sort_unstable();
            changed.dedup();
            self.commit("refs/heads/main", None, &changed)?;
            at += 1;
            if at % 1000 == 0 {
                let mark = self.mark;
                writeln!(
                    self.out,
                    "tag v{}\nfrom :{mark}\ntagger A U Thor <a@example.com> {} +0000\ndata 8\nrelease\n",
                    at / 1000,
                    self.time
                )?;
            }
        }
        Ok(())
    }

    /// A branch of a few commits on one file, merged at once; the number of commits.
    fn branch(&mut self) -> io::Result<usize> {
        let fork = self.mark;
        let file = self.pick();
        let name = format!("refs/heads/topic-{fork}");
        let count = 1 + self.random.below(4);
        for at in 0..count {
            self.edit(file);
            let from = (at == 0).then_some(fork);
            self.commit(&name, from, &[file])?;
        }
        let tip = self.mark;
        let other = loop {
            let other = self.pick();
            if other != file {
                break other;
            }
        };
        self.edit(other);
        self.commit_on("refs/heads/main", Some(fork), None, &[other])?;
        self.commit_on("refs/heads/main", None, Some(tip), &[file])?;
        writeln!(
            self.out,
            "reset {name}\nfrom 0000000000000000000000000000000000000000\n"
        )?;
        Ok(count + 2)
    }

    fn commit(&mut self, name: &str, from: Option<usize>, changed: &[usize]) -> io::Result<()> {
        self.commit_on(name, from, None, changed)
    }

    fn commit_on(
        &mut self,
        name: &str,
        from: Option<usize>,
        merge: Option<usize>,
        changed: &[usize],
    ) -> io::Result<()> {
        self.mark += 1;
        self.time += 600 + self.random.next() % 7200;
        let author = self.random.below(60);
        let mut message = format!("Change {} for {}\n\n", self.mark, author);
        for _ in 0..self.random.below(12) {
            let file = self.random.below(self.files.len());
            let lines = &self.files[file].lines;
            if !lines.is_empty() {
                let line = &lines[self.random.below(lines.len())];
                message.push_str(String::from_utf8_lossy(line).trim());
                message.push('\n');
            }
        }
        let person = format!(
            "Author {author} <author{author}@example.com> {} +0000",
            self.time
        );
        let mark = self.mark;
        writeln!(
            self.out,
            "commit {name}\nmark :{mark}\nauthor {person}\ncommitter {person}"
        )?;
        writeln!(self.out, "data {}\n{message}", message.len())?;
        if let Some(from) = from {
            writeln!(self.out, "from :{from}")?;
        }
        if let Some(merge) = merge {
            writeln!(self.out, "merge :{merge}")?;
        }
        for file in changed {
            let file = &self.files[*file];
            writeln!(
                self.out,
                "M 100644 inline {}\ndata {}",
                file.path, file.size
            )?;
            for line in &file.lines {
                self.out.write_all(line)?;
            }
            writeln!(self.out)?;
        }
        writeln!(self.out)
    }

    /// A file, by weight.
    fn pick(&mut self) -> usize {
        let last = self.weights.last().copied().unwrap_or(0.0);
        let at = self.random.unit() * last;
        self.weights
            .partition_point(|sum| *sum <= at)
            .min(self.files.len() - 1)
    }

    fn edit(&mut self, file: usize) {
        for _ in 0..1 + self.random.below(3) {
            let donor = self.random.below(self.files.len());
            let count = 1 + self.random.below(25);
            let from = self.random.below(self.files[donor].lines.len());
            let piece: Vec<Vec<u8>> = self.files[donor].lines[from..]
                .iter()
                .filter(|line| !self.files[donor].secrets.contains(line))
                .take(count)
                .cloned()
                .collect();
            let grown = self.files[file].size > self.files[file].first_size * 5 / 4;
            let at = self.random.below(self.files[file].lines.len() + 1);
            let secrets = self.files[file].secrets.clone();
            let target = &mut self.files[file].lines;
            let (insert, remove) = match self.random.below(10) {
                _ if grown => (false, true),
                0..=4 => (true, false),
                5..=6 => (true, true),
                _ => (false, true),
            };
            if remove {
                let end = target.len().min(at + count);
                let mut place = 0..end - at;
                let mut index = at;
                while place.next().is_some() {
                    if secrets.contains(&target[index]) {
                        index += 1;
                    } else {
                        target.remove(index);
                    }
                }
            }
            if insert {
                let at = at.min(target.len());
                target.splice(at..at, piece);
            }
            let file = &mut self.files[file];
            file.size = file.lines.iter().map(Vec::len).sum();
        }
    }

    fn plant(&mut self, file: usize) {
        let line = match self.random.below(3) {
            0 => format!(
                "url = \"https://acme.invoca.net/api/2020-10-01/networks/transactions/1.json?oauth_token={}\"\n",
                self.random.token(32)
            ),
            1 => format!("INVOCA_OAUTH_TOKEN={}\n", self.random.token(43)),
            _ => format!("gitlab_token: glpat-{}\n", self.random.token(20)),
        };
        let at = self.random.below(self.files[file].lines.len() + 1);
        let file = &mut self.files[file];
        file.lines.insert(at, line.clone().into_bytes());
        file.size += line.len();
        file.secrets.push(line.into_bytes());
    }

    /// Takes out one secret somewhere; the file it was in.
    fn remove_secret(&mut self) -> Option<usize> {
        let holders: Vec<usize> = (0..self.files.len())
            .filter(|file| !self.files[*file].secrets.is_empty())
            .collect();
        let file = *holders.get(self.random.below(holders.len()))?;
        let holder = &mut self.files[file];
        let secret = holder.secrets.remove(0);
        holder.lines.retain(|line| *line != secret);
        holder.size = holder.lines.iter().map(Vec::len).sum();
        Some(file)
    }
}

/// Text files between 8 and 200 KB.
fn collect(root: &Path, dir: &Path, found: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            collect(root, &path, found)?;
            continue;
        }
        let text = path
            .extension()
            .is_some_and(|ending| ["rs", "c", "h", "md"].iter().any(|text| ending == *text));
        if text && (8 << 10..200 << 10).contains(&entry.metadata()?.len()) {
            let name = path.strip_prefix(root).map_err(io::Error::other)?;
            let name = name.to_string_lossy().replace(['"', '\n', '\\'], "_");
            found.insert(name, path);
        }
    }
    Ok(())
}
